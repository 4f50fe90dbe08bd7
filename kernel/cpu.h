/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KEXEC_JUMP_CPU_H
#define KEXEC_JUMP_CPU_H

/*
 * cpu_*.c: the boot CPU's registers that neither the other kernel, nor the assembly, nor the core's
 * syscore operations bring back. Interrupts are off; what is saved is restored exactly once.
 */
void jump_cpu_save(void);
void jump_cpu_restore(void);

#endif
