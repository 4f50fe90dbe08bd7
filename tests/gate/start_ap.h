/* SPDX-License-Identifier: GPL-2.0-only */
/* clang-format off */
/* Assembler: 32-bit code, without paging: starts the other CPU, which counts from then on. */
	.code32
start_ap:
	mov	$ap_code, %esi
	mov	$AP_CODE, %edi
	mov	$ap_code_end - ap_code, %ecx
	rep movsb
	movl	$0, AP_COUNTER
	mov	$100, %edx		/* a start-up IPI before the INIT was noticed is lost */
1:	movl	$0xc4500, 0xfee00300	/* INIT to all others, then a start-up IPI */
	call	2f
	movl	$0xc4600 + AP_CODE / 4096, 0xfee00300
	call	2f
	cmpl	$0, AP_COUNTER
	jne	3f
	dec	%edx
	jnz	1b
3:	ret
2:	mov	$20000, %ecx
4:	in	$0x80, %al
	loop	4b
	ret

ap_code:
	.code16
	xor	%ax, %ax
	mov	%ax, %ds
1:	incl	AP_COUNTER
	jmp	1b
ap_code_end:
	.code32
