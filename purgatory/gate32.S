/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The gate of a 32-bit kernel: the entry points and the ways out. Everything else is in C
 * (purgatory.c). Paging is off throughout, the segments are flat, there is no GDT and no IDT: any
 * exception, and any load of a segment register, resets the machine.
 *
 * The kernel's side: arch/x86/kernel/relocate_kernel_32.S, identity_mapped. After the return it
 * expects nothing in registers but esp: it takes its next entry from 0(%esp), as set by back below.
 */
#include "asm-offsets.h"
#include "gate_macros.h"

#define STACK_SIZE	0x2000
#define START_STACK_SIZE 0x200	/* of the other CPU, which runs no C */

/* Selectors that the boot protocol wants a kernel to be entered with. */
#define GDT_CODE	0x10
#define GDT_DATA	0x18
/*
 * Those that Linux runs with (arch/x86/include/asm/segment.h, __KERNEL_CS and __KERNEL_DS): it
 * left with them and expects them, since an exception returns by loading them again.
 */
#define LINUX_CODE	0x60
#define LINUX_DATA	0x68

	.section .gate, "ax"
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
	jmp	reentry
	.org	GATE_PARAMS
gate_params:
	.skip	PARAMS_SIZE

/* Sets ebx to the address of label 9; all callers leave us a stack with room for a word. */
.macro FIND_SELF
	cli
	cld
	call	9f
9:	pop	%ebx
.endm

/* Loads our GDT and with it the data segments; ebx is as FIND_SELF sets it. Clobbers eax. */
.macro LOAD_SEGMENTS data
	lea	gdt - 9b(%ebx), %eax
	push	%eax
	pushw	$gdt_limit
	lgdt	(%esp)
	add	$6, %esp
	SET_SEGMENTS \data
.endm

	.text
first:
	FIND_SELF
	xor	%eax, %eax
	testl	$GATE_CALLED, gate_params - 9b + PARAM_FLAGS(%ebx)
	jz	1f
	mov	(%esp), %eax
1:	lea	stack_end - 9b(%ebx), %esp
	sub	$12, %esp		/* the stack is aligned to 16 bytes at a call */
	push	%eax
	call	gate_first
	jmp	leave

forward:
	FIND_SELF
	mov	(%esp), %eax
	lea	stack_end - 9b(%ebx), %esp
	sub	$12, %esp
	push	%eax
	call	gate_forward

leave:					/* eax: where to */
	call	9f
9:	pop	%ebx
	cmp	$GATE_TO_32, %eax
	je	to_32
	cmp	$GATE_TO_CALL, %eax
	je	to_call
	cmp	$GATE_TO_REAL, %eax
	je	to_call
	cmp	$GATE_TO_GATE, %eax
	jne	back

to_gate:
	xor	%edi, %edi
	testl	$GATE_CALLED, gate_params - 9b + PARAM_FLAGS(%ebx)
	jz	1f
	lea	gate_reentry_entry - 9b(%ebx), %edi	/* and GATE_REENTRY_32 is the same */
1:	mov	$GATE_HANDSHAKE, %esi
	testl	$GATE_CRASHED, gate_params - 9b + PARAM_FLAGS(%ebx)
	jz	1f
	mov	$GATE_HANDSHAKE_CRASH, %esi
1:	jmp	*gate_params - 9b + PARAM_PEER(%ebx)

to_32:
	LOAD_SEGMENTS GDT_DATA
	mov	gate_params - 9b + PARAM_ARGUMENT(%ebx), %esi
	push	%esi
	push	$0			/* the return address */
	push	$GDT_CODE
	push	gate_params - 9b + PARAM_ENTRY(%ebx)
	mov	gate_params - 9b + PARAM_MAGIC(%ebx), %eax
	xor	%ebx, %ebx
	test	%eax, %eax
	jz	1f
	mov	%esi, %ebx
1:	xor	%ecx, %ecx
	xor	%edx, %edx
	xor	%edi, %edi
	xor	%ebp, %ebp
	lret

to_call:
	LOAD_SEGMENTS GDT_DATA
	push	$GDT_CODE
	lea	1f - 9b(%ebx), %eax
	push	%eax
	lret
1:	mov	%ebx, %edi
	call	call_prepare
	mov	gate_params - 9b + PARAM_ARGUMENT(%edi), %esi
	mov	gate_params - 9b + PARAM_CALL_SIZE(%edi), %ecx
	mov	%eax, %ebx
	xor	%eax, %eax
	xor	%edx, %edx
	xor	%edi, %edi
	xor	%ebp, %ebp
	call	*%ebx
	pushf
	pusha
	cli
	cld
	mov	%esp, %eax
	and	$~15, %esp
	sub	$12, %esp
	push	%eax
	call	call_done
	jmp	back

/*
 * The other CPU, in flat mode with a stack: see monitor.c. Its GDT is in a page that is
 * not ours, and nobody loads a segment from it any more.
 */
	.globl gate_start
gate_start:
	SET_SEGMENTS START_DATA
	FIND_SELF
	mov	gate_params - 9b + PARAM_MONITOR_TARGET(%ebx), %eax
	movl	$MONITOR_RUNNING, gate_params - 9b + PARAM_MONITOR_STATE(%ebx)
	jmp	leave

	.globl gate_ignore
gate_ignore:
	iret

reentry:				/* edi and esi: from the peer, for gate_reentry() */
	FIND_SELF
	ARRIVE	(gate_params-9b), %ebx, 32
	lea	stack_end - 9b(%ebx), %esp
	push	$0			/* the stack is aligned to 16 bytes at a call */
	push	$32			/* or 64, which makes no difference here */
	push	%esi
	push	%edi
	call	gate_reentry

back:
	call	9f
9:	pop	%ebx
	LOAD_SEGMENTS LINUX_DATA
	push	$LINUX_CODE
	lea	1f - 9b(%ebx), %eax
	push	%eax
	lret
1:	call	gate_restore
	call	9f
9:	pop	%ebx
	lea	gate_forward_entry - 9b(%ebx), %eax
	lea	stack_end - 9b(%ebx), %esp
	push	%eax
	push	%eax
	jmp	*gate_params - 9b + PARAM_RETURN_ADDRESS(%ebx)

	.section .rodata
	.balign	8
	.globl gate_gdt, gate_gdt_end
gate_gdt:
gdt:
	.quad	0
	.quad	0
	.quad	0x00cf9b000000ffff	/* code */
	.quad	0x00cf93000000ffff	/* data */
	.skip	LINUX_CODE - 0x20
	.quad	0x00cf9b000000ffff
	.quad	0x00cf93000000ffff
gate_gdt_end:
	.set	gdt_limit, . - gdt - 1

	.section .bss.stack, "aw", @nobits
	.balign	16
	.skip	STACK_SIZE
stack_end:
	.skip	START_STACK_SIZE
	.globl start_stack_end
start_stack_end:

	.section .note.GNU-stack, "", @progbits
