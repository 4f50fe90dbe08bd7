/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HIBERNATE_HOOK_H
#define HIBERNATE_HOOK_H

#include "hibernate.h"

/* B: does what A's message asks for, and leaves an answer. An exit code. */
int visit(const struct hibernate *h);

/* C: returns only if A could not be entered, and has said why. */
void restore(const struct hibernate *h);
/* The machine must not stay in C, whatever happens. An exit code, where it is made of files. */
int leave(const struct hibernate *h);

/* Switches the machine off, or restarts it; returns if that fails, after @seconds. */
void machine_off(bool restart, unsigned seconds);

#endif
