/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What this program loaded last, in /run/kexec-jump/loaded: the kernel does not tell whether the
 * image it holds is one that comes back.
 */
#ifndef KEXEC_STATE_H
#define KEXEC_STATE_H

#include <stdint.h>

#include "bytes.h"
#include "err.h"
#include "plan.h"

struct state {
	enum plan_verb verb;
	bool monitored; /* PLAN_LOAD_JUMP: with --monitor */
	bool crashed;	/* PLAN_LOAD_JUMP: that kernel crashed, and cannot be jumped to any more */
	uint64_t entry;
	char release[72]; /* of the kernel that was running */
};

/*
 * All below directory @root ("" for the real one). Writing is atomic; the file is for root alone.
 */
bool state_write(const char *root, const struct state *s, struct err *e);
/* False when there is none, it is damaged, or it is from before the last boot. */
bool state_read(const char *root, struct state *s);
void state_remove(const char *root);

/*
 * What the last jump brought back, in /run/kexec-jump/received, which is for root alone. @data.data
 * NULL: nothing, and the file goes.
 */
bool state_write_received(const char *root, struct bytes data, struct err *e);
/* -1 when there is nothing. */
int state_open_received(const char *root);

#endif
