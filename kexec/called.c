/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdlib.h>

#include "called.h"
#include "loaded_image.h"

static bool read_block(struct called *c, struct loaded_image *image, struct err *e)
{
	c->block_size = image->gate.call_size;
	if (!c->block_size)
		return true;
	c->block = malloc(c->block_size);
	if (!c->block)
		return err_set(e, "no memory for %zu bytes", c->block_size);
	if (loaded_image_read(image, image->gate.argument, c->block, c->block_size, e))
		return true;
	free(c->block);
	c->block = NULL;
	return false;
}

static bool read_image(struct called *c, const struct host *h, struct err *e)
{
	struct kernel_memory kernel;
	struct loaded_image image;
	bool ok;

	if (!kernel_memory_open(&kernel, h, e))
		return false;
	ok = loaded_image_open_gate(&image, &kernel, e);
	if (ok) {
		c->registers = image.gate.registers;
		ok = (image.gate.target == GATE_TO_CALL && image.gate.calls) ||
		     err_set(e, "what is loaded is not a program that was called");
		ok = ok && read_block(c, &image, e);
		loaded_image_close(&image);
	}
	kernel_memory_close(&kernel);
	return ok;
}

bool called_read(struct called *c, struct err *e)
{
	struct host h;
	bool ok;

	*c = (struct called){ 0 };
	if (!host_read(&h, "", HOST_MEMORY, e))
		return false;
	ok = read_image(c, &h, e);
	host_deinit(&h);
	return ok;
}
