/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ELF cores and the VMCOREINFO in them: whatever is accepted lies inside the file, has something in
 * memory for all that is in the file, and is no larger than the bound on headers.
 */
#include "elf_bytes.h"
#include "fuzz.h"
#include "vmcoreinfo.h"

static void prove_loads(const struct elfcore *core, size_t file_size)
{
	for (size_t i = 0; i < core->load_count; i++) {
		const struct elfcore_load *l = &core->loads[i];

		PROVE(l->memsz && l->filesz <= l->memsz);
		PROVE(l->offset <= file_size && l->filesz <= file_size - l->offset);
	}
}

static void prove_vmcoreinfo(struct bytes info)
{
	static const char *const keys[] = { "OSRELEASE", "NUMBER(phys_base)", "CONFIG_X86_PAE" };
	char value[32];
	int64_t number;
	uint64_t symbol;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		bool has_text = vmcoreinfo_text(info, keys[i], value, sizeof(value));

		PROVE(!has_text || strlen(value) < info.size);
		PROVE(has_text || !vmcoreinfo_number(info, keys[i], &number));
	}
	vmcoreinfo_symbol(info, "swapper_pg_dir", &symbol);
}

static void prove_notes(const struct elfcore *core)
{
	static const struct {
		const char *name;
		uint32_t type;
	} notes[] = {
		{ "CORE", 1 },
		{ "VMCOREINFO", 0 },
		{ "KEXECJUMP", 1 },
		{ "", 0 },
	};

	PROVE(core->notes_size <= ELFCORE_HEADERS_MAX);
	for (size_t i = 0; i < sizeof(notes) / sizeof(notes[0]); i++) {
		struct bytes desc = {};

		if (!elfcore_note(core, notes[i].name, notes[i].type, &desc))
			continue;
		PROVE(desc.size <= core->notes_size);
		if (desc.size)
			PROVE(desc.data >= core->notes &&
			      desc.data + desc.size <= core->notes + core->notes_size);
		prove_vmcoreinfo(desc);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct elfcore core;
	struct err e = {};

	prove_vmcoreinfo((struct bytes){ data, size });
	if (!elfcore_of_bytes(&core, (struct bytes){ data, size }, &e)) {
		prove_error(&e);
		return 0;
	}
	prove_loads(&core, size);
	prove_notes(&core);
	elfcore_deinit(&core);
	taken();
	return 0;
}
