/* SPDX-License-Identifier: GPL-2.0-only */
#include <string.h>

#include "bytes.h"

bool bytes_sub(struct bytes b, uint64_t offset, uint64_t length, struct bytes *out)
{
	if (offset > b.size || length > b.size - offset)
		return false;
	out->data = offset ? b.data + offset : b.data;
	out->size = length;
	return true;
}

bool bytes_copy(struct bytes b, uint64_t offset, void *to, size_t length)
{
	struct bytes part;

	if (!bytes_sub(b, offset, length, &part))
		return false;
	if (length)
		memcpy(to, part.data, length);
	return true;
}

static bool load_le(struct bytes b, uint64_t offset, size_t size, uint64_t *out)
{
	struct bytes part;
	uint64_t value = 0;

	if (!bytes_sub(b, offset, size, &part))
		return false;
	while (size--)
		value = value << 8 | part.data[size];
	*out = value;
	return true;
}

bool bytes_le16(struct bytes b, uint64_t offset, uint16_t *out)
{
	uint64_t value;

	if (!load_le(b, offset, sizeof(*out), &value))
		return false;
	*out = value;
	return true;
}

bool bytes_le32(struct bytes b, uint64_t offset, uint32_t *out)
{
	uint64_t value;

	if (!load_le(b, offset, sizeof(*out), &value))
		return false;
	*out = value;
	return true;
}

bool bytes_le64(struct bytes b, uint64_t offset, uint64_t *out)
{
	return load_le(b, offset, sizeof(*out), out);
}
