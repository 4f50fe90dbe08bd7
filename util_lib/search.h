/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UTIL_SEARCH_H
#define UTIL_SEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The one binary search. The index of the first of @count elements of @size bytes that is not
 * @before @key; @count when all are. The array is sorted: once an element is not before @key, none
 * after it is. Inline, so that the compiler sees @before.
 */
static inline size_t search_first(const void *array, size_t count, size_t size, uint64_t key,
				  bool (*before)(const void *element, uint64_t key))
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (before((const char *)array + middle * size, key))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

#endif
