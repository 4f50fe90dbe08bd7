/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UTIL_GROW_H
#define UTIL_GROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/*
 * Makes the array *@array (a pointer to a malloc()ed T *) of *@room items of @item_size bytes hold
 * at least @need of them. At least doubles, so that appending is cheap. False, and nothing
 * changed, when memory ran out or the size does not fit in a size_t.
 */
static inline bool grow_array(void *array, size_t *room, size_t need, size_t item_size)
{
	size_t new_room, bytes;
	void *at;

	if (need <= *room)
		return true;
	new_room = *room < 8 ? 8 : *room;
	if (new_room < need && __builtin_mul_overflow(new_room, 2, &new_room))
		return false;
	if (new_room < need)
		new_room = need;
	if (__builtin_mul_overflow(new_room, item_size, &bytes))
		return false;
	memcpy(&at, array, sizeof(at)); /* a T * may not be accessed as a void * */
	at = realloc(at, bytes);
	if (!at)
		return false;
	memcpy(array, &at, sizeof(at));
	*room = new_room;
	return true;
}

#endif
