/* SPDX-License-Identifier: GPL-2.0-only */
/* What gate_test.c, kernels32.S and kernels64.S share. */
#ifndef GATE_TEST_H
#define GATE_TEST_H

/* Where the gates are loaded: 2 MiB pages, so that a kernel's map can leave one out. */
#define PLACE_A	     0x2000000
#define PLACE_B	     0x3000000
#define PLACE_C	     0x4000000
#define PLACE_NOEXEC 0x5000000 /* a page of A's that is not executable */
#define AP_COUNTER   0x7000    /* the other CPU counts here while it runs */
#define AP_CODE	     0x8000    /* start-up IPI vector 8 */

/* struct came_back, as the assembler fills it. */
#define BACK_SECOND 0
#define BACK_CR3    8
#define BACK_CR4    16
#define BACK_EFER   24
#define BACK_CR0    32
#define BACK_GDT    40

#ifndef MAGIC
#define MAGIC 0 /* gate_params.magic_eax */
#endif

#ifndef __ASSEMBLER__

#include <stdint.h>

/* The CPU as a kernel found it after its call. */
struct came_back {
	uint64_t second; /* the second word of the stack; the first is returned */
	uint64_t cr3, cr4, efer;
	uint64_t cr0; /* of a 64-bit kernel */
	uint16_t gdt_limit;
	uint8_t gdt_base[sizeof(long)]; /* not aligned */
};

/*
 * The two kernels' machine_kexec(): calls @entry as relocate_kernel_*.S does and returns the next
 * entry. A takes over the GDT that its gate loaded, B loads its own.
 */
unsigned long kernel_call_a(unsigned long entry);
unsigned long kernel_call_b(unsigned long entry);
/* Enters a gate as the kernel enters an ordinary image: by a jump; @word is in (e/r)si. */
_Noreturn void kernel_jump(unsigned long entry, unsigned long word);

extern struct came_back back;
extern char kernel_b_entry[];	/* where A's gate enters B */
extern char root_a[], root_b[]; /* page tables */
extern uint8_t gdt_a[];
extern uint8_t gate_image[0x10000];

/* Called by the assembler. */
_Noreturn void main_a(void);
_Noreturn void main_b(unsigned long argument);

#endif
#endif
