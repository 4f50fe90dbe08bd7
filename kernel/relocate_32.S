/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Out of this kernel and back into it; see relocate_64.S. The other side's contract is that of
 * arch/x86/kernel/relocate_kernel_32.S: paging off, CR4 0, flat segments, no GDT, no IDT.
 */
#include <linux/linkage.h>
#include <asm/processor-flags.h>
#include <asm/segment.h>

#include "relocate.h"

	.text
	.globl relocate
	.type relocate, @function
relocate:				/* eax: the page, virtual */
	pushf
	push	%ebx
	push	%ebp
	push	%esi
	push	%edi
	push	%ds
	push	%es
	push	%fs
	push	%gs
	mov	%esp, DATA_SP(%eax)
	movl	$back, DATA_BACK(%eax)
	sgdt	DATA_GDT(%eax)
	sidt	DATA_IDT(%eax)
	mov	%cr0, %edx
	mov	%edx, DATA_CR0(%eax)
	mov	%cr3, %edx
	mov	%edx, DATA_CR3(%eax)
	mov	%cr4, %edx
	mov	%edx, DATA_CR4(%eax)
	/* Global pages would outlive the change of the tables. */
	and	$~X86_CR4_PGE, %edx
	mov	%edx, %cr4
	mov	DATA_BRIDGE(%eax), %edx
	mov	%edx, %cr3
	mov	DATA_PAGE(%eax), %eax
	jmp	*%eax

back:					/* ebx: the page, virtual; on the bridge */
	mov	DATA_CR3(%ebx), %eax
	mov	%eax, %cr3
	mov	DATA_CR4(%ebx), %eax
	mov	%eax, %cr4
	lgdt	DATA_GDT(%ebx)
	lidt	DATA_IDT(%ebx)
	ljmp	$__KERNEL_CS, $1f
1:	mov	$__KERNEL_DS, %eax
	mov	%eax, %ss
	mov	DATA_SP(%ebx), %esp
	pop	%gs
	pop	%fs
	pop	%es
	pop	%ds
	pop	%edi
	pop	%esi
	pop	%ebp
	pop	%ebx
	popf
	ret
	.size relocate, . - relocate

	.balign	64
	.globl relocate_start, relocate_end
relocate_start:				/* eax: the page */
	mov	%eax, %ebx
	mov	DATA_STACK(%ebx), %esp
	mov	%cr0, %eax
	and	$~(X86_CR0_PG | X86_CR0_AM | X86_CR0_WP | X86_CR0_TS | X86_CR0_EM), %eax
	or	$X86_CR0_PE, %eax
	mov	%eax, %cr0
	xor	%eax, %eax
	mov	%eax, %cr4
	mov	%eax, %cr3
	lgdt	DATA_NONE(%ebx)
	lidt	DATA_NONE(%ebx)
	cld
	call	swap_pages
	mov	DATA_ENTRY(%ebx), %eax
	cmpl	$0, DATA_PRESERVE(%ebx)
	jz	leave
	push	%eax			/* the word for the next entry */
	xor	%ebx, %ebx
	xor	%ecx, %ecx
	xor	%edx, %edx
	xor	%esi, %esi
	xor	%edi, %edi
	xor	%ebp, %ebp
	call	*%eax

	pop	%eax
	cli
	cld
	call	1f			/* where are we? */
1:	pop	%ebx
	sub	$(1b - relocate_start), %ebx
	mov	%eax, DATA_ENTRY(%ebx)
	mov	DATA_STACK(%ebx), %esp
	call	swap_pages
	mov	DATA_CR4(%ebx), %eax
	and	$~X86_CR4_PGE, %eax
	mov	%eax, %cr4
	mov	DATA_BRIDGE(%ebx), %eax
	mov	%eax, %cr3
	mov	DATA_BACK(%ebx), %edx
	mov	DATA_CR0(%ebx), %eax
	mov	DATA_VIRT(%ebx), %ebx
	mov	%eax, %cr0
	jmp	*%edx

leave:					/* 0: nobody waits for our return */
	push	$0
	jmp	*%eax

/* Exchanges all pairs of the list; copies them when nothing is to be preserved. ebx stays. */
swap_pages:
	mov	DATA_LIST(%ebx), %ebp
1:	test	%ebp, %ebp
	jz	5f
	push	LIST_COUNT(%ebp)
	push	%ebp
	add	$LIST_PAIRS, %ebp
2:	cmpl	$0, 4(%esp)
	jz	4f
	mov	(%ebp), %edi
	mov	8(%ebp), %esi
	mov	$(4096 / 8), %ecx
3:	mov	(%esi), %eax
	mov	4(%esi), %edx
	cmpl	$0, DATA_PRESERVE(%ebx)
	jz	6f
	push	(%edi)
	pop	(%esi)
	push	4(%edi)
	pop	4(%esi)
6:	mov	%eax, (%edi)
	mov	%edx, 4(%edi)
	add	$8, %esi
	add	$8, %edi
	dec	%ecx
	jnz	3b
	add	$16, %ebp
	decl	4(%esp)
	jmp	2b
4:	pop	%ebp
	add	$4, %esp
	mov	LIST_NEXT(%ebp), %ebp
	jmp	1b
5:	ret
relocate_end:

	.section .note.GNU-stack, "", @progbits
