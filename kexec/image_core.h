/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The image of a kernel's memory as something to load or to make room for: a plain ELF core (a copy
 * of /proc/vmcore) or a saved image, with the jump record of its kernel.
 */
#ifndef KEXEC_IMAGE_CORE_H
#define KEXEC_IMAGE_CORE_H

#include "core_file.h"
#include "input.h"
#include "probe.h"

struct image_core {
	struct core_file file; /* do not move the struct */
	struct record record;
	/* The memory of a kernel that was jumped to; @record is that of the kernel that jumped. */
	bool is_lent;
};

/*
 * Mine: an ET_CORE or a saved image that can be restored; then @c is to be closed. An image that
 * cannot be (no record, not complete, consumed, made for analysis, encrypted, damaged) is an error.
 * Only regular files and block devices are looked at, not what came from a pipe.
 */
enum probe image_core_probe(struct image_core *c, const struct input *in, struct err *e);
void image_core_close(struct image_core *c);

/*
 * The jump record of a core or image whose body need not be complete or to be read here: of a saved
 * image, its header page is enough. Refuses the same states as the probe. @key: file with the key
 * of an image that has to be encrypted, or NULL.
 */
bool image_core_read_record(const char *path, const char *key, struct record *record,
			    struct err *e);

#endif
