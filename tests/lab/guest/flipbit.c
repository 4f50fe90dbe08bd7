/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Damages what a kernel has loaded: looks for a marker in all of RAM through /dev/mem and flips
 * one bit behind each.
 *
 *	flipbit MARKER		32 hexadecimal digits: four words, at a multiple of 4 in memory
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STEP (1u << 20)

/* Inverted: this program's own copy must not be what it finds. */
static uint32_t inverted[4];
static unsigned flipped;

static int is_marker(const uint32_t *m)
{
	return m[0] == ~inverted[0] && m[1] == ~inverted[1] && m[2] == ~inverted[2] &&
	       m[3] == ~inverted[3];
}

static void flip_in(int mem, uint64_t first, uint64_t end)
{
	static uint32_t words[STEP / 4];

	for (uint64_t at = first; at < end; at += STEP) {
		size_t size = end - at < STEP ? (size_t)(end - at) : STEP;

		if (pread(mem, words, size, (off_t)at) != (ssize_t)size) {
			fprintf(stderr, "flipbit: %#" PRIx64 ": %s\n", at, strerror(errno));
			exit(1);
		}
		for (size_t i = 0; i + 5 <= size / 4; i++) {
			uint32_t flip = words[i + 4] ^ 1;

			if (is_marker(words + i))
				flipped += pwrite(mem, &flip, 4, (off_t)(at + 4 * (i + 4))) == 4;
		}
	}
}

int main(int argc, char **argv)
{
	int mem = open("/dev/mem", O_RDWR);
	FILE *iomem = fopen("/proc/iomem", "r");
	char line[160];
	uint64_t first, last;

	if (argc != 2 || strlen(argv[1]) != 32 || mem < 0 || !iomem) {
		fprintf(stderr, "flipbit: needs 32 digits, /dev/mem and /proc/iomem\n");
		return 1;
	}
	for (int i = 0; i < 4; i++) {
		char digits[9] = "";

		memcpy(digits, argv[1] + 8 * i, 8);
		inverted[i] = ~(uint32_t)strtoul(digits, NULL, 16);
	}
	while (fgets(line, sizeof(line), iomem))
		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " :", &first, &last) == 2 &&
		    line[0] != ' ' && strstr(line, " : System RAM"))
			flip_in(mem, first, (last + 1) & ~(uint64_t)4095);
	printf("%u copies damaged\n", flipped);
	return flipped ? 0 : 1;
}
