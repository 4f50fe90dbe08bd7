/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kexec --call cpustate.bin --out=FILE: the state in which a program is entered, as 32-bit words:
 * CR0, CR3 and CR4, EFLAGS, ESP, CS, DS, ES, FS, GS, SS, then EAX, EBX, ECX, EDX, ESI, EDI, EBP,
 * and how often it was called, by which a program is seen to keep its memory. EAX is that number.
 */
	.code32
	.globl	_start
_start:
	push	%eax
	pushf
	mov	%cr0, %eax
	mov	%eax, 0(%esi)
	mov	%cr3, %eax
	mov	%eax, 4(%esi)
	mov	%cr4, %eax
	mov	%eax, 8(%esi)
	pop	%eax
	mov	%eax, 12(%esi)
	lea	4(%esp), %eax
	mov	%eax, 16(%esi)
	mov	%cs, %eax
	mov	%eax, 20(%esi)
	mov	%ds, %eax
	mov	%eax, 24(%esi)
	mov	%es, %eax
	mov	%eax, 28(%esi)
	mov	%fs, %eax
	mov	%eax, 32(%esi)
	mov	%gs, %eax
	mov	%eax, 36(%esi)
	mov	%ss, %eax
	mov	%eax, 40(%esi)
	pop	%eax
	mov	%eax, 44(%esi)
	mov	%ebx, 48(%esi)
	mov	%ecx, 52(%esi)
	mov	%edx, 56(%esi)
	mov	%esi, 60(%esi)
	mov	%edi, 64(%esi)
	mov	%ebp, 68(%esi)
	incl	count - _start(%ebx)
	mov	count - _start(%ebx), %eax
	mov	%eax, 72(%esi)
	ret

	.balign	4
count:	.long	0
