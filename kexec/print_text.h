/* SPDX-License-Identifier: GPL-2.0-only */
/* Prints what an image or another kernel says: no byte of it may steer a terminal or break JSON. */
#ifndef KEXEC_PRINT_TEXT_H
#define KEXEC_PRINT_TEXT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum text_form {
	TEXT_LINES, /* newlines and tabs pass, other bytes that are not shown are \x1b */
	TEXT_LINE,  /* so are newlines and tabs */
	TEXT_JSON,  /* what stands between the quotes of a JSON string */
};

void print_text(FILE *out, const char *text, size_t size, enum text_form form);
/* One line of a kernel's log, as dmesg prints it; @opaque is the FILE. For printk_ring_read(). */
void print_log_line(void *opaque, uint64_t ns, const char *text, size_t size);

#endif
