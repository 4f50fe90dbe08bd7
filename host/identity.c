/* SPDX-License-Identifier: GPL-2.0-only */
#include <elf.h>
#include <inttypes.h>
#include <string.h>

#include "identity.h"
#include "number.h"

static bool check_arch(const struct jump_record *record, const struct host *h, struct err *e)
{
	uint16_t machine = h->arch == HOST_X86_64 ? EM_X86_64 : EM_386;

	return record->machine == machine ||
	       err_set(e,
		       "the saved kernel is %s, but this one is %s: restore it from a kernel of "
		       "its own kind",
		       record->machine == EM_386 ? "i386" : "x86_64",
		       h->arch == HOST_I386 ? "i386" : "x86_64");
}

static bool check_ram(const struct jump_record *record, const struct host *h, struct err *e)
{
	struct ranges ram = {};
	char then[24], now[24];
	uint64_t bytes;

	if (!host_ram(h, &ram, e)) {
		ranges_deinit(&ram);
		return false;
	}
	bytes = ranges_size(&ram);
	ranges_deinit(&ram);
	return record->ram_bytes == bytes ||
	       err_set(e,
		       "saved on a machine with %s of RAM (%" PRIu64 " bytes), this one has "
		       "%s (%" PRIu64 ")",
		       number_size_words(record->ram_bytes, then), record->ram_bytes,
		       number_size_words(bytes, now), bytes);
}

static bool check_firmware(const struct jump_record *record, const struct host *h, struct err *e)
{
	if (!memcmp(record->firmware_map, h->firmware.map_sha256, sizeof(record->firmware_map)))
		return true;
	if (!h->firmware.map.count)
		return err_set(e, "cannot compare the firmware's memory map: /sys/firmware/memmap "
				  "is missing, this kernel needs CONFIG_FIRMWARE_MEMMAP=y");
	return err_set(e, "saved with another memory map of the firmware: on another machine, or "
			  "its firmware, settings or hardware have changed since; the next boot "
			  "may have the old map again");
}

static bool check_cpu(const struct jump_record *record, const struct host *h, struct err *e)
{
	static const char *const leaves[] = {
		"1.ecx", "1.edx", "7.ebx", "7.ecx", "7.edx", "80000001.ecx", "80000001.edx", "-",
	};

	if (memcmp(record->cpu_vendor, h->cpu.vendor, sizeof(record->cpu_vendor)))
		return err_set(e, "saved on a CPU of another vendor (this one is of %.12s)",
			       (const char *)h->cpu.vendor);
	if (record->cpu_signature != h->cpu.signature)
		return err_set(e,
			       "saved on another CPU model (CPUID signature %#" PRIx32 ", here "
			       "%#" PRIx32 ")",
			       record->cpu_signature, h->cpu.signature);
	for (size_t i = 0; i < sizeof(leaves) / sizeof(leaves[0]); i++) {
		if (record->cpu_features[i] != h->cpu.features[i])
			return err_set(e,
				       "saved on a CPU with other features (CPUID %s %#" PRIx32
				       ", here %#" PRIx32 ")",
				       leaves[i], record->cpu_features[i], h->cpu.features[i]);
	}
	return true;
}

bool identity_check(const struct jump_record *record, const struct host *h, struct err *e)
{
	return check_arch(record, h, e) && check_ram(record, h, e) &&
	       check_firmware(record, h, e) && check_cpu(record, h, e);
}
