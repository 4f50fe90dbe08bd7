/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SHA-256 (FIPS 180-4), also built freestanding for the purgatory. The state and the compression
 * function are apart, so that the caller picks the implementation at run time.
 */
#ifndef UTIL_SHA256_H
#define UTIL_SHA256_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SHA256_SIZE 32

/* Mixes @blocks blocks of 64 bytes into @state. */
typedef void sha256_blocks_fn(uint32_t state[8], const uint8_t *data, size_t blocks);

sha256_blocks_fn sha256_blocks_portable;
sha256_blocks_fn sha256_blocks_ni; /* only where sha256_ni_usable() */

/* Whether the CPU has SHA, SSSE3 and SSE4.1 (CPUID leaves 7 and 1); SSE itself is on by the OS. */
bool sha256_ni_usable(void);

struct sha256 {
	uint32_t state[8];
	uint64_t length; /* bytes so far */
	uint8_t block[64];
	sha256_blocks_fn *blocks;
};

void sha256_init(struct sha256 *s, sha256_blocks_fn *blocks);
void sha256_update(struct sha256 *s, const void *data, size_t size);
void sha256_final(struct sha256 *s, uint8_t digest[SHA256_SIZE]);

#endif
