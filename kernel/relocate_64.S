/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Out of this kernel and back into it. relocate() runs where the module is; from relocate_start to
 * relocate_end is what runs in a page of its own, at its physical address, while nothing else of
 * the kernel can be relied on. Interrupts are off.
 *
 * The other side's contract is that of arch/x86/kernel/relocate_kernel_64.S: identity-mapped, no
 * GDT, no IDT, CR4 has PAE and LA57 at most; when the call returns, the top of the stack has the
 * next entry.
 */
#include <linux/linkage.h>
#include <asm/msr-index.h>
#include <asm/nospec-branch.h>
#include <asm/processor-flags.h>
#include <asm/segment.h>

#include "relocate.h"

#define CR4_CET_BIT  23
#define CR4_FRED_BIT 32

	.text
	.code64
	.globl relocate
relocate:
	endbr64
	pushf
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	mov	%rsp, DATA_SP(%rdi)
	lea	back(%rip), %rax
	mov	%rax, DATA_BACK(%rdi)
	sgdt	DATA_GDT(%rdi)
	sidt	DATA_IDT(%rdi)
	mov	$MSR_GS_BASE, %ecx
	rdmsr
	shl	$32, %rdx
	or	%rdx, %rax
	mov	%rax, DATA_GS(%rdi)
	mov	%cr0, %rax
	mov	%rax, DATA_CR0(%rdi)
	mov	%cr3, %rax
	mov	%rax, DATA_CR3(%rdi)
	mov	%cr4, %rax
	mov	%rax, DATA_CR4(%rdi)
	/* Global pages, PCIDs, CET, LASS, FRED and the like, before the addresses of user space. */
	and	$(X86_CR4_PAE | X86_CR4_LA57), %eax
	mov	%rax, %cr4
	mov	DATA_BRIDGE(%rdi), %rax
	mov	%rax, %cr3
	mov	DATA_PAGE(%rdi), %rax
	ANNOTATE_RETPOLINE_SAFE
	jmp	*%rax
	int3

back:					/* rdi: the page, virtual; on the bridge */
	endbr64
	mov	DATA_SP(%rdi), %rsp
	lgdt	DATA_GDT(%rdi)
	lidt	DATA_IDT(%rdi)
	mov	$__KERNEL_DS, %eax
	mov	%eax, %ss
	push	$__KERNEL_CS
	mov	DATA_BACK(%rdi), %rax
	add	$(1f - back), %rax
	push	%rax
	lretq
1:	xor	%eax, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %fs
	mov	%eax, %gs
	mov	$MSR_GS_BASE, %ecx
	mov	DATA_GS(%rdi), %eax
	mov	DATA_GS + 4(%rdi), %edx
	wrmsr
	/* CR4.CET wants CR0.WP, and CR4.PCIDE a CR3 without a PCID. */
	mov	DATA_CR0(%rdi), %rax
	mov	%rax, %cr0
	mov	DATA_CR3(%rdi), %rax
	mov	%rax, %rdx
	and	$~0xfff, %rdx
	mov	%rdx, %cr3
	mov	DATA_CR4(%rdi), %rcx
	/* CET and FRED when their registers are there again: jump_cpu_restore(). */
	btr	$CR4_CET_BIT, %rcx
	btr	$CR4_FRED_BIT, %rcx
	mov	%rcx, %cr4
	mov	%rax, %cr3
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	popf
	RET

	/* It runs in its own page only: here it is data. */
	.section .rodata
	.balign	64
	.globl relocate_start, relocate_end
relocate_start:
	lea	relocate_start(%rip), %rbx
	mov	DATA_STACK(%rbx), %rsp
	mov	DATA_IDENTITY(%rbx), %rax
	mov	%rax, %cr3
	mov	%cr0, %rax
	and	$~(X86_CR0_AM | X86_CR0_WP | X86_CR0_TS | X86_CR0_EM), %rax
	mov	%rax, %cr0
	lgdt	DATA_NONE(%rbx)
	lidt	DATA_NONE(%rbx)
	cld
	call	swap_pages
	mov	DATA_ENTRY(%rbx), %rax
	cmpq	$0, DATA_PRESERVE(%rbx)
	jz	leave
	push	%rax			/* the word for the next entry */
	xor	%ebx, %ebx
	xor	%ecx, %ecx
	xor	%edx, %edx
	xor	%esi, %esi
	xor	%edi, %edi
	xor	%ebp, %ebp
	xor	%r8d, %r8d
	xor	%r9d, %r9d
	xor	%r10d, %r10d
	xor	%r11d, %r11d
	xor	%r12d, %r12d
	xor	%r13d, %r13d
	xor	%r14d, %r14d
	xor	%r15d, %r15d
	call	*%rax

	mov	(%rsp), %rax
	cli
	cld
	lea	relocate_start(%rip), %rbx
	mov	%rax, DATA_ENTRY(%rbx)
	mov	DATA_STACK(%rbx), %rsp
	mov	DATA_IDENTITY(%rbx), %rax
	mov	%rax, %cr3
	call	swap_pages
	mov	DATA_BRIDGE(%rbx), %rax
	mov	%rax, %cr3
	mov	DATA_VIRT(%rbx), %rdi
	jmp	*DATA_BACK(%rbx)

leave:					/* 0: nobody waits for our return */
	push	$0
	jmp	*%rax

/* Exchanges all pairs of the list; copies them when nothing is to be preserved. rbx stays. */
swap_pages:
	mov	DATA_PRESERVE(%rbx), %rbp
	mov	DATA_LIST(%rbx), %r8
1:	test	%r8, %r8
	jz	5f
	mov	LIST_COUNT(%r8), %r9
	lea	LIST_PAIRS(%r8), %r10
2:	test	%r9, %r9
	jz	4f
	mov	(%r10), %rdi
	mov	8(%r10), %rsi
	mov	$(4096 / 32), %ecx
3:	mov	(%rsi), %rax
	mov	8(%rsi), %rdx
	mov	16(%rsi), %r11
	mov	24(%rsi), %r12
	test	%rbp, %rbp
	jz	6f
	mov	(%rdi), %r13
	mov	8(%rdi), %r14
	mov	%r13, (%rsi)
	mov	%r14, 8(%rsi)
	mov	16(%rdi), %r13
	mov	24(%rdi), %r14
	mov	%r13, 16(%rsi)
	mov	%r14, 24(%rsi)
6:	mov	%rax, (%rdi)
	mov	%rdx, 8(%rdi)
	mov	%r11, 16(%rdi)
	mov	%r12, 24(%rdi)
	add	$32, %rsi
	add	$32, %rdi
	dec	%ecx
	jnz	3b
	add	$16, %r10
	dec	%r9
	jmp	2b
4:	mov	LIST_NEXT(%r8), %r8
	jmp	1b
5:	ret
	int3
relocate_end:

	.section .note.GNU-stack, "", @progbits
