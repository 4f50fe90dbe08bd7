/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdint.h>
#include <string.h>

#include "crashed.h"
#include "lent_memory.h"
#include "loaded_image.h"
#include "printk_ring.h"

/* How much a line explains. */
enum weight { ANY, IS_BUG, IS_PANIC };

struct line {
	char *text;
	size_t size;
	enum weight weight;
};

/* kernel/panic.c, arch/x86/mm/fault.c, lib/bug.c, arch/x86/kernel/traps.c */
static const struct {
	const char *words;
	enum weight weight;
} beginnings[] = {
	{ "Kernel panic - not syncing", IS_PANIC },
	{ "BUG: ", IS_BUG },
	{ "kernel BUG at ", IS_BUG },
	{ "general protection fault", IS_BUG },
};

static enum weight weight_of(const char *text, size_t size)
{
	for (size_t i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++) {
		size_t length = strlen(beginnings[i].words);

		if (size >= length && !memcmp(text, beginnings[i].words, length))
			return beginnings[i].weight;
	}
	return ANY;
}

/* The last one of those that explain most, but the first panic. */
static void keep_line(void *opaque, uint64_t ns, const char *text, size_t size)
{
	struct line *l = opaque;
	size_t length = size < l->size - 1 ? size : l->size - 1;
	enum weight weight = weight_of(text, size);

	(void)ns;
	if (weight < l->weight || l->weight == IS_PANIC)
		return;
	l->weight = weight;
	for (size_t i = 0; i < length; i++)
		l->text[i] = text[i] < ' ' || text[i] > '~' ? '?' : text[i];
	l->text[length] = '\0';
}

static bool read_log(struct loaded_image *image, struct line *l, struct err *e)
{
	const struct lent_source from = {
		.raw = &image->raw_record,
		.record = &image->record,
		.read = loaded_image_read,
		.opaque = image,
	};
	struct core_memory memory;
	struct peer_kernel kernel;
	bool ok;

	if (!lent_memory_describe(&memory, &from, e))
		return false;
	ok = peer_kernel_open(&kernel, &memory, e);
	if (ok) {
		ok = printk_ring_read(&kernel, keep_line, l, e);
		peer_kernel_close(&kernel);
	}
	core_memory_deinit(&memory);
	return ok;
}

static bool read_image(const struct host *h, struct line *l, struct err *e)
{
	struct kernel_memory kernel;
	struct loaded_image image;
	bool ok;

	if (!kernel_memory_open(&kernel, h, e))
		return false;
	ok = loaded_image_open(&image, &kernel, e);
	if (ok) {
		ok = read_log(&image, l, e);
		loaded_image_close(&image);
	}
	kernel_memory_close(&kernel);
	return ok;
}

bool crashed_last_words(char *line, size_t size, struct err *e)
{
	struct line l = { .text = line, .size = size };
	struct host h;
	bool ok;

	*line = '\0';
	if (!host_read(&h, "", HOST_MEMORY, e))
		return false;
	ok = read_image(&h, &l, e);
	host_deinit(&h);
	return ok;
}
