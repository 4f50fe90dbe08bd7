/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdlib.h>
#include <string.h>

#include "rsdp_word.h"
#include "test.h"

static void check_word(uint64_t rsdp, unsigned minor, bool has_efi, const char *line)
{
	struct host h = { .firmware.rsdp = rsdp };
	struct linux_kernel image = { .protocol = BOOT_PROTOCOL(2, minor) };
	char *cmdline = strdup("acpi_rsdp=0x1 quiet -- single");
	struct err e;

	if (CHECK(rsdp_word_put(&cmdline, &h, &image, has_efi, &e)))
		CHECK_STR(cmdline, line);
	free(cmdline);
}

TEST(who_needs_the_word)
{
	check_word(0x7ff0014, 13, false, "quiet acpi_rsdp=0x7ff0014 -- single");
	check_word(0x80000, 4, false, "quiet acpi_rsdp=0x80000 -- single");
	check_word(0x7ff0014, 15, false, "acpi_rsdp=0x1 quiet -- single");
	check_word(0x7ff0014, 13, true, "acpi_rsdp=0x1 quiet -- single");
	check_word(0xf52d0, 13, false, "acpi_rsdp=0x1 quiet -- single");
	check_word(0, 13, false, "acpi_rsdp=0x1 quiet -- single");
}

TEST_MAIN
