/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdint.h>
#include <string.h>

#include "crashed.h"
#include "lent_memory.h"
#include "loaded_image.h"
#include "printk_ring.h"

struct line {
	char *text;
	size_t size;
	bool is_panic; /* kernel/panic.c: what comes after it explains less */
};

static const char panic_words[] = "Kernel panic - not syncing";

static void keep_line(void *opaque, uint64_t ns, const char *text, size_t size)
{
	struct line *l = opaque;
	size_t length = size < l->size - 1 ? size : l->size - 1;

	(void)ns;
	if (l->is_panic)
		return;
	l->is_panic = size >= strlen(panic_words) &&
		      !memcmp(text, panic_words, strlen(panic_words));
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
