/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The running kernel as /proc/kcore, /proc/kallsyms, /proc/config.gz and /sys/kernel/vmcoreinfo
 * show it. The input: a byte (bit 0: an i386 kernel), the sizes of kallsyms, config and vmcoreinfo
 * in 2 bytes each, those three, and kcore. What is read from kcore is what stands there; a symbol
 * that is found stands in kallsyms.
 */
#include "fuzz.h"
#include "host_root.h"
#include "kernel_memory.h"

#define FILES 4

static int files[FILES];
static const char *const paths[FILES] = {
	"/proc/kallsyms",
	"/proc/config.gz",
	"/sys/kernel/vmcoreinfo",
	"/proc/kcore",
};

static void make_files(void)
{
	host_root_make();
	for (size_t i = 0; i < FILES; i++)
		files[i] = host_root_file(paths[i]);
}

/* Sets the files, and the bytes of each. */
static void take_apart(const uint8_t *data, size_t size, struct bytes parts[FILES])
{
	size_t at = 1 + 2 * (FILES - 1);

	for (size_t i = 0; i < FILES; i++) {
		size_t part = size - at;

		if (i < FILES - 1 && part > (size_t)(data[1 + 2 * i] | data[2 + 2 * i] << 8))
			part = data[1 + 2 * i] | data[2 + 2 * i] << 8;
		parts[i] = (struct bytes){ data + at, part };
		host_root_set(files[i], data + at, part);
		at += part;
	}
}

static void prove_symbol(const struct kernel_memory *k, struct bytes kallsyms, const char *name)
{
	struct err e = {};
	uint64_t value;

	if (kernel_symbol(k, name, &value, &e))
		PROVE(memmem(kallsyms.data, kallsyms.size, name, strlen(name)));
	else
		prove_error(&e);
}

/* The first segment that has an address is the one that counts. */
static bool is_first(const struct elfcore *core, size_t n, uint64_t vaddr)
{
	for (size_t i = 0; i < n; i++) {
		if (vaddr >= core->loads[i].vaddr &&
		    vaddr - core->loads[i].vaddr < core->loads[i].filesz)
			return false;
	}
	return true;
}

static void prove_reads(const struct kernel_memory *k, struct bytes kcore)
{
	for (size_t i = 0; i < k->core.load_count && i < 16; i++) {
		const struct elfcore_load *l = &k->core.loads[i];
		uint8_t bytes[8];
		struct err e = {};

		if (!kernel_read(k, l->vaddr, bytes, sizeof(bytes), &e))
			prove_error(&e);
		else if (l->filesz >= sizeof(bytes) && is_first(&k->core, i, l->vaddr))
			PROVE(l->offset + sizeof(bytes) <= kcore.size &&
			      !memcmp(bytes, kcore.data + l->offset, sizeof(bytes)));
		kernel_read(k, l->vaddr + l->filesz - 4, bytes, sizeof(bytes), &e);
	}
}

static void prove_gdt(const struct kernel_memory *k)
{
	struct err e = {};
	uint64_t base;
	uint32_t limit;

	if (kernel_gdt(k, &base, &limit, &e))
		PROVE(k->host->arch == HOST_I386 ? limit == 255 && base <= UINT32_MAX
						 : limit == 127);
	else
		prove_error(&e);
	PROVE(kernel_restores_gdt(k) == NO || k->host->arch == HOST_X86_64);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct host h = { .root = host_root, .recorded = true, .release = "1" };
	struct bytes parts[FILES];
	struct kernel_memory k;
	struct err e = {};

	if (!*host_root)
		make_files();
	if (size < 1 + 2 * (FILES - 1))
		return 0;
	h.arch = data[0] & 1 ? HOST_I386 : HOST_X86_64;
	take_apart(data, size, parts);
	if (!kernel_memory_open(&k, &h, &e)) {
		prove_error(&e);
		return 0;
	}
	prove_symbol(&k, parts[0], "gdt_page");
	prove_symbol(&k, parts[0], "kexec_image");
	prove_reads(&k, parts[FILES - 1]);
	prove_gdt(&k);
	kernel_config(&k, "CONFIG_KEXEC_JUMP");
	kernel_memory_close(&k);
	taken();
	return 0;
}
