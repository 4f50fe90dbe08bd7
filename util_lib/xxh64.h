/* SPDX-License-Identifier: GPL-2.0-only */
/* XXH64: a fast 64-bit checksum against accidents, none against intent. */
#ifndef UTIL_XXH64_H
#define UTIL_XXH64_H

#include <stddef.h>
#include <stdint.h>

uint64_t xxh64(const void *data, size_t size, uint64_t seed);

#endif
