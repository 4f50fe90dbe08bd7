/* SPDX-License-Identifier: GPL-2.0-only */
#include <byteswap.h>
#include <inttypes.h>

#include "load_dtb.h"

#define DTB_MAGIC   0xd00dfeedu /* big-endian, as all of it */
#define HEADER_SIZE 40

/* A flattened device tree (Devicetree Specification, chapter 5). */
static bool check_dtb(struct bytes file, struct err *e)
{
	uint32_t magic, size;

	if (file.size < HEADER_SIZE || !bytes_le32(file, 0, &magic) ||
	    bswap_32(magic) != DTB_MAGIC || !bytes_le32(file, 4, &size))
		return err_set(e, "not a device tree (.dtb)");
	size = bswap_32(size);
	return (size >= HEADER_SIZE && size <= file.size) ||
	       err_set(e, "device tree cut short: it has %" PRIu32 " bytes, the file %zu", size,
		       file.size);
}

static bool read_file(struct load *l, const char *path, struct err *e)
{
	return (input_map(&l->dtb, path, e) &&
		(check_dtb(l->dtb.bytes, e) || err_prefix(e, "%s", path)));
}

/* The running kernel's goes on with the other nodes of setup_data. */
static void look_for_running(const struct load *l)
{
	const struct setup_nodes *nodes = &l->host->firmware.setup;
	struct err note;

	for (size_t i = 0; i < nodes->count; i++) {
		if (nodes->at[i].type == SETUP_DTB)
			return;
	}
	err_set(&note, "--force-dtb: this kernel was booted without a device tree");
	loading_warn(l, &note);
}

static bool check_takes(const struct load *l, struct err *e)
{
	return (l->image.kind == IMAGE_LINUX && l->image.kernel.protocol >= BOOT_PROTOCOL(2, 9)) ||
	       err_set(e, "it takes no device tree: leave --dtb out");
}

bool load_read_dtb(struct load *l, struct err *e)
{
	const struct request *r = l->r;

	if (r->dtb) {
		if (!read_file(l, r->dtb, e))
			return err_prefix(e, "--dtb");
		return check_takes(l, e) || err_prefix(e, "%s", r->kernel);
	}
	if (r->force_dtb) {
		look_for_running(l);
		return true;
	}
	input_borrow(&l->dtb, &l->uki, l->uki_parts.dtb);
	return !l->dtb.bytes.size || check_dtb(l->dtb.bytes, e) ||
	       err_prefix(e, "%s: .dtb", r->kernel);
}
