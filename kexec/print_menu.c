/* SPDX-License-Identifier: GPL-2.0-only */
#include <string.h>

#include "print_menu.h"
#include "print_text.h"

static void put_json_text(FILE *to, const char *text)
{
	fputc('"', to);
	print_text(to, text, strlen(text), TEXT_JSON);
	fputc('"', to);
}

static void put_json_field(FILE *to, const char *name, const char *text)
{
	fprintf(to, ", \"%s\": ", name);
	if (text)
		put_json_text(to, text);
	else
		fputs("null", to);
}

static void put_json(FILE *to, const struct boot_entry *b, bool is_default)
{
	fputs("{\"id\": ", to);
	put_json_text(to, b->id);
	put_json_field(to, "title", b->title);
	put_json_field(to, "kernel", b->kernel);
	fputs(", \"initrds\": [", to);
	for (size_t i = 0; i < b->initrd_count; i++) {
		fputs(i ? ", " : "", to);
		put_json_text(to, b->initrds[i]);
	}
	fputc(']', to);
	put_json_field(to, "options", b->options);
	put_json_field(to, "from", b->from);
	fprintf(to, ", \"default\": %s}", is_default ? "true" : "false");
}

static void put_text(FILE *to, const char *text)
{
	print_text(to, text, strlen(text), TEXT_LINE);
}

static void put_line(FILE *to, const struct boot_entry *b, bool is_default)
{
	fputs(is_default ? "* " : "  ", to);
	put_text(to, b->id);
	if (strcmp(b->id, b->title)) {
		fputs(" (", to);
		put_text(to, b->title);
		fputc(')', to);
	}
	fputs(": ", to);
	put_text(to, b->kernel ? b->kernel : "not Linux");
	fputc('\n', to);
}

void print_menu(FILE *to, const struct boot_menu *m, bool json)
{
	if (json)
		fputc('[', to);
	for (size_t i = 0; i < m->count; i++) {
		fputs(json && i ? ",\n " : "", to);
		(json ? put_json : put_line)(to, &m->entries[i], i == m->chosen);
	}
	if (json)
		fputs("]\n", to);
}
