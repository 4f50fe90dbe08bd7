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
#include "gate_macros.h"

#define STACK_SIZE	0x2000
#define START_STACK_SIZE 0x200	/* of the other CPU, which runs no C */

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
	.org	GATE_REENTRY_32
	.code32
gate_reentry_32_entry:
	jmp	reentry_32
	.code64
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
	SET_SEGMENTS GDT_DATA
.endm

/* Goes on at @target in the code segment @selector of the GDT that is loaded. */
.macro FAR_JUMP selector, target
	push	$\selector
	lea	\target(%rip), %rax
	push	%rax
	lretq
.endm

/* For the peer's gate: where to come back to, and what has happened. */
.macro HANDSHAKE reentry, where
	xor	%edi, %edi
	testl	$GATE_CALLED, gate_params + PARAM_FLAGS(%rip)
	jz	1f
	lea	\reentry(%rip), \where
1:	mov	$GATE_HANDSHAKE, %esi
	testl	$GATE_CRASHED, gate_params + PARAM_FLAGS(%rip)
	jz	1f
	mov	$GATE_HANDSHAKE_CRASH, %esi
1:
.endm

/*
 * From flat 32-bit mode to long mode with the segments of gdt64, on the tables with four levels
 * whose root is in eax; ebx is the address of label 9. Clobbers eax, ecx and edx.
 */
.macro ENTER_LONG_MODE
	mov	%eax, %cr3
	mov	%cr4, %eax
	and	$~CR4_LA57, %eax
	or	$CR4_PAE, %eax
	mov	%eax, %cr4
	mov	$MSR_EFER, %ecx
	rdmsr
	or	$EFER_LME, %eax
	wrmsr
	lea	gdt64 - 9b(%ebx), %eax
	push	%eax
	pushw	$gdt_limit
	lgdt	(%esp)
	add	$6, %esp
	mov	%cr0, %eax
	or	$CR0_PG, %eax
	mov	%eax, %cr0
	push	$GDT_CODE
	lea	1f - 9b(%ebx), %eax
	push	%eax
	lret
	.code64
1:	SET_SEGMENTS GDT_DATA
.endm

/* In 32-bit code: paging off, as a 32-bit program is entered; clobbers eax, ecx and edx. */
.macro LEAVE_LONG_MODE
	mov	%cr0, %eax
	and	$~CR0_PG, %eax
	mov	%eax, %cr0
	mov	$MSR_EFER, %ecx
	rdmsr
	and	$~EFER_LME, %eax
	wrmsr
	mov	%cr4, %eax
	and	$~(CR4_PAE | CR4_LA57), %eax
	mov	%eax, %cr4
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
	cmp	$GATE_TO_REAL, %eax
	je	to_call
	cmp	$GATE_TO_GATE, %eax
	jne	back

to_gate:
	cmpl	$32, gate_params + PARAM_PEER_BITS(%rip)
	je	to_gate_32
	HANDSHAKE gate_reentry_entry, %rdi
	jmp	*gate_params + PARAM_PEER(%rip)

/* Out of long mode first; all gates are below 4 GiB. */
to_gate_32:
	HANDSHAKE gate_reentry_32_entry, %edi
	mov	gate_params + PARAM_PEER(%rip), %ebp
	jmp	leave_long_mode

to_64:
	LOAD_SEGMENTS gdt64
	push	$GDT_CODE
	push	gate_params + PARAM_ENTRY(%rip)
	mov	gate_params + PARAM_ARGUMENT(%rip), %rsi
	mov	%rsi, %rdi
	xor	%eax, %eax
	xor	%ebx, %ebx
	xor	%ecx, %ecx
	xor	%edx, %edx
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
	mov	gate_params + PARAM_ARGUMENT(%rip), %esi
	mov	gate_params + PARAM_MAGIC(%rip), %edi
	mov	gate_params + PARAM_ENTRY(%rip), %eax
	push	%rsi
	push	%rax			/* its upper half is the return address */
	lea	enter_32(%rip), %ebp

leave_long_mode:			/* to ebp; edi and esi stay */
	LOAD_SEGMENTS gdt32
	FAR_JUMP GDT_CODE, 1f
	.code32
1:	LEAVE_LONG_MODE
	mov	%ebp, %eax
	xor	%ebx, %ebx
	xor	%ecx, %ecx
	xor	%edx, %edx
	xor	%ebp, %ebp
	jmp	*%eax

enter_32:				/* to what is on the stack */
	mov	%edi, %eax
	test	%eax, %eax
	jz	1f
	mov	%esi, %ebx
	xor	%edi, %edi
1:	ret

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
1:	LEAVE_LONG_MODE
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
	SET_SEGMENTS GDT_DATA
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

/*
 * From a 32-bit peer: into long mode on tables with four levels; if the kernel has five, what comes
 * next sees to it. As paging_build() makes them, but all of it cached: nobody needs an APIC here.
 */
	.code32
reentry_32:				/* edi and esi: from the peer, which has left us a stack */
	cli
	cld
	call	9f
9:	pop	%ebx
	ARRIVE	(gate_params-9b), %ebx, 32
	lea	stack_end - 9b(%ebx), %esp
	lea	gate_tables - 9b(%ebx), %ebp
	xor	%ecx, %ecx
1:	mov	%ecx, %eax
	shl	$21, %eax
	or	$0x83, %eax		/* present, writable, large */
	mov	%eax, TABLES_PD(%ebp,%ecx,8)
	movl	$0, TABLES_PD + 4(%ebp,%ecx,8)
	inc	%ecx
	cmp	$4 * 512, %ecx
	jb	1b
	xor	%ecx, %ecx
	lea	TABLES_PD + 3(%ebp), %eax
1:	mov	%eax, TABLES_PDPT(%ebp,%ecx,8)
	movl	$0, TABLES_PDPT + 4(%ebp,%ecx,8)
	add	$0x1000, %eax
	inc	%ecx
	cmp	$4, %ecx
	jb	1b
	lea	TABLES_PDPT + 3(%ebp), %eax
	mov	%eax, TABLES_PML4(%ebp)
	movl	$0, TABLES_PML4 + 4(%ebp)
	lea	TABLES_PML4(%ebp), %eax
	ENTER_LONG_MODE
	mov	%edi, %edi
	mov	%esi, %esi
	mov	$32, %edx
	jmp	reentered

reentry:				/* rdi and rsi: from the peer, for gate_reentry() */
	cli
	cld
	ARRIVE	gate_params, %rip, 64
	mov	$64, %edx
reentered:
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

/* The other CPU, in flat 32-bit mode with a stack: see monitor.c, whose page tables it takes. */
	.code32
	.globl gate_start
gate_start:
	mov	$START_DATA, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss
	call	9f
9:	pop	%ebx
	lea	gate_tables + TABLES_PML4 - 9b(%ebx), %eax
	ENTER_LONG_MODE
	mov	gate_params + PARAM_MONITOR_TARGET(%rip), %eax
	movl	$MONITOR_RUNNING, gate_params + PARAM_MONITOR_STATE(%rip)
	jmp	leave

	.globl gate_ignore
gate_ignore:
	iretq

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
	.globl gate_gdt, gate_gdt_end
gate_gdt:
gdt64:
	.quad	0
	.quad	0x00cf9b000000ffff	/* 32-bit code */
	.quad	0x00af9b000000ffff	/* 64-bit code */
	.quad	0x00cf93000000ffff	/* data */
gate_gdt_end:
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
	.skip	START_STACK_SIZE
	.globl start_stack_end
start_stack_end:

	.section .note.GNU-stack, "", @progbits
