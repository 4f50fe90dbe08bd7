/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The jump record, checked: what a kernel lent, where its gate is, and what machine it ran on
 * (include/jump_record.h is the form that it has in a core). Whoever has a struct record need not
 * doubt it: nothing else reads the raw one.
 */
#ifndef CORE_RECORD_H
#define CORE_RECORD_H

#include "elfcore.h"
#include "jump_record.h"
#include "range.h"

/* What a kernel lent; gate and headers are inside the window. */
struct lent {
	struct range window; /* whole pages, above the first MiB */
	struct range low;    /* below 640 KB, without page 0; last 0: none */
	struct range gate;
	struct range headers;
};

struct record {
	uint16_t machine; /* EM_386 or EM_X86_64 */
	uint16_t paging_levels;
	enum free_content free_content;
	uint64_t entry;
	struct lent lent;
	struct range text; /* last 0: not known */
	uint64_t ram_bytes;
	char release[72], build[136]; /* end with a NUL */
	uint8_t firmware_map[32];
	uint32_t cpu_vendor[3], cpu_signature, cpu_features[8];
};

/*
 * A raw record, as a note or a header page has it. Refuses what its own fields show to be wrong;
 * whether they fit a machine is for host/identity.h. All zeros are no record.
 */
bool record_parse(struct record *r, struct bytes raw, struct err *e);
/* That of a core's note. */
bool record_of_core(struct record *r, const struct elfcore *core, struct err *e);

/* Whether the page at @paddr was lent. */
bool lent_has(const struct lent *l, uint64_t paddr);
bool lent_overlaps(const struct lent *l, struct range r);
/*
 * Whether @r has memory that was lent and is not the gate, at *@paddr: only the gate is to be found
 * at its place in the memory of the kernel that lent.
 */
bool lent_but_gate(const struct lent *l, struct range r, uint64_t *paddr);
uint64_t lent_bytes(const struct lent *l);
/* Adds all of it to @to; false when there is no memory. */
bool lent_add(const struct lent *l, struct ranges *to);

#endif
