/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All that is read of a host, and what is made of it: its RAM, its free page frames, what was
 * loaded last. The input is records: a byte that names a file, the size of its contents in 2
 * bytes, the contents; a file that has no record is empty. RAM is whole pages, sorted, and free RAM
 * lies in it; a text that was too long for its field is cut.
 */
#include "backend.h"
#include "crash.h"
#include "fuzz.h"
#include "gate_screen.h"
#include "gate_watchdog.h"
#include "host.h"
#include "host_root.h"
#include "source_pages.h"
#include "state.h"

static const char *const paths[] = {
	"/proc/sys/kernel/random/boot_id", /* the first two are opened without following links */
	"/run/kexec-jump/loaded",
	"/proc/sys/kernel/arch",
	"/proc/iomem",
	"/proc/zoneinfo",
	"/proc/meminfo",
	"/proc/cpuinfo",
	"/proc/cmdline",
	"/proc/sys/kernel/osrelease",
	"/proc/sys/kernel/version",
	"/proc/sys/kernel/kexec_load_disabled",
	"/proc/kpageflags",
	"/proc/kcore",
	"/sys/kernel/security/lockdown",
	"/sys/kernel/kexec/loaded",
	"/sys/kernel/kexec_crash_loaded",
	"/sys/kernel/boot_params/data",
	"/sys/firmware/efi/systab",
	"/sys/firmware/memmap/0/start",
	"/sys/firmware/memmap/0/end",
	"/sys/firmware/memmap/0/type",
	"/sys/firmware/memmap/1/start",
	"/sys/firmware/memmap/1/end",
	"/sys/firmware/memmap/1/type",
	"/sys/kernel/vmcoreinfo",
	"/sys/devices/system/cpu/possible",
	"/sys/devices/system/cpu/cpu0/crash_notes",
	"/sys/devices/system/cpu/cpu0/crash_notes_size",
	"/sys/devices/system/cpu/cpu1/crash_notes",
	"/sys/kernel/kexec/crash_cma_ranges",
	"/sys/kernel/kexec/crash_elfcorehdr_size",
	"/sys/kernel/config/crash_dm_crypt_keys/count",
	"/proc/fb",
	"/sys/class/drm/card0/device/uevent",
	"/sys/class/graphics/fb0/virtual_size",
	"/sys/kernel/boot_params/setup_data/0/type",
	"/sys/kernel/boot_params/setup_data/0/data",
	"/sys/bus/pci/devices/0000:00:04.0/config",
	"/sys/bus/pci/devices/0000:00:1f.0/config",
};
#define FILES (sizeof(paths) / sizeof(paths[0]))
#define PLAIN 2

static int files[FILES];
static size_t sizes[FILES]; /* of what they hold */

static void make_files(void)
{
	host_root_make();
	for (size_t i = 0; i < FILES; i++)
		files[i] = i < PLAIN ? host_root_plain_file(paths[i]) : host_root_file(paths[i]);
}

static void set_files(const uint8_t *data, size_t size)
{
	struct bytes now[FILES] = {};

	while (size >= 3) {
		size_t part = data[1] | data[2] << 8;

		if (part > size - 3)
			part = size - 3;
		now[data[0] % FILES] = (struct bytes){ data + 3, part };
		data += 3 + part;
		size -= 3 + part;
	}
	for (size_t i = 0; i < FILES; i++) {
		if (now[i].size || sizes[i])
			host_root_set(files[i], now[i].data, now[i].size);
		sizes[i] = now[i].size;
	}
}

static void prove_map(const struct memmap *m)
{
	for (size_t i = 0; i < m->count; i++) {
		PROVE(m->at[i].range.start <= m->at[i].range.last);
		PROVE(!i || m->at[i - 1].range.last < m->at[i].range.start);
	}
}

static void prove_ram(const struct host *h)
{
	struct ranges ram = {}, free_ram = {};
	struct err e = {};

	PROVE(host_ram(h, &ram, &e) && host_free_ram(h, &free_ram, &e));
	for (size_t i = 0; i < ram.count; i++)
		PROVE(!(ram.at[i].start % 4096) && ram.at[i].last % 4096 == 4095);
	for (size_t i = 0; i < free_ram.count; i++)
		PROVE(ranges_contain(&ram, free_ram.at[i]));
	PROVE(!h->iomem.has_crash_kernel || !ranges_overlap(&free_ram, h->iomem.crash_kernel));
	ranges_deinit(&ram);
	ranges_deinit(&free_ram);
}

static void prove_host(const struct host *h)
{
	prove_map(&h->iomem.map);
	prove_map(&h->firmware.map);
	prove_ram(h);
	PROVE(memchr(h->release, 0, sizeof(h->release)) && memchr(h->build, 0, sizeof(h->build)));
	PROVE(!strchr(h->release, '\n') && !strchr(h->cmdline, '\n'));
	PROVE(!h->firmware.boot_params.size || h->firmware.boot_params.size == 4096);
	PROVE(h->arch == HOST_I386 ? h->paging_levels <= 3
				   : !h->paging_levels || h->paging_levels >= 4);
}

/* A crash kernel is written to the memory that was reserved for it, and nothing of it is dumped. */
static void prove_crash(const struct host *h)
{
	const struct request r = { .mem_max = UINT64_MAX, .hotplug = true, .pass_memmap = true };
	const struct linux_kernel image = {
		.has_64bit_entry = h->arch == HOST_X86_64,
		.can_be_above_4g = true,
	};
	const struct kernel_memory kernel = { .host = h, .kcore = -1 };
	char *cmdline = strdup("quiet");
	struct plan plan;
	struct crash c = {
		.plan = &plan,
		.host = h,
		.kernel = &kernel,
		.request = &r,
		.image = &image,
	};
	struct err e = {};

	PROVE(cmdline);
	if (!plan_init(&plan, PLAN_LOAD_CRASH, h, &backend_load.limits[h->arch], &e) ||
	    !crash_prepare(&c, &cmdline, &e)) {
		prove_error(&e);
	} else {
		const struct segment *s = plan_find(&plan, "elfcorehdr");

		PROVE(range_contains(plan.confined, range_of(s->paddr, s->memsz)));
		PROVE(s->data.size == s->memsz && !memcmp(s->data.data, "\177ELF", 4));
		PROVE(strstr(cmdline, " elfcorehdr=0x") && strstr(cmdline, " memmap=exactmap"));
		prove_map(&plan.next);
	}
	plan_deinit(&plan);
	free(cmdline);
}

/* The purgatory writes within the picture, which it can reach. */
static void prove_screen(const struct host *h)
{
	struct gate_screen g;
	struct err e = {};

	PROVE(memchr(h->screen.driver, 0, sizeof(h->screen.driver)));
	for (unsigned int bits = 32; bits <= 64; bits += 32) {
		if (!gate_screen_find(&g, &h->screen, bits, &e)) {
			prove_error(&e);
			continue;
		}
		PROVE(g.pixel_bytes >= 2 && g.pixel_bytes <= 4);
		PROVE((uint64_t)g.width * g.pixel_bytes <= g.pitch);
		PROVE((uint64_t)g.pitch * g.height < GATE_SCREEN_WINDOW);
		PROVE(bits == 64 || g.base + (uint64_t)g.pitch * g.height <= UINT64_C(1) << 32);
	}
}

/* Whatever a device says of itself, it is written to within its own registers. */
static void prove_watchdog(void)
{
	struct gate_params g = {};
	struct watchdog w;
	struct err e = {};

	if (!watchdog_find(&w, host_root, &e)) {
		prove_error(&e);
		return;
	}
	PROVE(gate_watchdog_arm(&g, &w, 60, &e) && g.write_count && g.write_count <= GATE_WRITES);
	for (uint32_t i = 0; i < g.write_count; i++) {
		const struct gate_write *one = &g.writes[i];

		PROVE(one->bytes == 1 || one->bytes == 2 || one->bytes == 4);
		PROVE(one->space != GATE_PORT || one->address <= UINT16_MAX);
		PROVE(one->space != GATE_PCI || one->address >> 8 == w.function >> 8);
		PROVE(one->space != GATE_MEMORY || one->address >= 4096);
	}
}

static void prove_state(void)
{
	struct state s = {};

	if (state_read(host_root, &s))
		PROVE(s.verb <= PLAN_LOAD_SAVED && memchr(s.release, 0, sizeof(s.release)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct host h;
	struct err e = {};

	if (!*host_root)
		make_files();
	set_files(data, size);
	prove_state();
	prove_watchdog();
	if (!host_read(&h, host_root, HOST_ALL | HOST_CRASH, &e)) {
		prove_error(&e);
		return 0;
	}
	prove_host(&h);
	prove_screen(&h);
	for (unsigned int bits = 20; bits < 64; bits += 20)
		if (!source_pages_check(&h, &backend_load.limits[h.arch], UINT64_C(1) << bits, &e))
			prove_error(&e);
	if (h.iomem.has_crash_kernel)
		prove_crash(&h);
	host_deinit(&h);
	taken();
	return 0;
}
