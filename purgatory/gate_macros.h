/* SPDX-License-Identifier: GPL-2.0-only */
/* clang-format off */
/* Assembler: what the gates of 32-bit and 64-bit kernels have in common. */
#ifndef PURGATORY_GATE_MACROS_H
#define PURGATORY_GATE_MACROS_H

/* All data segments; clobbers eax. */
.macro SET_SEGMENTS selector
	mov	$\selector, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %fs
	mov	%eax, %gs
	mov	%eax, %ss
.endm

/*
 * The end of a CPU other than the boot CPU, on which the peer came back while the boot CPU waits
 * (monitor.c): it is told, and the APIC is left on, or no INIT would get here. edi and esi are the
 * peer's. Goes on below when this is the boot CPU, as it is where the kernel was restored after the
 * machine had been switched off. Clobbers eax, ecx and edx.
 */
.macro ARRIVE params, base, bits
	testl	$GATE_MONITOR, \params + PARAM_FLAGS(\base)
	jz	2f
	mov	$MSR_APIC_BASE, %ecx
	rdmsr
	test	$APIC_BASE_BSP, %eax
	jnz	2f
	or	$APIC_BASE_ENABLE, %eax
	wrmsr
	mov	%edi, \params + PARAM_ARRIVED_PEER(\base)
	movl	$0, \params + PARAM_ARRIVED_PEER + 4(\base)
	mov	%esi, \params + PARAM_ARRIVED_HANDSHAKE(\base)
	movl	$\bits, \params + PARAM_ARRIVED_BITS(\base)
	movl	$MONITOR_ARRIVED, \params + PARAM_MONITOR_STATE(\base)
1:	hlt
	jmp	1b
2:
.endm

#endif
