/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A bounded view of bytes that somebody else owns. Every access to untrusted input goes through
 * it: offsets and lengths are 64 bits wide and may hold any value.
 */
#ifndef UTIL_BYTES_H
#define UTIL_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bytes {
	const uint8_t *data;
	size_t size;
};

/* The @length bytes at @offset; false, and @out untouched, when they are not all inside. */
bool bytes_sub(struct bytes b, uint64_t offset, uint64_t length, struct bytes *out);

/* Copies @length bytes at @offset to @to; false, and @to untouched, when not all are inside. */
bool bytes_copy(struct bytes b, uint64_t offset, void *to, size_t length);

/* Little-endian words at any alignment; false, and @out untouched, when outside. */
bool bytes_le16(struct bytes b, uint64_t offset, uint16_t *out);
bool bytes_le32(struct bytes b, uint64_t offset, uint32_t *out);
bool bytes_le64(struct bytes b, uint64_t offset, uint64_t *out);

#endif
