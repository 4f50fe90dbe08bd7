/* SPDX-License-Identifier: GPL-2.0-only */
/* The call of a program, for the gate's assembler: the target GATE_TO_CALL. */
#ifndef PURGATORY_CALL_H
#define PURGATORY_CALL_H

#include <stdint.h>

/*
 * Makes what the program expects: for a program of real mode, the code that takes it there, and
 * interrupts as a BIOS has them. Returns the address to be called in 32-bit mode, paging off.
 */
uint32_t call_prepare(void);
/*
 * Keeps what it left, as pusha and, before it, pushf put it on the stack: edi, esi, ebp, esp, ebx,
 * edx, ecx, eax, eflags.
 */
void call_done(const uint32_t left[9]);

#endif
