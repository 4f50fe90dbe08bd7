/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the other CPU starts with (monitor.c), in a page below 1 MiB, with the fields at its start
 * filled in: from real mode to the gate in flat 32-bit protected mode. INIT leaves caches switched
 * off where they were.
 */
#include "asm-offsets.h"

#define CODE32	0x08	/* and 0x10, START_DATA: data */

#define AT(label)	(label - start_code)

	.section .rodata.start, "a"
	.globl start_code
	.balign	16
start_code:
	.code16
	cli
	jmp	1f
	.org	start_code + START_GDT - 2
gdtr:
	.word	gdt_end - gdt - 1
	.long	0		/* START_GDT */
	.org	start_code + START_STACK
stack:
	.long	0
	.org	start_code + START_ENTRY
entry:
	.long	0
	.word	CODE32
	.org	start_code + START_GDT_AT
gdt:
	.quad	0
	.quad	0x00cf9b000000ffff
	.quad	0x00cf93000000ffff
gdt_end:
1:	cld
	mov	%cs, %ax
	mov	%ax, %ds
	lgdtl	AT(gdtr)
	mov	AT(stack), %esp
	mov	%cr0, %eax
	and	$~CR0_NW_CD, %eax
	or	$CR0_PE, %eax
	mov	%eax, %cr0
	ljmpl	*AT(entry)
	.org	start_code + START_SIZE

	.section .note.GNU-stack, "", @progbits
