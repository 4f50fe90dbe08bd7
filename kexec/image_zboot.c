/* SPDX-License-Identifier: GPL-2.0-only */
#include <string.h>

#include "decompress.h"
#include "image_zboot.h"

/* What it begins with, in the place of a DOS program. */
struct zboot_header {
	uint8_t mz[2];
	uint16_t zero;
	uint8_t magic[4];
	uint32_t payload_at;
	uint32_t payload_size; /* without the unpacked size that some compressors' data ends with */
	uint32_t reserved[2];
	char compression[32]; /* its name, with a NUL */
};

_Static_assert(sizeof(struct zboot_header) == 56, "zboot_header");

static bool read_payload(struct bytes *payload, struct bytes file, const struct zboot_header *h,
			 struct err *e)
{
	if (!bytes_sub(file, h->payload_at, h->payload_size, payload))
		return err_set(e, "a zboot image cut short: its payload goes beyond the end of the "
				  "file");
	if (compression_probe(*payload) != COMPRESSION_NONE)
		return true;
	return err_set(e, "a zboot image whose payload is compressed in a way that is not known "
			  "here: name the kernel that it was made from");
}

enum probe image_zboot_probe(struct bytes *payload, struct bytes file, struct err *e)
{
	struct zboot_header h;

	if (!bytes_copy(file, 0, &h, sizeof(h)) || memcmp(h.mz, "MZ", 2) ||
	    memcmp(h.magic, "zimg", sizeof(h.magic)))
		return PROBE_NOT_MINE;
	return read_payload(payload, file, &h, e) ? PROBE_MINE : PROBE_ERROR;
}
