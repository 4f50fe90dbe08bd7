/* SPDX-License-Identifier: GPL-2.0-only */
/* The gate images, as the build made them: see purgatory.h. */
	.section .rodata
	.globl	purgatory32, purgatory64
	.balign	64
	.type	purgatory32, @object
purgatory32:
	.incbin	"purgatory32.bin"
	.size	purgatory32, . - purgatory32
	.balign	64
	.type	purgatory64, @object
purgatory64:
	.incbin	"purgatory64.bin"
	.size	purgatory64, . - purgatory64

	.section .note.GNU-stack, "", @progbits
