/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two small "kernels" for the 64-bit gate: A, booted by multiboot, and B, entered by A's gate.
 * LEVELS_A and LEVELS_B are their page table levels; ENTRY_BITS is how B is entered. Each
 * kernel's map lacks the other one's gate; A's has a no-execute page, which needs EFER.NXE.
 */
#include "gate_test.h"
#include "handed.h"

#define CODE32		0x08
#define CODE64		0x10
#define DATA		0x18

#define MULTIBOOT_MAGIC	0x1badb002
#define MULTIBOOT_PLACE	0x10000		/* the header says where the image goes */

	.section .head, "ax"
	.code32
	.balign	4
multiboot:
	.long	MULTIBOOT_MAGIC, MULTIBOOT_PLACE, -(MULTIBOOT_MAGIC + MULTIBOOT_PLACE)
	.long	multiboot, multiboot, data_end, bss_end, start

/* Long mode with @levels of page tables; EFER gets the bits @efer. */
.macro ENTER_LONG_MODE root, levels, efer, target
	mov	%cr4, %eax
	.if	\levels == 5
	or	$0x1020, %eax
	.else
	or	$0x20, %eax
	.endif
	mov	%eax, %cr4
	mov	$\root, %eax
	mov	%eax, %cr3
	mov	$0xc0000080, %ecx
	mov	$\efer, %eax
	xor	%edx, %edx
	wrmsr
	mov	%cr0, %eax
	or	$0x80000000, %eax
	and	$~0x10000, %eax
	mov	%eax, %cr0
	lgdt	gdtr
	ljmp	$CODE64, $\target
.endm

.macro LOAD_DATA_SEGMENTS
	mov	$DATA, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss
.endm

	.text
	.code32
start:
	mov	$stack_a, %esp
	call	start_ap
	ENTER_LONG_MODE root_a, LEVELS_A, 0x900, 1f
	.code64
1:	LOAD_DATA_SEGMENTS
	call	main_a

	.globl	kernel_b_entry
kernel_b_entry:
	.if	ENTRY_BITS == 32
	.code32
	CHECK_HANDED
	mov	$stack_b, %esp
	mov	%esi, %ebx
	ENTER_LONG_MODE root_b, LEVELS_B, 0x100, 1f
	.endif
	.code64
	.if	ENTRY_BITS == 64
	cmp	%rdi, %rsi		/* a C function's first argument */
	jne	.
	mov	$0xc0000080, %ecx
	mov	$0x500, %eax
	xor	%edx, %edx
	mov	$root_b, %edi
	mov	%rsi, %rbx
	mov	%rdi, %cr3
	wrmsr
	lgdt	gdtr
	.endif
1:	LOAD_DATA_SEGMENTS
	mov	%cr4, %rax		/* a difference from A: CR4.MCE */
	or	$0x40, %rax
	mov	%rax, %cr4
	mov	$stack_b, %esp
	mov	%rbx, %rdi
	call	main_b

#include "start_ap.h"

	.code64

.macro KERNEL_CALL side
	.globl	kernel_call_\side
kernel_call_\side:
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	pushfq
	mov	%rsp, rsp_\side
	sgdt	gdtr_\side
	lidt	no_table
	lgdt	no_table
	mov	%cr0, %rax
	and	$~0x10000, %rax
	mov	%rax, %cr0
	mov	$swap_\side, %esp
	call	*%rdi
	mov	(%rsp), %rbp
	mov	8(%rsp), %rbx
	mov	%rbx, back + BACK_SECOND
	mov	%cr3, %rax
	mov	%rax, back + BACK_CR3
	mov	%cr4, %rax
	mov	%rax, back + BACK_CR4
	mov	%cr0, %rax
	mov	%rax, back + BACK_CR0
	mov	$0xc0000080, %ecx
	rdmsr
	mov	%eax, back + BACK_EFER
	mov	%edx, back + BACK_EFER + 4
	sgdt	back + BACK_GDT
	.ifc	\side, b
	lgdt	gdtr_\side
	.endif
	mov	rsp_\side, %rsp
	push	$CODE64
	push	$1f
	lretq
1:	LOAD_DATA_SEGMENTS
	mov	%rbp, %rax
	popfq
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	ret
.endm

	KERNEL_CALL a
	KERNEL_CALL b

/* There is no stack, and none is needed. */
	.globl	kernel_jump
kernel_jump:
	lidt	no_table
	lgdt	no_table
	xor	%esp, %esp
	jmp	*%rdi

	.data
	.balign	16
	.globl	gdt_a
gdt_a:
gdt:
	.quad	0
	.quad	0x00cf9b000000ffff
	.quad	0x00af9b000000ffff
	.quad	0x00cf93000000ffff
gdtr:
	.word	. - gdt - 1
	.quad	gdt
no_table:
	.word	0
	.quad	0
gdtr_a:
	.skip	10
gdtr_b:
	.skip	10

/* An identity map of the first GiB without the 2 MiB at @without, and @noexec not executable. */
.macro TABLES side, levels, without, noexec
	.balign	4096
pd_\side:
	.set	at, 0
	.rept	512
	.if	at == \without
	.quad	0
	.elseif	at == \noexec
	.quad	at | 0x8000000000000083
	.else
	.quad	at | 0x83
	.endif
	.set	at, at + 0x200000
	.endr
pdpt_\side:
	.quad	pd_\side + 3
	.skip	4088
pml4_\side:
	.quad	pdpt_\side + 3
	.skip	4088
pml5_\side:
	.quad	pml4_\side + 3
	.skip	4088
	.globl	root_\side
	.if	\levels == 5
	.set	root_\side, pml5_\side
	.else
	.set	root_\side, pml4_\side
	.endif
.endm

	TABLES	a, LEVELS_A, PLACE_B, PLACE_NOEXEC
	TABLES	b, LEVELS_B, PLACE_A, -1

	.globl	gate_image
	.balign	4096
gate_image:
	.incbin	"purgatory64.bin"

	.bss
	.balign	4096
	.skip	4096
swap_a:
	.skip	4096
swap_b:
	.skip	16384
stack_a:
	.skip	16384
stack_b:
	.globl	back
back:
	.skip	64
rsp_a:
	.quad	0
rsp_b:
	.quad	0

	.section .note.GNU-stack, "", @progbits
