/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The texts of /proc and /sys that describe the host: a memory map is sorted and free of overlaps,
 * with RAM in it, and the log's last words stay within their buffer.
 */
#include "fuzz.h"
#include "host_parse.h"

static void prove_memmap(const struct memmap *m)
{
	bool has_ram = false;

	for (size_t i = 0; i < m->count; i++) {
		PROVE(m->at[i].range.start <= m->at[i].range.last);
		PROVE(!i || m->at[i - 1].range.last < m->at[i].range.start);
		has_ram |= m->at[i].type == MEM_RAM;
	}
	PROVE(has_ram);
}

static void prove_iomem(const char *text)
{
	struct host h = {};
	struct err e = {};

	if (host_parse_iomem(&h, text, &e)) {
		prove_memmap(&h.iomem);
		PROVE(!h.has_kernel || h.kernel.start <= h.kernel.last);
		PROVE(!h.has_crash_kernel || h.crash_kernel.start <= h.crash_kernel.last);
		PROVE(!h.has_crash_kernel_low || h.crash_kernel_low.start <= h.crash_kernel.start);
	} else {
		prove_error(&e);
	}
	memmap_deinit(&h.iomem);
}

static void prove_log(const char *text, uint32_t mark)
{
	static const size_t sizes[] = { 1, 2, 16, 1024 };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		char *out = malloc(sizes[i]);

		PROVE(out);
		host_parse_log(text, mark, out, sizes[i]);
		PROVE(memchr(out, 0, sizes[i]));
		free(out);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = text_of(data, size);
	struct host h = { .arch = size % 2 ? HOST_I386 : HOST_X86_64 };

	prove_iomem(text);
	host_parse_meminfo(&h, text);
	host_parse_zoneinfo(&h, text);
	host_parse_cpuinfo(&h, text);
	host_parse_lockdown(text);
	host_parse_systab(text);
	prove_log(text, 0);
	host_parse_log(text, host_parse_log_mark(text), (char[8]){}, 8);
	free(text);
	return 0;
}
