/* SPDX-License-Identifier: GPL-2.0-only */
/* Any file's first bytes: whatever is said of them is one line. */
#include "file_format.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct file_format *f = file_format_find((struct bytes){ data, size });
	struct err e = {};

	if (!f)
		return 0;
	file_format_append_for_kernel(f, &e);
	prove_error(&e);
	e.text[0] = '\0';
	file_format_append_for_core(f, &e);
	prove_error(&e);
	taken();
	return 0;
}
