/* SPDX-License-Identifier: GPL-2.0-only */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "bytes.h"
#include "host_file.h"
#include "watchdog.h"
#include "x86.h"

#define FOLDER "/sys/bus/pci/devices"

#define PCI_ID	  0x00
#define PCI_CLASS 0x08 /* in the upper three bytes */
#define PCI_BAR0  0x10

#define ESB_ID 0x25ab8086u

/* Intel ICH9 datasheet, 13.1: configuration of the LPC bridge */
#define INTEL	      0x8086
#define CLASS_ISA     0x0601
#define LPC_PMBASE    0x40
#define LPC_ACPI_CNTL 0x44
#define LPC_RCBA      0xf0
#define ACPI_ENABLED  0x80u
#define RCBA_ENABLED  0x1u
#define PM_SMI_EN     0x30   /* from PMBASE; 13.8.3.8 */
#define PM_TCO	      0x60   /* 13.9 */
#define RCBA_GCS      0x3410 /* 10.1.75 */

static bool find_esb(struct watchdog *w, struct bytes config)
{
	uint32_t id, bar;

	if (!bytes_le32(config, PCI_ID, &id) || !bytes_le32(config, PCI_BAR0, &bar) ||
	    id != ESB_ID || bar & 0xf || bar < MIB)
		return false;
	w->chip = WATCHDOG_ESB;
	w->registers = bar;
	return true;
}

static bool find_tco(struct watchdog *w, struct bytes config)
{
	uint32_t id, class, pmbase, control, rcba;

	if (!bytes_le32(config, PCI_ID, &id) || !bytes_le32(config, PCI_CLASS, &class) ||
	    !bytes_le32(config, LPC_PMBASE, &pmbase) ||
	    !bytes_le32(config, LPC_ACPI_CNTL, &control) || !bytes_le32(config, LPC_RCBA, &rcba))
		return false;
	if ((id & 0xffff) != INTEL || class >> 16 != CLASS_ISA || w->function != 0x1f << 11 ||
	    !(control & ACPI_ENABLED) || !(rcba & RCBA_ENABLED))
		return false;
	pmbase &= 0xff80;
	rcba &= 0xffffc000;
	if (!pmbase || !rcba)
		return false;
	w->chip = WATCHDOG_TCO;
	w->registers = pmbase + PM_TCO;
	w->smi_en = pmbase + PM_SMI_EN;
	w->gcs = rcba + RCBA_GCS;
	return true;
}

/* "0000:00:1f.0", of the first segment, which alone mechanism 1 reaches. */
static bool parse_name(const char *name, uint32_t *function)
{
	unsigned bus, device, number;
	char end;

	if (sscanf(name, "0000:%2x:%2x.%1x%c", &bus, &device, &number, &end) != 3 || bus > 0xff ||
	    device > 0x1f || number > 7)
		return false;
	*function = bus << 16 | device << 11 | number << 8;
	return true;
}

static bool look_at(struct watchdog *w, const char *root, const char *name)
{
	struct bytes config;
	struct err ignored;
	char path[320], *data;
	bool found;

	*w = (struct watchdog){ 0 };
	if (!parse_name(name, &w->function))
		return false;
	snprintf(path, sizeof(path), FOLDER "/%s/config", name);
	data = host_file(root, path, HOST_SMALL_FILE, &config.size, &ignored);
	if (!data)
		return false;
	config.data = (const uint8_t *)data;
	found = find_esb(w, config) || find_tco(w, config);
	free(data);
	return found;
}

const char *watchdog_name(const struct watchdog *w)
{
	return w->chip == WATCHDOG_ESB ? "6300ESB" : "iTCO";
}

/* That of a device of its own first: a chipset's may be wired not to reset. */
static bool look_at_all(struct watchdog *w, const char *root)
{
	struct dirent *entry;
	struct watchdog one;
	bool found = false;
	char path[4096];
	DIR *dir;

	snprintf(path, sizeof(path), "%s" FOLDER, root);
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		if (!look_at(&one, root, entry->d_name) || (found && one.chip == WATCHDOG_TCO))
			continue;
		*w = one;
		found = true;
	}
	if (dir)
		closedir(dir);
	return found;
}

bool watchdog_find(struct watchdog *w, const char *root, struct err *e)
{
	return look_at_all(w, root) ||
	       err_set(e,
		       "no watchdog is found that can be armed without its driver: that of an "
		       "Intel chipset from ICH6 to the 9 series (iTCO), or a 6300ESB; instead, "
		       "keep another's driver from stopping it: watchdog.stop_on_reboot=0 on this "
		       "kernel's command line");
}
