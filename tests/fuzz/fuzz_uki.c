/* SPDX-License-Identifier: GPL-2.0-only */
/* A unified kernel image: its parts are in the file, its command line is one line. */
#include "fuzz.h"
#include "image_uki.h"

static void prove_inside(struct bytes part, const uint8_t *data, size_t size)
{
	PROVE(!part.size ||
	      (part.data >= data && part.size <= size && part.data + part.size <= data + size));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct image_uki uki;
	struct err e = {};
	char *line;

	for (uint64_t profile = 0; profile < 3; profile++) {
		switch (image_uki_probe(&uki, (struct bytes){ data, size }, profile, &e)) {
		case PROBE_NOT_MINE:
			return 0;
		case PROBE_ERROR:
			prove_error(&e);
			continue;
		case PROBE_MINE:
			break;
		}
		PROVE(uki.kernel.size);
		prove_inside(uki.kernel, data, size);
		prove_inside(uki.initrd, data, size);
		prove_inside(uki.ucode, data, size);
		prove_inside(uki.cmdline, data, size);
		prove_inside(uki.dtb, data, size);
		line = image_uki_cmdline(&uki);
		PROVE(line && !strchr(line, '\n'));
		free(line);
		taken();
	}
	return 0;
}
