/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * To real mode and back: a piece of code for two pages below 1 MiB, at a multiple of 4 KiB, which
 * the gate copies there with the fields at its start filled in. It is called in flat 32-bit mode
 * with paging off, calls the program far, and returns with the registers that the program left.
 */
#include "asm-offsets.h"
#include "gate_macros.h"

#define CODE32	0x08
#define DATA32	0x10
#define CODE16	0x18
#define DATA16	0x20

#define AT(label)	(label - real_stub)

	.section .rodata.real, "a"
	.globl real_stub, real_stub_end
	.balign	16
real_stub:
	.org	real_stub
	.code32
	jmp	enter
	.org	real_stub + REAL_PROGRAM
program:
	.word	0, 0		/* offset, segment */
block:
	.word	0, 0		/* the same; REAL_BLOCK */
stack:
	.word	0, 0		/* the same; REAL_STACK */
block_size:
	.word	0		/* REAL_SIZE */
data:
	.word	0		/* segment; REAL_DATA */

	.balign	8
gdt:
	.quad	0
	.quad	0x00cf9b000000ffff
	.quad	0x00cf93000000ffff
code16:
	.quad	0x00009b000000ffff
data16:
	.quad	0x000093000000ffff
gdt_end:
gdtr:
	.word	gdt_end - gdt - 1
	.long	0
real_idtr:
	.word	0x3ff
	.long	0
	.balign	4
saved_esp:
	.long	0
left:
	.skip	32		/* eax ebx ecx edx esi edi ebp eflags */

enter:
	cli
	call	1f
1:	pop	%ebx
	sub	$AT(1b), %ebx
	mov	%esp, AT(saved_esp)(%ebx)
	lea	AT(gdt)(%ebx), %eax
	mov	%eax, AT(gdtr) + 2(%ebx)
	/* Where this is, for segments and for the jumps between the modes. */
	mov	%ebx, %eax
	mov	%ax, AT(code16) + 2(%ebx)
	mov	%ax, AT(data16) + 2(%ebx)
	shr	$16, %eax
	mov	%al, AT(code16) + 4(%ebx)
	mov	%al, AT(data16) + 4(%ebx)
	mov	%ebx, %eax
	shr	$4, %eax
	mov	%ax, AT(to_real) + 3(%ebx)
	mov	%ebx, AT(own_base) + 1(%ebx)
	lea	AT(protected)(%ebx), %eax
	mov	%eax, AT(to_protected) + 2(%ebx)
	lgdt	AT(gdtr)(%ebx)
	ljmp	$CODE16, $AT(small)

	.code16
small:
	mov	$DATA16, %ax
	mov	%ax, %ds
	mov	%ax, %es
	mov	%ax, %fs
	mov	%ax, %gs
	mov	%ax, %ss
	lidtl	AT(real_idtr)
	mov	%cr0, %eax
	and	$~CR0_PE, %eax
	mov	%eax, %cr0
to_real:
	.byte	0xea
	.word	AT(real), 0
real:
	lss	%cs:AT(stack), %sp
	mov	%cs:AT(block) + 2, %ax
	mov	%ax, %es
	mov	%cs:AT(data), %ax
	mov	%ax, %ds
	mov	%ax, %fs
	mov	%ax, %gs
	movzwl	%cs:AT(block), %edi
	movzwl	%cs:AT(block_size), %ecx
	xor	%eax, %eax
	xor	%ebx, %ebx
	xor	%edx, %edx
	xor	%esi, %esi
	xor	%ebp, %ebp
	lcall	*%cs:AT(program)
	pushfl
	popl	%cs:AT(left) + 28
	cli
	cld
	mov	%eax, %cs:AT(left)
	mov	%ebx, %cs:AT(left) + 4
	mov	%ecx, %cs:AT(left) + 8
	mov	%edx, %cs:AT(left) + 12
	mov	%esi, %cs:AT(left) + 16
	mov	%edi, %cs:AT(left) + 20
	mov	%ebp, %cs:AT(left) + 24
	mov	%cs, %ax
	mov	%ax, %ds
	lgdtl	AT(gdtr)
	mov	%cr0, %eax
	or	$CR0_PE, %al
	mov	%eax, %cr0
to_protected:
	.byte	0x66, 0xea
	.long	0
	.word	CODE32

	.code32
protected:
	SET_SEGMENTS DATA32
own_base:
	mov	$0x7fffffff, %ebx
	mov	AT(saved_esp)(%ebx), %esp
	mov	AT(left)(%ebx), %eax
	mov	AT(left) + 8(%ebx), %ecx
	mov	AT(left) + 12(%ebx), %edx
	mov	AT(left) + 16(%ebx), %esi
	mov	AT(left) + 20(%ebx), %edi
	mov	AT(left) + 24(%ebx), %ebp
	push	AT(left) + 4(%ebx)
	push	AT(left) + 28(%ebx)
	andl	$EFLAGS_LEFT, (%esp)
	popf
	pop	%ebx
	ret
real_stub_end:

	.section .note.GNU-stack, "", @progbits
