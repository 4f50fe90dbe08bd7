/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What kexec_file_load(2) cannot do, known before it is asked, as the kernel tells it by an errno
 * at most (arch/x86/kernel/kexec-bzimage64.c).
 */
#ifndef KEXEC_FILE_CALL_H
#define KEXEC_FILE_CALL_H

#include "host.h"
#include "image.h"
#include "options.h"

/* A crash kernel's command line gets so many bytes from the kernel (MAX_ELFCOREHDR_STR_LEN). */
#define FILE_CALL_CRASH_WORDS 30

/* Each is true when it cannot be, with the reason and what to do. */
bool file_call_is_missing(const struct host *h, struct err *why);
bool file_call_refuses_options(const struct request *r, struct err *why);
bool file_call_refuses_image(const struct image *image, const struct host *h, struct err *why);

/* Bytes of memory that it takes while it loads; for a crash, beside what is reserved. */
uint64_t file_call_needs(const struct linux_kernel *kernel, uint64_t initrd_size, bool crash);

#endif
