/* SPDX-License-Identifier: GPL-2.0-only */
/* Saved images through a pipe: no frame is larger than its bound, none overlaps another. */
#include <sys/mman.h>
#include <unistd.h>

#include "reader.h"
#include "stream.h"
#include "fuzz.h"
#include "saved_image.h"

static bool take(void *opaque, uint64_t offset, const uint8_t *data, size_t size, struct err *e)
{
	uint64_t *next = opaque;

	(void)e;
	PROVE(size && size <= IMAGE_FRAME_SIZE && data);
	PROVE(offset == *next);
	*next += size;
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("stream", MFD_CLOEXEC);
	uint8_t *copy = resealed(data, size);
	struct image_stream stream;
	struct core_image image;
	struct err e = {};
	uint64_t next, end;

	PROVE(fd >= 0 && write(fd, copy, size) == (ssize_t)size && !lseek(fd, 0, SEEK_SET));
	free(copy);
	if (image_stream_open(&stream, fd, NULL, &image, &e)) {
		next = stream.out_offset;
		PROVE(next <= IMAGE_FRAME_MAX);
		if (image_reader_run(&(struct image_reader){ .image = &image,
							     .stream = &stream,
							     .threads = 1,
							     .take = take,
							     .opaque = &next },
				     &end, &e)) {
			PROVE(stream.ended && end == next && stream.in_offset <= size);
			taken();
		} else {
			prove_error(&e);
		}
		core_image_close(&image);
	} else {
		prove_error(&e);
	}
	close(fd);
	return 0;
}
