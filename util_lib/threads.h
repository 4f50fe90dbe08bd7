/* SPDX-License-Identifier: GPL-2.0-only */
/* Work that several threads take pieces of. */
#ifndef UTIL_THREADS_H
#define UTIL_THREADS_H

#define THREADS_MAX 256

/*
 * Runs @run(@opaque) in @count threads, at most THREADS_MAX, of which the calling one is one, and
 * waits for all of them. Where no more can be started there are fewer: @run goes on until nothing
 * is left to be done.
 */
void threads_run(unsigned count, void *(*run)(void *opaque), void *opaque);

#endif
