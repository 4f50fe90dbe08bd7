/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A jump with --monitor: this kernel's boot CPU waits in the gate while the other kernel runs on
 * the others (purgatory/monitor.h).
 */
#ifndef KEXEC_MONITOR_CPU_H
#define KEXEC_MONITOR_CPU_H

#include "jump.h"

/*
 * What the gate has to know, when low RAM has been lent: p->gate_wants. Refuses a machine with one
 * CPU, one without APICs, and one without RAM below 640 KB.
 */
bool monitor_prepare(struct jump *j, struct err *e);
/*
 * The same for a kernel that was jumped to before, if @gate, through which it was, was such a one:
 * it goes on on the CPU that it was started on, which has to be there.
 */
bool monitor_prepare_again(struct jump *j, const struct gate_params *gate, struct err *e);
/*
 * A word for the other kernel's command line: only from 6.9 on does it know by itself that an INIT
 * to the boot CPU, on which it was not started, resets the machine (Linux commit 5c5682b9f87a).
 * @word has room for @size bytes.
 */
void monitor_word(const struct jump *j, char *word, size_t size);

#endif
