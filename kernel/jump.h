/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KEXEC_JUMP_JUMP_H
#define KEXEC_JUMP_JUMP_H

#include <linux/list.h>
#include <linux/mm_types.h>
#include <linux/types.h>

#include "kexec_jump.h"

/* Memory of the other kernel: page frames from @pfn on; @first: how many come before them. */
struct jump_segment {
	unsigned long pfn, pages, first;
	u64 data, data_size;
};

struct jump_image {
	bool preserve;
	u64 rounds;
	unsigned int segment_count;
	struct jump_segment *segments; /* sorted, disjoint */
	unsigned long page_count;
	/*
	 * What each of the pages is loaded into, and what holds this kernel's content of it while
	 * the other kernel runs. For a page frame that was free it is that one: it has no content.
	 */
	struct page **pages;
	struct list_head spare;	   /* taken, and not needed yet */
	struct list_head too_high; /* taken, and out of the swap's reach */
	struct list_head own;	   /* the page below, its stack, page tables, the list */
	void *relocate;		   /* virtual address of the page that stays */
};

/* image.c */
struct jump_image *jump_image_load(const struct kexec_jump_load *load);
void jump_image_free(struct jump_image *image);
int jump_image_access(struct jump_image *image, const struct kexec_jump_access *access, bool write);
/* A zeroed page that is no destination and has a virtual address; freed with the image. */
void *jump_image_page(struct jump_image *image);

/* tables_*.c: page tables for the jump; the bridge's kernel half is renewed before each. */
int jump_tables_make(struct jump_image *image);
void jump_tables_renew(struct jump_image *image);

/* quiesce.c: to the other kernel and back. */
int jump_image_exec(struct jump_image *image);

/* cpus.c: all CPUs but the first stop, and start again with what was bound to them. */
struct jump_cpus *jump_cpus_new(void);
void jump_cpus_free(struct jump_cpus *c);
int jump_cpus_stop(struct jump_cpus *c);
void jump_cpus_start(struct jump_cpus *c);

/* apic.c: for the time when the other kernel runs; what is found out about the machine before. */
void jump_apic_init(void);
void jump_apic_exit(void);
void jump_apic_stop_others(void);
void jump_apic_leave(void);

#endif
