/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kexec --call --real-mode e820.bin --out=FILE: the memory map that the BIOS gives, by INT 15h,
 * EAX E820h. The block becomes entries of 20 bytes: base and length of 64 bits, type of 32 bits.
 * EAX is their number; carry is set when the BIOS knows no such call, or the block is too small.
 *
 * A word at the block's start, if it is not 0, says how often to ask: every answer must be like the
 * first one, or EAX is 0xffffffff.
 */
	.code16
	.globl	_start
_start:
	push	%cs
	pop	%ds
	mov	%es:(%di), %ax		/* rounds after the first */
	mov	%ax, rounds
	mov	%di, first
	mov	%cx, room
	call	ask
	jc	fail
	mov	%ax, count
	mov	%di, copy		/* the next answers go behind the first one */
more:
	cmpw	$1, rounds
	jbe	done
	decw	rounds
	mov	copy, %di
	call	ask
	jc	fail
	cmp	count, %ax
	jne	differ
	mov	first, %si
	mov	copy, %di
	mov	%di, %cx
	sub	%si, %cx
	push	%ds
	push	%es
	pop	%ds
	repe cmpsb
	pop	%ds
	je	more
differ:
	mov	$-1, %eax
	jmp	clear
done:
	movzwl	count, %eax
clear:
	clc
	lret
fail:
	xor	%eax, %eax
	stc
	lret

/* The whole map to es:di, which is moved behind it; its entries in ax. */
ask:
	xor	%ebx, %ebx
	movw	$0, now
next:
	mov	%di, %ax
	sub	first, %ax
	add	$20, %ax
	jc	full
	cmp	room, %ax
	ja	full
	mov	$0xe820, %eax
	mov	$0x534d4150, %edx	/* "SMAP" */
	mov	$20, %ecx
	push	%di
	int	$0x15
	pop	%di
	push	%cs
	pop	%ds
	jc	full
	cmp	$0x534d4150, %eax
	jne	full
	add	$20, %di
	incw	now
	test	%ebx, %ebx
	jnz	next
	mov	now, %ax
	clc
	ret
full:
	stc
	ret

rounds:	.word	0
first:	.word	0
room:	.word	0
count:	.word	0
copy:	.word	0
now:	.word	0
