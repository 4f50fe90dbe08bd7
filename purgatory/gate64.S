/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The gate of a 64-bit kernel: the entry points, and the ways out, where registers, segments and
 * paging modes change under the code. Everything else is in C (purgatory.c). Interrupts are off
 * and there is no IDT: any exception resets the machine.
 *
 * The kernel's side: arch/x86/kernel/relocate_kernel_64.S, identity_mapped. It calls with all
 * memory identity-mapped, no GDT, its stack in a page of its own, and after the return expects
 * nothing in registers but rsp: it takes its next entry from 0(%rsp), as set by back below. On its
 * way out it clears CR0.WP, and CR4 but for PAE and LA57.
 */
#include "asm-offsets.h"

#define STACK_SIZE	0x2000

/* Selectors: what the boot protocols want a kernel to be entered with, and one for ourselves. */
#define GDT_OWN_CODE32	0x08
#define GDT_CODE	0x10
#define GDT_DATA	0x18

	.section .gate, "ax"
	.code64
	.globl gate_image, gate_params
gate_image:
	.org	GATE_FIRST
	jmp	first
	.org	GATE_FORWARD
gate_forward_entry:
	jmp	forward
	.org	GATE_REENTRY
gate_reentry_entry:
	jmp	reentry
	.org	GATE_PARAMS
gate_params:
	.skip	PARAMS_SIZE

/* Loads the GDT @table and with it the data segments; clobbers eax and the word below the stack. */
.macro LOAD_SEGMENTS table
	lea	\table(%rip), %rax
	push	%rax
	pushw	$gdt_limit
	lgdt	(%rsp)
	add	$10, %rsp
	mov	$GDT_DATA, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %fs
	mov	%eax, %gs
	mov	%eax, %ss
.endm

/* Goes on at @target in the code segment @selector of the GDT that is loaded. */
.macro FAR_JUMP selector, target
	push	$\selector
	lea	\target(%rip), %rax
	push	%rax
	lretq
.endm

	.text
	.code64
first:
	cli
	cld
	xor	%edi, %edi
	testl	$GATE_CALLED, gate_params + PARAM_FLAGS(%rip)
	jz	1f
	mov	(%rsp), %rdi
1:	lea	stack_end(%rip), %rsp
	call	gate_first
	jmp	leave

forward:
	cli
	cld
	mov	(%rsp), %rdi
	lea	stack_end(%rip), %rsp
	call	gate_forward

leave:					/* eax: where to */
	cmp	$GATE_TO_64, %eax
	je	to_64
	cmp	$GATE_TO_32, %eax
	je	to_32
	cmp	$GATE_TO_CALL, %eax
	je	to_call
	cmp	$GATE_TO_GATE, %eax
	jne	back

to_gate:
	xor	%edi, %edi
	testl	$GATE_CALLED, gate_params + PARAM_FLAGS(%rip)
	jz	1f
	lea	gate_reentry_entry(%rip), %rdi
1:	mov	$GATE_HANDSHAKE, %esi
	testl	$GATE_CRASHED, gate_params + PARAM_FLAGS(%rip)
	jz	1f
	mov	$GATE_HANDSHAKE_CRASH, %esi
1:	jmp	*gate_params + PARAM_PEER(%rip)

to_64:
	LOAD_SEGMENTS gdt64
	push	$GDT_CODE
	push	gate_params + PARAM_ENTRY(%rip)
	mov	gate_params + PARAM_ARGUMENT(%rip), %rsi
	xor	%eax, %eax
	xor	%ebx, %ebx
	xor	%ecx, %ecx
	xor	%edx, %edx
	xor	%edi, %edi
	xor	%ebp, %ebp
	xor	%r8d, %r8d
	xor	%r9d, %r9d
	xor	%r10d, %r10d
	xor	%r11d, %r11d
	xor	%r12d, %r12d
	xor	%r13d, %r13d
	xor	%r14d, %r14d
	xor	%r15d, %r15d
	lretq

to_32:					/* entry and argument are below 4 GiB */
	mov	gate_params + PARAM_ENTRY(%rip), %edi
	mov	gate_params + PARAM_ARGUMENT(%rip), %esi
	LOAD_SEGMENTS gdt32
	FAR_JUMP GDT_CODE, 1f
	.code32
1:	mov	%cr0, %eax
	and	$~CR0_PG, %eax
	mov	%eax, %cr0
	mov	$MSR_EFER, %ecx
	rdmsr
	and	$~EFER_LME, %eax
	wrmsr
	mov	%cr4, %eax
	and	$~(CR4_PAE | CR4_LA57), %eax
	mov	%eax, %cr4
	mov	%edi, %eax
	xor	%ebx, %ebx
	xor	%ecx, %ecx
	xor	%edx, %edx
	xor	%edi, %edi
	xor	%ebp, %ebp
	jmp	*%eax

	.code64
to_call:				/* all of this is below 4 GiB */
	call	paging_use
	call	call_prepare
	mov	%eax, %ebx
	mov	gate_params + PARAM_ARGUMENT(%rip), %esi
	mov	gate_params + PARAM_CALL_SIZE(%rip), %ebp
	mov	%cr4, %rax
	push	%rax
	mov	%cr0, %rax
	push	%rax
	mov	%cr3, %rax
	push	%rax
	LOAD_SEGMENTS gdt32
	FAR_JUMP GDT_CODE, 1f
	.code32
1:	mov	%cr0, %eax
	and	$~CR0_PG, %eax
	mov	%eax, %cr0
	mov	$MSR_EFER, %ecx
	rdmsr
	and	$~EFER_LME, %eax
	wrmsr
	mov	%cr4, %eax
	and	$~(CR4_PAE | CR4_LA57), %eax
	mov	%eax, %cr4
	mov	%ebp, %ecx
	xor	%eax, %eax
	xor	%edx, %edx
	xor	%edi, %edi
	xor	%ebp, %ebp
	call	*%ebx
	pushf
	pusha
	cli
	cld
	mov	%esp, %edi		/* 36 bytes; then CR3, CR0 and CR4, 8 bytes each */
	call	9f
9:	pop	%ebx
	lea	gdt64 - 9b(%ebx), %eax
	push	%eax
	pushw	$gdt_limit
	lgdt	(%esp)
	add	$6, %esp
	mov	$GDT_DATA, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %fs
	mov	%eax, %gs
	mov	%eax, %ss
	mov	52(%edi), %eax
	mov	%eax, %cr4
	mov	36(%edi), %eax
	mov	%eax, %cr3
	mov	$MSR_EFER, %ecx
	rdmsr
	or	$EFER_LME, %eax
	wrmsr
	mov	44(%edi), %eax
	mov	%eax, %cr0
	push	$GDT_CODE
	lea	1f - 9b(%ebx), %eax
	push	%eax
	lret
	.code64
1:	mov	%edi, %edi
	and	$~15, %rsp
	call	call_done
	jmp	back

reentry:				/* rdi and rsi: from the peer, for gate_reentry() */
	cli
	cld
	lea	stack_end(%rip), %rsp
	call	gate_reentry
	test	%eax, %eax
	jz	back

	/* The number of levels can be changed only outside of long mode. */
	mov	%eax, %ebx		/* root of our own tables with as many as the kernel has */
	lea	back(%rip), %rdi
	LOAD_SEGMENTS gdt64
	FAR_JUMP GDT_OWN_CODE32, 1f
	.code32
1:	mov	%cr0, %edx
	mov	%edx, %eax
	and	$~CR0_PG, %eax
	mov	%eax, %cr0
	mov	%cr4, %eax
	xor	$CR4_LA57, %eax
	mov	%eax, %cr4
	mov	%ebx, %cr3
	mov	%edx, %cr0
	push	$GDT_CODE
	push	%edi
	lret

	.code64
back:
	call	gate_restore
	/* The kernel sets CR4 before CR0, and CR4.CET may only be set while CR0.WP is. */
	mov	%cr0, %rax
	or	$CR0_WP, %rax
	mov	%rax, %cr0
	lea	gate_forward_entry(%rip), %rax
	lea	stack_end(%rip), %rsp
	push	%rax			/* Linux 6.14 and later may look at either word */
	push	%rax
	jmp	*gate_params + PARAM_RETURN_ADDRESS(%rip)

	.section .rodata
	.balign	8
gdt64:
	.quad	0
	.quad	0x00cf9b000000ffff	/* 32-bit code */
	.quad	0x00af9b000000ffff	/* 64-bit code */
	.quad	0x00cf93000000ffff	/* data */
gdt32:
	.quad	0
	.quad	0
	.quad	0x00cf9b000000ffff
	.quad	0x00cf93000000ffff
	.set	gdt_limit, gdt32 - gdt64 - 1

	.section .bss.stack, "aw", @nobits
	.balign	16
	.skip	STACK_SIZE
stack_end:

	.section .note.GNU-stack, "", @progbits
