/* SPDX-License-Identifier: GPL-2.0-only */
/* Files given by the user as bytes: mapped where that is possible, never read into the heap. */
#ifndef KEXEC_INPUT_H
#define KEXEC_INPUT_H

#include "bytes.h"
#include "err.h"

/* Bytes of a file or of a block device: what the address space of a 32-bit program has room for. */
#define INPUT_MAX	   (UINT64_C(1) << (sizeof(void *) == 4 ? 30 : 32))
#define INPUT_STREAM_MAX   (UINT64_C(1) << 30) /* bytes of a pipe, kept in memory */
#define INPUT_UNPACKED_MAX (UINT64_C(1) << 30) /* bytes of a decompressed kernel */

/* Initialise with INPUT_NONE; free with input_close() in every case. */
struct input {
	struct bytes bytes;
	const char *path;	/* borrowed */
	int fd;			/* of the same bytes, for kexec_file_load(2); -1: none */
	bool stream;		/* fd is a copy of what could be read only once */
	bool mapped;		/* bytes is a mapping of fd, else memory of its own ... */
	const struct input *of; /* ... or a part of this one's, which stays open */
};

#define INPUT_NONE ((struct input){ .fd = -1 })

/*
 * Opens the file at @path, read-only. Pipes, character devices and files that report no size are
 * read into a memfd.
 */
bool input_open(struct input *in, const char *path, struct err *e);
/*
 * Maps it, the first INPUT_MAX bytes of a block device, and opens it first if that was not done. An
 * empty one is an error.
 */
bool input_map(struct input *in, const char *path, struct err *e);

/*
 * Several files as one: each but the last is padded with zeros to 4 bytes, as an initial RAM disk
 * of several archives wants it (Documentation/driver-api/early-userspace/buffer-format.rst).
 * One file is as with input_map(); none leaves @in empty.
 */
bool input_join(struct input *in, const char *const *paths, size_t count, struct err *e);

/* A part of another input as one. */
void input_borrow(struct input *in, const struct input *of, struct bytes part);
/* Two parts as one, joined as input_join() joins files; copied. */
bool input_join_parts(struct input *in, const struct input *of, struct bytes first,
		      struct bytes second, struct err *e);

/* Replaces compressed bytes by what is in them; others stay. */
bool input_decompress(struct input *in, struct err *e);
/* Replaces all by what is compressed in a part of its bytes. */
bool input_unpack(struct input *in, struct bytes part, struct err *e);

/* A descriptor of exactly these bytes, made when there is none; owned by @in. */
bool input_fd(struct input *in, int *fd, struct err *e);

void input_close(struct input *in);

#endif
