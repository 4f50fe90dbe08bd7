/* SPDX-License-Identifier: GPL-2.0-only */
/* Facts: UEFI specification 2.10, section 5.3 (GPT); the MBR's signature is at byte 440. */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "bytes.h"
#include "file_io.h"
#include "partuuid.h"

#define GPT_HEADER_SIZE 92
#define GPT_ENTRY_UUID	16 /* its place in an entry */
#define MBR_SIZE	512

static bool read_at(int fd, uint64_t offset, uint8_t *to, size_t size)
{
	struct err ignored;

	return offset <= INT64_MAX && file_read_at(fd, offset, to, size, &ignored);
}

/* The first three of its parts are little-endian. */
static void print_uuid(const uint8_t u[16], char text[PARTUUID_SIZE])
{
	snprintf(text, PARTUUID_SIZE,
		 "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", u[3], u[2],
		 u[1], u[0], u[5], u[4], u[7], u[6], u[8], u[9], u[10], u[11], u[12], u[13], u[14],
		 u[15]);
}

static bool of_gpt(int fd, unsigned sector, unsigned number, const uint8_t *header,
		   char uuid[PARTUUID_SIZE])
{
	const struct bytes b = { header, GPT_HEADER_SIZE };
	uint64_t table = 0, offset, within;
	uint32_t entry = 0;
	uint8_t raw[16];

	bytes_le64(b, 72, &table);
	bytes_le32(b, 84, &entry);
	if (__builtin_mul_overflow(table, sector, &offset) ||
	    __builtin_mul_overflow((uint64_t)number - 1, entry, &within) ||
	    __builtin_add_overflow(offset, within, &offset) ||
	    __builtin_add_overflow(offset, GPT_ENTRY_UUID, &offset) ||
	    !read_at(fd, offset, raw, sizeof(raw)))
		return false;
	print_uuid(raw, uuid);
	return true;
}

bool partuuid_read(int fd, unsigned sector, unsigned number, char uuid[PARTUUID_SIZE])
{
	uint8_t header[GPT_HEADER_SIZE], mbr[MBR_SIZE];
	uint32_t signature;

	if (!number)
		return false;
	if (read_at(fd, sector, header, sizeof(header)) && !memcmp(header, "EFI PART", 8))
		return of_gpt(fd, sector, number, header, uuid);
	if (!read_at(fd, 0, mbr, sizeof(mbr)) || mbr[510] != 0x55 || mbr[511] != 0xaa)
		return false;
	bytes_le32((struct bytes){ mbr, sizeof(mbr) }, 440, &signature);
	return snprintf(uuid, PARTUUID_SIZE, "%08" PRIx32 "-%02x", signature, number) <
	       PARTUUID_SIZE;
}
