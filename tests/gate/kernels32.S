/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two small "kernels" for the 32-bit gate: A, booted by multiboot, and B, entered by A's gate.
 * With PAE_A, kernel A wants to come back with CR4.PAE set. The kernels' page tables play no
 * part: paging is off wherever a 32-bit gate runs.
 */
#include "gate_test.h"
#include "handed.h"

/* As Linux has them: not those of the boot protocol. */
#define KERNEL_CODE	0x60
#define KERNEL_DATA	0x68

#define MULTIBOOT_MAGIC	0x1badb002
#define MULTIBOOT_PLACE	0x10000		/* the header says where the image goes */

	.section .head, "ax"
	.balign	4
multiboot:
	.long	MULTIBOOT_MAGIC, MULTIBOOT_PLACE, -(MULTIBOOT_MAGIC + MULTIBOOT_PLACE)
	.long	multiboot, multiboot, data_end, bss_end, start

.macro LOAD_SEGMENTS
	ljmp	$KERNEL_CODE, $1f
1:	mov	$KERNEL_DATA, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss
.endm

	.text
start:
	mov	$stack_a, %esp
	call	start_ap
	mov	$0xc0000080, %ecx	/* EFER.NXE, as a PAE kernel has it */
	mov	$0x800, %eax
	xor	%edx, %edx
	wrmsr
	lgdt	gdtr
	LOAD_SEGMENTS
	call	main_a

	.globl	kernel_b_entry
kernel_b_entry:
	CHECK_HANDED
	mov	%cs, %eax		/* the boot protocol's selectors, or nothing comes out */
	cmp	$0x10, %eax
	jne	.
	mov	%ds, %eax
	cmp	$0x18, %eax
	jne	.
	mov	%eax, %ss
	mov	$stack_b, %esp
	mov	$0xc0000080, %ecx
	xor	%eax, %eax
	xor	%edx, %edx
	wrmsr
	lgdt	gdtr
	LOAD_SEGMENTS
	sub	$12, %esp
	push	%esi
	call	main_b

#include "start_ap.h"

.macro KERNEL_CALL side
	.globl	kernel_call_\side
kernel_call_\side:
	mov	4(%esp), %eax
	push	%ebx
	push	%esi
	push	%edi
	push	%ebp
	pushf
	mov	%esp, esp_\side
	sgdt	gdtr_\side
	lidt	no_table
	lgdt	no_table
	xor	%edx, %edx
	mov	%edx, %cr4
	mov	$swap_\side, %esp
	call	*%eax
	mov	(%esp), %ebp
	mov	4(%esp), %ebx
	mov	%ebx, back + BACK_SECOND
	mov	%cr4, %eax
	mov	%eax, back + BACK_CR4
	mov	$0xc0000080, %ecx
	rdmsr
	mov	%eax, back + BACK_EFER
	mov	%edx, back + BACK_EFER + 4
	sgdt	back + BACK_GDT
	.ifc	\side, b
	lgdt	gdtr_\side
	.endif
	mov	esp_\side, %esp
	LOAD_SEGMENTS
	mov	%ebp, %eax
	popf
	pop	%ebp
	pop	%edi
	pop	%esi
	pop	%ebx
	ret
.endm

	KERNEL_CALL a
	KERNEL_CALL b

/* Leaves no more of a stack than the kernel does: the end of its control page. */
	.globl	kernel_jump
kernel_jump:
	mov	4(%esp), %eax
	mov	8(%esp), %esi
	lidt	no_table
	lgdt	no_table
	mov	$swap_b, %esp
	xor	%edx, %edx
	mov	%edx, %cr4
	jmp	*%eax

	.data
	.balign	16
	.globl	gdt_a
gdt_a:
gdt:
	.skip	KERNEL_CODE
	.quad	0x00cf9b000000ffff
	.quad	0x00cf93000000ffff
gdtr:
	.word	. - gdt - 1
	.long	gdt
no_table:
	.word	0
	.long	0
gdtr_a:
	.skip	6
gdtr_b:
	.skip	6

	.globl	gate_image
	.balign	4096
gate_image:
	.incbin	"purgatory32.bin"

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
	.globl	back, root_a, root_b
back:
	.skip	64
esp_a:
	.long	0
esp_b:
	.long	0
	.set	root_a, 0
	.set	root_b, 0

	.section .note.GNU-stack, "", @progbits
