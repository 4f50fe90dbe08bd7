/* SPDX-License-Identifier: GPL-2.0-only */
/* clang-format off */
/* Assembler: what a kernel is handed at a 32-bit entry, or nothing comes out; not esi itself. */
.macro CHECK_HANDED
	cmp	$MAGIC, %eax
	jne	.
	cmp	4(%esp), %esi		/* a C function's first argument, and no way back */
	jne	.
	cmpl	$0, (%esp)
	jne	.
	.if	MAGIC
	cmp	%esi, %ebx
	.else
	test	%ebx, %ebx
	.endif
	jne	.
	or	%ebp, %edi
	jnz	.
.endm
