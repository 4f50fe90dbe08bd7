/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The files of boot loaders: GRUB's menu and its variables, entries of the specification, and a
 * unified kernel image. The input is records: a byte that names a file, the size of its contents in
 * 2 bytes, the contents. What is found has an id and a title, and the default is one of it, and
 * Linux.
 */
#include "boot_menu.h"
#include "fuzz.h"
#include "host_root.h"

static const char *const paths[] = {
	"/boot/grub/grub.cfg",
	"/boot/grub/grubenv",
	"/boot/loader/entries/a+3-1.conf",
	"/efi/loader/entries/b.conf",
	"/efi/loader/loader.conf",
	"/sys/firmware/efi/efivars/LoaderInfo-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f",
	"/sys/firmware/efi/efivars/LoaderEntryDefault-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f",
	"/efi/EFI/Linux/c.efi",
};
#define FILES (sizeof(paths) / sizeof(paths[0]))

static int files[FILES];

static void set_files(const uint8_t *data, size_t size)
{
	if (!*host_root) {
		host_root_make();
		for (size_t i = 0; i < FILES; i++)
			files[i] = host_root_file(paths[i]);
	}
	for (size_t i = 0; i < FILES; i++)
		host_root_set(files[i], "", 0);
	while (size >= 3) {
		size_t part = data[1] | data[2] << 8;

		if (part > size - 3)
			part = size - 3;
		host_root_set(files[data[0] % FILES], data + 3, part);
		data += 3 + part;
		size -= 3 + part;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct boot_menu m;
	struct err e = {};

	set_files(data, size);
	if (boot_menu_read(&m, host_root, "6.1.0", &e)) {
		PROVE(m.chosen <= m.count);
		PROVE(m.chosen == m.count || m.entries[m.chosen].kernel);
		for (size_t i = 0; i < m.count; i++) {
			PROVE(m.entries[i].id && m.entries[i].title);
			if (!boot_menu_find(&m, m.entries[i].id, &e))
				prove_error(&e);
		}
		taken();
	} else {
		prove_error(&e);
	}
	boot_menu_deinit(&m);
	return 0;
}
