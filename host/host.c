/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "host.h"
#include "host_file.h"
#include "kcore.h"
#include "kpageflags.h"
#include "vmcoreinfo.h"
#include "x86.h"

/* ---- the kernel ---- */

/*
 * /proc/sys/kernel/arch (since 6.1) before uname(2), which a personality makes say i686 on a
 * 64-bit kernel. A recorded host has to have the file.
 */
static bool read_arch(struct host *h, struct err *e)
{
	struct utsname names;
	char machine[sizeof(names.machine)];

	if (!host_line(h->root, "/proc/sys/kernel/arch", machine, sizeof(machine), e))
		return false;
	if (!*machine) {
		if (h->recorded)
			return err_set(e,
				       "%s/proc/sys/kernel/arch: missing: it tells whether the "
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
	if (!host_line(h->root, "/proc/sys/kernel/osrelease", h->release, sizeof(h->release), e) ||
	    !host_line(h->root, "/proc/sys/kernel/version", h->build, sizeof(h->build), e) ||
	    !host_optional(h->root, "/proc/cmdline", HOST_SMALL_FILE, &h->cmdline, e))
		return false;
	h->cmdline[strcspn(h->cmdline, "\n")] = '\0';
	return true;
}

/* ---- kexec ---- */

enum host_lockdown host_parse_lockdown(const char *text)
{
	if (strstr(text, "[confidentiality]"))
		return LOCKDOWN_CONFIDENTIALITY;
	if (strstr(text, "[integrity]"))
		return LOCKDOWN_INTEGRITY;
	return LOCKDOWN_NONE;
}

static bool read_flag(const struct host *h, const char *path, enum tristate *flag, struct err *e)
{
	char text[8];

	if (!host_line(h->root, path, text, sizeof(text), e))
		return false;
	*flag = !strcmp(text, "0") ? NO : !strcmp(text, "1") ? YES : UNKNOWN;
	return true;
}

/* /sys/kernel/kexec/ is where these live now; the older names go away some day. */
static bool read_either(const struct host *h, const char *path, const char *older,
			enum tristate *flag, struct err *e)
{
	return read_flag(h, path, flag, e) && (*flag != UNKNOWN || read_flag(h, older, flag, e));
}

static bool read_limits(struct host *h, struct err *e)
{
	enum tristate disabled;
	char lockdown[64], limit[16];

	if (!host_line(h->root, "/sys/kernel/security/lockdown", lockdown, sizeof(lockdown), e) ||
	    !read_flag(h, "/proc/sys/kernel/kexec_load_disabled", &disabled, e) ||
	    !host_line(h->root, "/proc/sys/kernel/kexec_load_limit_reboot", limit, sizeof(limit),
		       e))
		return false;
	h->lockdown = host_parse_lockdown(lockdown);
	h->load_disabled = disabled == YES;
	h->loads_counted = *limit && *limit != '-';
	return true;
}

/* What the module has loaded is as good as what the kernel has. */
static bool read_module(struct host *h, struct err *e)
{
	enum tristate loaded;

	if (!read_flag(h, "/sys/class/misc/kexec_jump/loaded", &loaded, e))
		return false;
	h->has_module = loaded != UNKNOWN;
	h->module_loaded = loaded == YES;
	if (h->module_loaded || (h->has_module && h->loaded == UNKNOWN))
		h->loaded = loaded;
	return true;
}

static bool read_kexec(struct host *h, struct err *e)
{
	return read_either(h, "/sys/kernel/kexec/loaded", "/sys/kernel/kexec_loaded", &h->loaded,
			   e) &&
	       read_either(h, "/sys/kernel/kexec/crash_loaded", "/sys/kernel/kexec_crash_loaded",
			   &h->crash_loaded, e) &&
	       read_module(h, e) && read_limits(h, e);
}

/* ---- its page tables ---- */

static bool has_ram_above_4g(const struct memmap *m)
{
	for (size_t i = 0; i < m->count; i++)
		if (m->at[i].type == MEM_RAM && m->at[i].range.last > UINT32_MAX)
			return true;
	return false;
}

/* i386: the CPU's flags leave open whether the kernel uses PAE; VMCOREINFO tells. */
static bool read_pae(struct host *h, struct err *e)
{
	struct elfcore core;
	struct bytes info;
	uint8_t *data;
	char value[4];
	bool ok;
	int fd;

	if (!kcore_open(h->root, &fd, &core, &(struct err){ 0 }, e))
		return false;
	ok = kcore_vmcoreinfo(h->root, fd, &core, &data, &info.size, e);
	kcore_close(&fd, &core);
	if (ok && data) {
		info.data = data;
		h->paging_levels =
			vmcoreinfo_text(info, "CONFIG_X86_PAE", value, sizeof(value)) ? 3 : 2;
	}
	free(ok ? data : NULL);
	return ok;
}

static bool read_paging_levels(struct host *h, struct err *e)
{
	if (h->arch == HOST_X86_64) {
		if (h->cpu.has_flags)
			h->paging_levels = h->cpu.la57 ? 5 : 4;
		return true;
	}
	if (h->cpu.has_flags && !h->cpu.pae)
		h->paging_levels = 2;
	else if (has_ram_above_4g(&h->iomem.map))
		h->paging_levels = 3;
	else
		return read_pae(h, e);
	return true;
}

/* ---- all of it ---- */

/* A look at every page's flags takes seconds on large machines: only where any is broken. */
static bool read_broken(struct host *h, struct err *e)
{
	const struct memmap *m = &h->iomem.map;

	for (size_t i = 0; h->mem.corrupted && i < m->count; i++) {
		struct range r = m->at[i].range;

		if (m->at[i].type == MEM_RAM &&
		    !kpageflags_find(h->root, r.start >> PAGE_SHIFT, (r.last >> PAGE_SHIFT) + 1,
				     KPF_HWPOISON, &h->broken, e))
			return err_prefix(e,
					  "some memory of this machine is broken (/proc/meminfo, "
					  "HardwareCorrupted), and which pages is not known");
	}
	return true;
}

static bool read_memory(struct host *h, struct err *e)
{
	return iomem_read(&h->iomem, h->root, e) && meminfo_read(&h->mem, h->root, e) &&
	       read_broken(h, e);
}

static bool read_cpu(struct host *h, struct err *e)
{
	return cpu_read(&h->cpu, h->root, h->recorded, e) && read_paging_levels(h, e);
}

static bool read_firmware(struct host *h, struct err *e)
{
	if (!firmware_read(&h->firmware, h->root, e))
		return false;
	screen_read(&h->screen, h->root, h->firmware.boot_params);
	return true;
}

bool host_read(struct host *h, const char *root, unsigned parts, struct err *e)
{
	*h = (struct host){ .root = strcmp(root, "/") ? root : "" };
	h->recorded = *h->root;
	if (read_arch(h, e) && read_names(h, e) && read_kexec(h, e) &&
	    (!(parts & HOST_MEMORY) || read_memory(h, e)) &&
	    (!(parts & HOST_FIRMWARE) || read_firmware(h, e)) &&
	    (!(parts & HOST_CPU) || read_cpu(h, e)) &&
	    (!(parts & HOST_CRASH) || crash_kernel_read(&h->crash, h->root, e)))
		return true;
	host_deinit(h);
	return false;
}

void host_deinit(struct host *h)
{
	iomem_deinit(&h->iomem);
	ranges_deinit(&h->broken);
	firmware_deinit(&h->firmware);
	crash_kernel_deinit(&h->crash);
	free(h->cmdline);
	*h = (struct host){ 0 };
}
