/* SPDX-License-Identifier: GPL-2.0-only */
/* digest [SECONDS]: prints "NAME RATE MB/s" (10^6 bytes) of each SHA-256 that this CPU can run. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "sha256.h"

#define CHUNK (1u << 20)

static const struct {
	const char *name;
	sha256_blocks_fn *blocks;
	bool (*usable)(void); /* NULL: always */
} implementations[] = {
	{ "portable", sha256_blocks_portable, NULL },
	{ "sha-ni", sha256_blocks_ni, sha256_ni_usable },
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static double rate(sha256_blocks_fn *blocks, const uint8_t *data, double seconds)
{
	double start = now(), taken;
	uint8_t digest[SHA256_SIZE];
	uint64_t bytes = 0;
	struct sha256 s;

	sha256_init(&s, blocks);
	do {
		sha256_update(&s, data, CHUNK);
		bytes += CHUNK;
		taken = now() - start;
	} while (taken < seconds);
	sha256_final(&s, digest);
	return bytes / taken / 1e6;
}

int main(int argc, char **argv)
{
	double seconds = argc > 1 ? atof(argv[1]) : 1;
	uint8_t *data = malloc(CHUNK);

	if (!data)
		return 1;
	for (size_t i = 0; i < CHUNK; i++)
		data[i] = i * 2654435761u >> 24;
	for (size_t i = 0; i < sizeof(implementations) / sizeof(implementations[0]); i++) {
		if (implementations[i].usable && !implementations[i].usable())
			continue;
		printf("%-10s %8.1f MB/s\n", implementations[i].name,
		       rate(implementations[i].blocks, data, seconds));
	}
	free(data);
	return 0;
}
