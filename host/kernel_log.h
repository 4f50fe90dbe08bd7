/* SPDX-License-Identifier: GPL-2.0-only */
/* What the running kernel says, for the errors of system calls that it refused. */
#ifndef HOST_KERNEL_LOG_H
#define HOST_KERNEL_LOG_H

#include "host.h"

/*
 * Where the kernel log ends now, to be taken before a syscall that may fail; -1 when the log cannot
 * be read or is not this host's.
 */
long kernel_log_mark(const struct host *h);
/*
 * Adds up to three lines that the kernel logged since @mark, those about kexec or what could not be
 * frozen when there are any, to an error: "...; the kernel log says: ...". Nothing when there are
 * none or @mark is -1.
 */
void kernel_log_append(const struct host *h, long mark, struct err *e);

/*
 * The last words of a kernel log as syslog(2) gives it ("<6>[   12.345678] text\n" lines) after
 * the last line whose kernel_log_parse_mark() is @mark: at most three lines, chosen as above,
 * joined by " | " in @out without their prefixes. "" when nothing is new.
 */
void kernel_log_parse(const char *text, uint32_t mark, char *out, size_t size);
/* A number that stands for the last line of @text. */
uint32_t kernel_log_parse_mark(const char *text);

#endif
