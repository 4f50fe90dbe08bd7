/* SPDX-License-Identifier: GPL-2.0-only */
/* /proc/iomem as krestore reads it: what comes out is sorted and has no overlaps. */
#include "devmem.h"
#include "fuzz.h"

static void prove_sorted(const struct ranges *s)
{
	for (size_t i = 0; i < s->count; i++) {
		PROVE(s->at[i].start <= s->at[i].last);
		PROVE(!i || s->at[i - 1].last < s->at[i].start);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ranges own = {}, reserved = {};
	char *text = text_of(data, size);
	struct err e = {};

	if (devmem_parse_iomem(text, &own, &reserved, &e))
		PROVE(own.count);
	else
		prove_error(&e);
	prove_sorted(&own);
	prove_sorted(&reserved);
	ranges_deinit(&own);
	ranges_deinit(&reserved);
	free(text);
	return 0;
}
