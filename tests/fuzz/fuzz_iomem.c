/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The texts of /proc and /sys that describe the host: a memory map is sorted and free of overlaps,
 * with RAM in it, and the log's last words stay within their buffer.
 */
#include "fuzz.h"
#include "host.h"
#include "kernel_log.h"
#include "policy.h"
#include "zoneinfo.h"

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

static void prove_sorted(const struct ranges *s)
{
	for (size_t i = 0; i < s->count; i++) {
		PROVE(s->at[i].start <= s->at[i].last);
		PROVE(!i || s->at[i - 1].last < s->at[i].start);
	}
}

static void prove_iomem(const char *text)
{
	struct iomem m;
	struct err e = {};

	if (iomem_parse(&m, text, &e)) {
		prove_memmap(&m.map);
		PROVE(m.own.count);
		PROVE(!m.has_kernel || m.kernel.start <= m.kernel.last);
		PROVE(!m.has_crash_kernel || m.crash_kernel.start <= m.crash_kernel.last);
		PROVE(!m.has_crash_kernel_low || m.crash_kernel_low.start <= m.crash_kernel.start);
	} else {
		prove_error(&e);
	}
	prove_sorted(&m.own);
	prove_sorted(&m.reserved);
	iomem_deinit(&m);
}

static void prove_zones(const char *text)
{
	struct zones zones = {};
	struct err e = {};

	PROVE(zones_parse(&zones, text, &e));
	for (size_t i = 0; i < zones.count; i++) {
		const struct zone *z = &zones.at[i], *before = i ? z - 1 : NULL;

		PROVE(*z->name && memchr(z->name, 0, sizeof(z->name)));
		PROVE(z->index == (before && before->node == z->node ? before->index + 1 : 0));
	}
	zones_deinit(&zones);
}

static void prove_log(const char *text)
{
	static const size_t sizes[] = { 1, 2, 16, 1024 };
	size_t size = sizes[strlen(text) % 4];
	char *out = malloc(size);

	PROVE(out);
	PROVE(!kernel_log_parse(text, out, size) || memchr(out, 0, size));
	free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = text_of(data, size);
	struct meminfo mem;
	struct cpu cpu;
	struct efi_systab systab;
	unsigned long long status;

	prove_iomem(text);
	meminfo_parse(&mem, text);
	prove_zones(text);
	cpu_parse_cpuinfo(&cpu, text);
	host_parse_lockdown(text);
	firmware_efi_parse_systab(&systab, text);
	prove_log(text);
	policy_parse_status(text, "CapEff", &status);
	free(text);
	taken();
	return 0;
}
