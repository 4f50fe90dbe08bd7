/* SPDX-License-Identifier: GPL-2.0-only */
#include <cpuid.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "boot_params.h"
#include "host_parse.h"
#include "kcore.h"
#include "number.h"
#include "sha256.h"

#define SMALL_FILE	(64u << 10)
#define IOMEM_MAX	(1u << 20)
#define CPUINFO_MAX	(16u << 20) /* some 2 KiB a CPU */
#define ZONEINFO_MAX	(16u << 20) /* some 100 bytes a CPU, for each zone of each node */
#define MAP_ENTRIES_MAX 4096

/* The text of a file that may be missing or unreadable; "" then. To be freed; NULL: no memory. */
static char *optional(const struct host *h, const char *path, size_t limit)
{
	char *text = host_file(h, path, limit, NULL, &(struct err){ 0 });

	return text ? text : strdup("");
}

static void cut_newline(char *text)
{
	text[strcspn(text, "\n")] = '\0';
}

static bool optional_line(const struct host *h, const char *path, char *to, size_t size)
{
	char *text = optional(h, path, SMALL_FILE);

	if (!text)
		return false;
	cut_newline(text);
	snprintf(to, size, "%s", text);
	free(text);
	return true;
}

static enum tristate flag_file(const struct host *h, const char *path)
{
	char text[8];

	if (!optional_line(h, path, text, sizeof(text)) || !*text)
		return UNKNOWN;
	return strcmp(text, "0") ? YES : NO;
}

/* /sys/kernel/kexec/ is where these live now; the older names go away some day. */
static enum tristate either_flag(const struct host *h, const char *path, const char *older)
{
	enum tristate t = flag_file(h, path);

	return t == UNKNOWN ? flag_file(h, older) : t;
}

/* ---- the kernel ---- */

/*
 * /proc/sys/kernel/arch (since 6.1) before uname(2), which a personality makes say i686 on a
 * 64-bit kernel. A recorded host has to have the file.
 */
static bool read_arch(struct host *h, struct err *e)
{
	struct utsname names;
	char machine[sizeof(names.machine)];

	if (!optional_line(h, "/proc/sys/kernel/arch", machine, sizeof(machine)))
		return err_set(e, "out of memory");
	if (!*machine) {
		if (h->recorded)
			return err_set(e,
				       "%s/proc/sys/kernel/arch: missing, it says whether the "
				       "recorded kernel is x86_64 or i686",
				       h->root);
		uname(&names);
		snprintf(machine, sizeof(machine), "%s", names.machine);
	}
	if (!strcmp(machine, "x86_64"))
		h->arch = HOST_X86_64;
	else if (machine[0] == 'i' && !strcmp(machine + 2, "86"))
		h->arch = HOST_I386;
	else
		return err_set(e, "the running kernel's architecture is %s, not x86_64 or i386",
			       machine);
	return true;
}

static bool read_names(struct host *h, struct err *e)
{
	if (!optional_line(h, "/proc/sys/kernel/osrelease", h->release, sizeof(h->release)) ||
	    !optional_line(h, "/proc/sys/kernel/version", h->build, sizeof(h->build)))
		return err_set(e, "out of memory");
	h->cmdline = optional(h, "/proc/cmdline", SMALL_FILE);
	if (!h->cmdline)
		return err_set(e, "out of memory");
	cut_newline(h->cmdline);
	return true;
}

static bool read_kexec_state(struct host *h, struct err *e)
{
	char *lockdown = optional(h, "/sys/kernel/security/lockdown", SMALL_FILE);

	if (!lockdown)
		return err_set(e, "out of memory");
	h->lockdown = host_parse_lockdown(lockdown);
	free(lockdown);
	h->loaded = either_flag(h, "/sys/kernel/kexec/loaded", "/sys/kernel/kexec_loaded");
	h->crash_loaded =
		either_flag(h, "/sys/kernel/kexec/crash_loaded", "/sys/kernel/kexec_crash_loaded");
	h->load_disabled = flag_file(h, "/proc/sys/kernel/kexec_load_disabled") == YES;
	return true;
}

/* ---- memory ---- */

static bool read_iomem(struct host *h, struct err *e)
{
	char *text = host_file(h, "/proc/iomem", IOMEM_MAX, NULL, e);
	bool ok;

	if (!text)
		return false;
	ok = host_parse_iomem(h, text, e) || err_prefix(e, "%s/proc/iomem", h->root);
	free(text);
	return ok;
}

static bool read_counters(struct host *h, struct err *e)
{
	char *meminfo = optional(h, "/proc/meminfo", SMALL_FILE);
	char *zoneinfo = optional(h, "/proc/zoneinfo", ZONEINFO_MAX);
	bool ok = meminfo && zoneinfo;

	if (ok) {
		host_parse_meminfo(h, meminfo);
		host_parse_zoneinfo(h, zoneinfo);
	} else {
		err_set(e, "out of memory");
	}
	free(meminfo);
	free(zoneinfo);
	return ok;
}

static bool firmware_word(const struct host *h, unsigned n, const char *name, char *to, size_t size,
			  struct err *e)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/firmware/memmap/%u/%s", n, name);
	return optional_line(h, path, to, size) || err_set(e, "out of memory");
}

/* One entry; *@end is set instead when there is none of that number. */
static bool read_firmware_entry(struct host *h, unsigned n, bool *end, struct err *e)
{
	char start[24], last[24], name[64];
	enum mem_type type;
	struct range r;

	if (!firmware_word(h, n, "start", start, sizeof(start), e) ||
	    !firmware_word(h, n, "end", last, sizeof(last), e) ||
	    !firmware_word(h, n, "type", name, sizeof(name), e))
		return false;
	*end = !*start;
	if (*end)
		return true;
	if (!number_parse(start, &r.start, e) || !number_parse(last, &r.last, e))
		return err_prefix(e, "%s/sys/firmware/memmap/%u", h->root, n);
	if (r.last < r.start)
		return err_set(e, "%s/sys/firmware/memmap/%u: ends before it starts", h->root, n);
	if (!host_parse_mem_type(name, &type))
		type = MEM_RESERVED;
	return memmap_set(&h->firmware, r, type) || err_set(e, "out of memory");
}

static void digest_firmware(struct host *h)
{
	struct sha256 s;
	char line[64];

	sha256_init(&s, sha256_blocks_portable);
	for (size_t i = 0; i < h->firmware.count; i++) {
		const struct mem_entry *m = &h->firmware.at[i];
		int n = snprintf(line, sizeof(line), "%" PRIx64 "-%" PRIx64 " %x\n", m->range.start,
				 m->range.last, (unsigned)m->type);

		sha256_update(&s, line, (size_t)n);
	}
	sha256_final(&s, h->firmware_sha256);
}

/* drivers/firmware/memmap.c numbers the entries from 0 in the order of the firmware's map. */
static bool read_firmware_map(struct host *h, struct err *e)
{
	bool end = false;

	for (unsigned n = 0; n < MAP_ENTRIES_MAX && !end; n++)
		if (!read_firmware_entry(h, n, &end, e))
			return false;
	digest_firmware(h);
	return true;
}

static bool read_boot_params(struct host *h, struct err *e)
{
	const char *path = "/sys/kernel/boot_params/data";
	size_t size;
	char *data = host_file(h, path, SMALL_FILE, &size, &(struct err){ 0 });
	char *systab;

	if (data && size != 4096) {
		free(data);
		return err_set(e, "%s%s: %zu bytes, it must have 4096", h->root, path, size);
	}
	if (data) {
		h->boot_params_data = (uint8_t *)data;
		h->boot_params = (struct bytes){ h->boot_params_data, size };
		bytes_le64(h->boot_params, offsetof(struct boot_params, acpi_rsdp_addr), &h->rsdp);
	}
	if (h->rsdp)
		return true;
	systab = optional(h, "/sys/firmware/efi/systab", SMALL_FILE);
	if (!systab)
		return err_set(e, "out of memory");
	h->rsdp = host_parse_systab(systab);
	free(systab);
	return true;
}

/* ---- the CPU ---- */

/*
 * Feature bits that say something about this boot rather than this CPU: OSXSAVE, OSPKE (mirrors
 * of CR4), APIC, MONITOR, HTT (more than one CPU), TOPOEXT, HLE, RTM, RTM_ALWAYS_ABORT (MSRs that
 * the kernel sets), SYSCALL (Intel shows it in 64-bit mode only).
 */
static const struct {
	uint32_t leaf;
	unsigned reg; /* 0 eax, 1 ebx, 2 ecx, 3 edx */
	uint32_t ignored;
} cpu_features[] = {
	{ 1, 2, 1u << 27 | 1u << 3 }, { 1, 3, 1u << 28 | 1u << 9 },
	{ 7, 1, 1u << 4 | 1u << 11 }, { 7, 2, 1u << 4 },
	{ 7, 3, 1u << 11 },	      { 0x80000001, 2, 1u << 22 },
	{ 0x80000001, 3, 1u << 11 },
};

static void read_cpuid(struct host_cpu *cpu)
{
	uint32_t max;

	if (!__get_cpuid(0, &max, &cpu->vendor[0], &cpu->vendor[2], &cpu->vendor[1]))
		return;
	for (size_t i = 0; i < sizeof(cpu_features) / sizeof(*cpu_features); i++) {
		uint32_t r[4] = { 0 };

		__get_cpuid_count(cpu_features[i].leaf, 0, &r[0], &r[1], &r[2], &r[3]);
		cpu->features[i] = r[cpu_features[i].reg] & ~cpu_features[i].ignored;
		if (cpu_features[i].leaf == 1)
			cpu->signature = r[0];
	}
}

static bool has_ram_above_4g(const struct memmap *m)
{
	for (size_t i = 0; i < m->count; i++)
		if (m->at[i].type == MEM_RAM && m->at[i].range.last > UINT32_MAX)
			return true;
	return false;
}

/* i386: the CPU's flags leave open whether the kernel uses PAE; VMCOREINFO tells. */
static bool read_paging_levels(struct host *h, struct err *e)
{
	struct elfcore core;
	struct bytes info;
	uint8_t *data;
	char value[4];
	bool ok;
	int fd;

	if (h->paging_levels || h->arch != HOST_I386)
		return true;
	if (has_ram_above_4g(&h->iomem)) {
		h->paging_levels = 3;
		return true;
	}
	if (!kcore_open(h, &fd, &core, &(struct err){ 0 }, e))
		return false;
	ok = kcore_vmcoreinfo(h, fd, &core, &data, &info.size, e);
	kcore_close(&fd, &core);
	if (ok && data) {
		info.data = data;
		h->paging_levels =
			vmcoreinfo_text(info, "CONFIG_X86_PAE", value, sizeof(value)) ? 3 : 2;
	}
	free(ok ? data : NULL);
	return ok;
}

static bool read_cpu(struct host *h, struct err *e)
{
	char *text = optional(h, "/proc/cpuinfo", CPUINFO_MAX);

	if (!text)
		return err_set(e, "out of memory");
	host_parse_cpuinfo(h, text);
	free(text);
	if (!h->recorded)
		read_cpuid(&h->cpu);
	return read_paging_levels(h, e);
}

/* ---- all of it ---- */

bool host_read(struct host *h, const char *root, struct err *e)
{
	*h = (struct host){ .root = strcmp(root, "/") ? root : "" };
	h->recorded = *h->root;
	if (read_arch(h, e) && read_names(h, e) && read_kexec_state(h, e) && read_iomem(h, e) &&
	    read_counters(h, e) && read_firmware_map(h, e) && read_boot_params(h, e) &&
	    read_cpu(h, e))
		return true;
	host_deinit(h);
	return false;
}

void host_deinit(struct host *h)
{
	memmap_deinit(&h->iomem);
	memmap_deinit(&h->firmware);
	free(h->boot_params_data);
	free(h->cmdline);
}
