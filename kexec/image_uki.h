/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A unified kernel image: an EFI program with a kernel and what belongs to it in sections of its
 * own (uapi-group.org/specifications/specs/unified_kernel_image). Every byte of it is untrusted.
 */
#ifndef KEXEC_IMAGE_UKI_H
#define KEXEC_IMAGE_UKI_H

#include "bytes.h"
#include "err.h"
#include "probe.h"

struct image_uki { /* borrowed from the file; size 0: it has none */
	struct bytes kernel, initrd, ucode, cmdline, dtb;
};

/*
 * Mine: a PE file with a section .linux. With profiles, which begin at sections .profile, what
 * comes before the first one holds for all, but for what a profile has itself; @profile counts from
 * 0, and is 0 for a file without any.
 */
enum probe image_uki_probe(struct image_uki *uki, struct bytes file, uint64_t profile,
			   struct err *e);

/* Its command line as one line without blanks at the end, newly allocated; NULL: no memory. */
char *image_uki_cmdline(const struct image_uki *uki);

#endif
