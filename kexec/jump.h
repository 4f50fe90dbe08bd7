/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The two loads of a jump (doc/jump.md): in A, a kernel B with its window, gate and elfcorehdr
 * (jump.c); in B, the helper, which is B's own gate, that enters A's (jump_back.c).
 */
#ifndef KEXEC_JUMP_H
#define KEXEC_JUMP_H

#include "host.h"
#include "linux_kernel.h"
#include "jump_record.h"
#include "kernel_memory.h"
#include "options.h"
#include "plan.h"
#include "purgatory_abi.h"
#include "record.h"

/* The words that A writes on B's command line and B reads on its own. */
#define JUMP_WORD_HEADERS "elfcorehdr"
#define JUMP_WORD_ENTRY	  "kexec_jump_back_entry"

/* What a load for a jump works on, in either kernel; all is borrowed. */
struct jump {
	struct plan *plan;
	const struct host *host;
	const struct kernel_memory *kernel; /* of the one that runs now */
	const struct request *request;

	struct jump_record record; /* A's: what its elfcorehdr tells */
};

/*
 * Before the layout, for a plan begun as PLAN_LOAD_JUMP: lends what @image and an initrd of so many
 * bytes need, adds the elfcorehdr and "elfcorehdr=" and "kexec_jump_back_entry=" to *@cmdline
 * (reallocated), and says what the gate has to do. Everything that can be refused without touching
 * the system is refused here. After the layout comes lend_fill().
 */
bool jump_prepare(struct jump *j, const struct linux_kernel *image, uint64_t initrd_size,
		  char **cmdline, struct err *e);

/*
 * The same for a kernel of @bits bits that was jumped to before, and goes on at its gate's @entry:
 * it has what was lent to it then, at the same places, the elfcorehdr's room among them. After it,
 * the saved memory is added, and then comes lend_fill().
 */
bool jump_prepare_again(struct jump *j, const struct record *record, uint64_t entry, uint32_t bits,
			struct err *e);

/*
 * What this kernel's gate has to restore when it is returned to, for p->gate_wants: what the kernel
 * does not restore by itself.
 */
bool jump_gate_context(struct jump *j, struct err *e);

/* Whether this is the gate that @record's kernel left through, and can be returned through. */
bool jump_check_gate(const struct gate_params *params, const struct record *record, struct err *e);
/*
 * Where a gate at @gate, of a kernel with @peer_bits, is entered by one of a kernel with @own_bits.
 */
uint64_t jump_entry(uint64_t gate, unsigned peer_bits, unsigned own_bits);

/*
 * The helper: finds A's gate (request's ENTRY, else kexec_jump_back_entry= on this kernel's command
 * line), checks it against A's jump record and A's gate as /proc/vmcore (or --vmcore) shows them,
 * and plans this kernel's gate, in a plan begun as PLAN_LOAD_HELPER, or, with --one-way, as
 * PLAN_LOAD_SAVED: that is an ordinary load, which any kernel can do.
 */
bool jump_helper(struct jump *j, struct err *e);

#endif
