/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The page that is left when all others are being swapped: the code that swaps, and what it needs,
 * for the assembly and for C.
 */
#ifndef KEXEC_JUMP_RELOCATE_H
#define KEXEC_JUMP_RELOCATE_H

/* Where struct relocate_data is in the page. */
#define RELOCATE_DATA 2048

#define DATA_PAGE     (RELOCATE_DATA + 0)
#define DATA_VIRT     (RELOCATE_DATA + 8)
#define DATA_LIST     (RELOCATE_DATA + 16)
#define DATA_IDENTITY (RELOCATE_DATA + 24)
#define DATA_BRIDGE   (RELOCATE_DATA + 32)
#define DATA_STACK    (RELOCATE_DATA + 40)
#define DATA_ENTRY    (RELOCATE_DATA + 48)
#define DATA_PRESERVE (RELOCATE_DATA + 56)
#define DATA_BACK     (RELOCATE_DATA + 64)
#define DATA_SP	      (RELOCATE_DATA + 72)
#define DATA_CR0      (RELOCATE_DATA + 80)
#define DATA_CR3      (RELOCATE_DATA + 88)
#define DATA_CR4      (RELOCATE_DATA + 96)
#define DATA_GS	      (RELOCATE_DATA + 104)
#define DATA_GDT      (RELOCATE_DATA + 112) /* limit u16, base */
#define DATA_IDT      (RELOCATE_DATA + 128)
#define DATA_NONE     (RELOCATE_DATA + 144) /* a table without entries */

/* A page of the list; see struct kexec_jump_info. */
#define LIST_COUNT     0
#define LIST_NEXT      8
#define LIST_PAIRS     16
#define LIST_PAIRS_MAX ((4096 - LIST_PAIRS) / 16)

#ifndef __ASSEMBLY__
#include <linux/build_bug.h>
#include <linux/stddef.h>
#include <linux/types.h>

/* Addresses are physical but where said. */
struct relocate_data {
	u64 page;     /* this page */
	u64 virt;     /* the same, virtual */
	u64 list;     /* of the pages to be swapped; 0: none */
	u64 identity; /* top page table: all RAM at its own addresses, and nothing else */
	u64 bridge;   /* the same with the kernel's addresses */
	u64 stack;    /* end of a page for it */
	u64 entry;    /* of the other kernel */
	u64 preserve; /* swap and call, else copy and leave */
	u64 back;     /* virtual: where to go on after it */
	u64 sp;	      /* virtual */
	u64 cr0, cr3, cr4;
	u64 gs;
	u8 gdt[16], idt[16], none[16];
};

static_assert(DATA_GDT == RELOCATE_DATA + offsetof(struct relocate_data, gdt));
static_assert(DATA_NONE == RELOCATE_DATA + offsetof(struct relocate_data, none));

/* A page of the list. */
struct swap_list {
	u64 count;
	u64 next;
	struct {
		u64 to, from;
	} pairs[LIST_PAIRS_MAX];
};

static_assert(sizeof(struct swap_list) <= 4096);

extern const char relocate_start[], relocate_end[];

/* To the other kernel with the data in the page at virtual address @page, and back. */
void relocate(void *page);
#endif
#endif
