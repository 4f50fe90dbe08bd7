/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdint.h>

#include "text.h"

/* How long a character is by its first byte; 0: none starts so (RFC 3629). */
static size_t length_of(uint8_t first)
{
	if (first < 0x80)
		return 1;
	if (first < 0xc2 || first > 0xf4)
		return 0;
	return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

size_t text_printable(const char *text, size_t size)
{
	static const uint32_t least[] = { 0, ' ', 0xa0, 0x800, 0x10000 };
	const uint8_t *byte = (const uint8_t *)text;
	size_t length = size ? length_of(byte[0]) : 0;
	uint32_t c;

	if (!length || length > size)
		return 0;
	c = length == 1 ? byte[0] : byte[0] & (0x7fu >> length);
	for (size_t i = 1; i < length; i++) {
		if ((byte[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (byte[i] & 0x3f);
	}
	if (c < least[length] || c == 0x7f || (c >= 0xd800 && c <= 0xdfff) || c > 0x10ffff)
		return 0;
	return length;
}
