/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the assembler knows of purgatory_abi.h: compiled to assembly text, whose strings
 * "->NAME VALUE" the build makes #defines of.
 */
#include <stddef.h>

#include "cpu_bits.h"
#include "gate.h"
#include "monitor.h"
#include "paging.h"

#define TELL(name, value)  __asm__ volatile(".ascii \"->" name " %0\"" : : "i"(value))
#define SAME(name)	   TELL(#name, name)
#define PARAM(name, field) TELL("PARAM_" #name, offsetof(struct gate_params, field))

void asm_offsets(void);

void asm_offsets(void)
{
	SAME(GATE_FIRST);
	SAME(GATE_FORWARD);
	SAME(GATE_REENTRY);
	SAME(GATE_REENTRY_32);
	SAME(GATE_PARAMS);
	SAME(GATE_HANDSHAKE);
	SAME(GATE_HANDSHAKE_CRASH);
	SAME(GATE_CALLED);
	SAME(GATE_MONITOR);
	SAME(MONITOR_RUNNING);
	SAME(MONITOR_ARRIVED);
	SAME(GATE_CRASHED);
	SAME(GATE_TO_32);
	SAME(GATE_TO_64);
	SAME(GATE_TO_GATE);
	SAME(GATE_TO_CALL);
	SAME(GATE_TO_REAL);

	PARAM(FLAGS, flags);
	PARAM(ENTRY, entry);
	PARAM(ARGUMENT, argument);
	PARAM(MAGIC, magic_eax);
	PARAM(RETURN_ADDRESS, return_address);
	PARAM(PEER, peer);
	PARAM(PEER_BITS, peer_bits);
	PARAM(CALL_SIZE, call_size);
	PARAM(CR4, cr4);
	PARAM(MONITOR_STATE, monitor_state);
	PARAM(MONITOR_TARGET, monitor_target);
	PARAM(ARRIVED_PEER, arrived_peer);
	PARAM(ARRIVED_HANDSHAKE, arrived_handshake);
	PARAM(ARRIVED_BITS, arrived_bits);
	TELL("PARAMS_SIZE", sizeof(struct gate_params));

	SAME(REAL_PROGRAM);
	SAME(START_GDT);
	SAME(START_STACK);
	SAME(START_ENTRY);
	SAME(START_GDT_AT);
	SAME(START_SIZE);
	SAME(START_DATA);

	TELL("TABLES_PD", offsetof(struct gate_tables, pd));
	TELL("TABLES_PDPT", offsetof(struct gate_tables, pdpt));
	TELL("TABLES_PML4", offsetof(struct gate_tables, pml4));

	SAME(CR0_PE);
	SAME(CR0_NW_CD);
	SAME(CR0_WP);
	SAME(CR0_PG);
	SAME(CR4_PAE);
	SAME(CR4_LA57);
	SAME(MSR_APIC_BASE);
	SAME(APIC_BASE_BSP);
	SAME(APIC_BASE_ENABLE);
	SAME(MSR_EFER);
	SAME(EFER_LME);
	SAME(EFLAGS_LEFT);
}
