/* SPDX-License-Identifier: GPL-2.0-only */
#include <elf.h>
#include <inttypes.h>
#include <string.h>

#include "identity.h"
#include "number.h"

static bool check_arch(const struct record *record, const struct host *h, struct err *e)
{
	uint16_t machine = h->arch == HOST_X86_64 ? EM_X86_64 : EM_386;

	return record->machine == machine ||
	       err_set(e,
		       "the saved kernel is %s, but this one is %s: restore it from a kernel of "
		       "its own kind",
		       record->machine == EM_386 ? "i386" : "x86_64",
		       h->arch == HOST_I386 ? "i386" : "x86_64");
}

static bool check_lent(const struct lent *lent, const struct ranges *ram, struct err *e)
{
	const struct range parts[] = { lent->window, lent->low };

	for (size_t i = 0; i < 2; i++) {
		if (parts[i].last && !ranges_contain(ram, parts[i]))
			return err_set(e,
				       "%#" PRIx64 "-%#" PRIx64 ", which the saved kernel had "
				       "lent, is not RAM here",
				       parts[i].start, parts[i].last);
	}
	return true;
}

static bool check_ram(const struct record *record, const struct host *h, struct err *e)
{
	struct ranges ram = {};
	char then[24], now[24];
	uint64_t bytes;
	bool ok;

	ok = host_ram(h, &ram, e);
	bytes = ranges_size(&ram);
	if (ok && record->ram_bytes != bytes)
		ok = err_set(e,
			     "saved on a machine with %s of RAM (%" PRIu64 " bytes), this one has "
			     "%s (%" PRIu64 ")",
			     number_size_words(record->ram_bytes, then), record->ram_bytes,
			     number_size_words(bytes, now), bytes);
	ok = ok && check_lent(&record->lent, &ram, e);
	ranges_deinit(&ram);
	return ok;
}

static bool check_firmware(const struct record *record, const struct host *h, struct err *e)
{
	if (!h->firmware.map.count)
		return err_set(e, "cannot compare the firmware's memory map: /sys/firmware/memmap "
				  "is missing, this kernel needs CONFIG_FIRMWARE_MEMMAP=y");
	if (!memcmp(record->firmware_map, h->firmware.map_sha256, sizeof(record->firmware_map)))
		return true;
	return err_set(e, "saved with another memory map of the firmware: on another machine, or "
			  "its firmware, settings or hardware have changed since; the next boot "
			  "may have the old map again");
}

bool identity_check_cpu(const struct record *record, const struct cpu *now, struct err *e)
{
	static const char *const words[] = {
		"1.ecx", "1.edx", "7.ebx", "7.ecx", "7.edx", "80000001.ecx", "80000001.edx",
	};

	if (memcmp(record->cpu_vendor, now->vendor, sizeof(record->cpu_vendor)))
		return err_set(e, "saved on a CPU of another vendor (this one is of %.12s)",
			       (const char *)now->vendor);
	if (record->cpu_signature != now->signature)
		return err_set(e,
			       "saved on another CPU model (CPUID signature %#" PRIx32 ", here "
			       "%#" PRIx32 ")",
			       record->cpu_signature, now->signature);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		uint32_t missing = record->cpu_features[i] & ~now->features[i];

		if (missing)
			return err_set(e,
				       "this CPU lacks features of the one it was saved on "
				       "(CPUID %s: %#" PRIx32 ")",
				       words[i], missing);
	}
	return true;
}

bool identity_check(const struct record *record, const struct host *h, struct err *e)
{
	return check_arch(record, h, e) && check_ram(record, h, e) &&
	       check_firmware(record, h, e) && identity_check_cpu(record, &h->cpu, e);
}
