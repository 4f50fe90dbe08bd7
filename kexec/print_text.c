/* SPDX-License-Identifier: GPL-2.0-only */
#include <inttypes.h>

#include "print_text.h"
#include "text.h"

/* Bytes that are not UTF-8 have no place in JSON: U+FFFD stands for them. */
static void print_byte(FILE *out, unsigned char byte, enum text_form form)
{
	if (form == TEXT_LINES && (byte == '\n' || byte == '\t'))
		putc(byte, out);
	else if (form == TEXT_JSON)
		fprintf(out, "\\u%04x", byte < 0x80 ? byte : 0xfffdu);
	else
		fprintf(out, "\\x%02x", byte);
}

void print_text(FILE *out, const char *text, size_t size, enum text_form form)
{
	size_t length;

	for (; size; text += length, size -= length) {
		length = text_printable(text, size);
		if (form == TEXT_JSON && (*text == '"' || *text == '\\'))
			putc('\\', out);
		if (!length) {
			print_byte(out, *text, form);
			length = 1;
			continue;
		}
		for (size_t i = 0; i < length; i++)
			putc(text[i], out);
	}
}

void print_log_line(void *opaque, uint64_t ns, const char *text, size_t size)
{
	fprintf(opaque, "[%5" PRIu64 ".%06" PRIu64 "] ", ns / 1000000000, ns / 1000 % 1000000);
	print_text(opaque, text, size, TEXT_LINES);
	putc('\n', opaque);
}
