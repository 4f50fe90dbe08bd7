/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kexec --call --real-mode vbe.bin --out=FILE: what the VGA BIOS tells of itself, by INT 10h, AX
 * 4F00h: 512 bytes, which begin with "VESA". AX is 004Fh when it knows VBE.
 */
	.code16
	.globl	_start
_start:
	movl	$0x32454256, %es:(%di)	/* "VBE2": all 512 bytes are wanted */
	mov	$0x4f00, %eax
	int	$0x10
	lret
