/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "print_text.h"
#include "say.h"

#define TEXT_SIZE 2048

static void put(FILE *to, const char *before, const char *text)
{
	fputs(before, to);
	print_text(to, text, strlen(text), TEXT_LINE);
	putc('\n', to);
	fflush(to);
}

void say(const char *format, ...)
{
	char text[TEXT_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	put(stdout, "kexec-hibernate: ", text);
}

void loud(const char *root, const char *format, ...)
{
	char text[TEXT_SIZE];
	FILE *log = *root ? NULL : fopen("/dev/kmsg", "we");
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	put(stderr, "kexec-hibernate: ", text);
	if (log) {
		put(log, "<5>kexec-hibernate: ", text);
		fclose(log);
	}
}

void complain(const struct err *e)
{
	fflush(stdout);
	if (*e->text)
		put(stderr, "kexec-hibernate: ", e->text);
}
