/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "decompress.h"
#include "host_file.h"
#include "kallsyms.h"
#include "kcore.h"
#include "kernel_memory.h"

#define CONFIG_SIZE_MAX (8u << 20)

bool kernel_memory_open(struct kernel_memory *k, const struct host *h, struct err *e)
{
	*k = (struct kernel_memory){ .host = h };
	if (!kcore_open(h->root, &k->kcore, &k->core, &k->kcore_why, e))
		return false;
	if (!kcore_vmcoreinfo(h->root, k->kcore, &k->core, &k->vmcoreinfo_data, &k->vmcoreinfo.size,
			      e)) {
		kcore_close(&k->kcore, &k->core);
		return false;
	}
	k->vmcoreinfo.data = k->vmcoreinfo_data;
	return true;
}

void kernel_memory_close(struct kernel_memory *k)
{
	kcore_close(&k->kcore, &k->core);
	free(k->vmcoreinfo_data);
	k->vmcoreinfo_data = NULL;
	k->vmcoreinfo = (struct bytes){ 0 };
}

bool kernel_read(const struct kernel_memory *k, uint64_t vaddr, void *to, size_t size,
		 struct err *e)
{
	if (k->kcore < 0)
		return err_set(e, "the kernel's memory cannot be read: %s", k->kcore_why.text);
	return kcore_read(k->kcore, &k->core, vaddr, to, size, e);
}

bool kernel_read_phys(const struct kernel_memory *k, uint64_t paddr, void *to, size_t size,
		      struct err *e)
{
	if (k->kcore < 0)
		return err_set(e, "the kernel's memory cannot be read: %s", k->kcore_why.text);
	return kcore_read_phys(k->kcore, &k->core, paddr, to, size, e);
}

/* ---- symbols ---- */

static bool missing(const struct kernel_memory *k, const char *name, struct err *e)
{
	return err_set(e,
		       "%s/proc/kallsyms: no symbol %s (data symbols need a kernel with "
		       "CONFIG_KALLSYMS_ALL=y)",
		       k->host->root, name);
}

bool kernel_symbol(const struct kernel_memory *k, const char *name, uint64_t *value, struct err *e)
{
	struct symbol s = { .name = name };

	if (!kallsyms_find(k->host->root, &s, 1, e))
		return false;
	if (!s.found)
		return missing(k, name, e);
	*value = s.value;
	return true;
}

/* ---- the GDT ---- */

bool kernel_gdt(const struct kernel_memory *k, uint64_t *base, uint32_t *limit, struct err *e)
{
	struct symbol s[] = { { .name = "gdt_page" }, { .name = "__per_cpu_offset" } };
	bool is64 = k->host->arch == HOST_X86_64;
	uint64_t offset = 0;

	if (!kallsyms_find(k->host->root, s, 2, e))
		return false;
	if (!s[0].found)
		return missing(k, s[0].name, e);
	/* x86 is little-endian: four bytes fill the low half. */
	if (s[1].found && !kernel_read(k, s[1].value, &offset, is64 ? 8 : 4, e))
		return err_prefix(e, "__per_cpu_offset[0]");
	*base = is64 ? s[0].value + offset : (uint32_t)(s[0].value + offset);
	*limit = (is64 ? 16 : 32) * 8 - 1; /* GDT_ENTRIES, arch/x86/include/asm/segment.h */
	return true;
}

/*
 * lgdt with a displacement, as in "lgdt saved_context_gdt_desc(%rax)" of virtual_mapped, or
 * relative to rip: 0f 01, reg field 2. The debugging code of 6.16 loads a GDT from the stack,
 * "lgdt (%rsp)", on its way out; that one does not count.
 */
static bool has_lgdt(const uint8_t *code, size_t size)
{
	for (size_t i = 0; i + 2 < size; i++) {
		uint8_t modrm = code[i + 2], mod = modrm >> 6, rm = modrm & 7;

		if (code[i] != 0x0f || code[i + 1] != 0x01 || (modrm >> 3 & 7) != 2)
			continue;
		if ((mod == 0 && rm == 5) || ((mod == 1 || mod == 2) && rm != 4))
			return true;
	}
	return false;
}

/*
 * arch/x86/kernel/relocate_kernel_64.S: 6.1 has no lgdt, 6.12 with the stable fix has, if built
 * with CONFIG_KEXEC_JUMP. relocate_kernel has KEXEC_CONTROL_CODE_MAX_SIZE bytes of its own;
 * from 6.14 on it lies between __relocate_kernel_start and _end, among the data.
 */
enum tristate kernel_restores_gdt(const struct kernel_memory *k)
{
	struct symbol s[] = {
		{ .name = "relocate_kernel" },
		{ .name = "__relocate_kernel_start" },
		{ .name = "__relocate_kernel_end" },
	};
	uint8_t code[8192];
	uint64_t start, size = 2048;
	struct err e;

	if (k->host->arch == HOST_I386)
		return NO;
	if (!kallsyms_find(k->host->root, s, 3, &e) || !s[0].found)
		return UNKNOWN;
	start = s[0].value;
	if (s[1].found && s[2].found && s[2].value > s[1].value) {
		start = s[1].value;
		size = s[2].value - start;
	}
	if (size > sizeof(code))
		size = sizeof(code);
	if (!kernel_read(k, start, code, size, &e))
		return UNKNOWN;
	return has_lgdt(code, size) ? YES : NO;
}

/* ---- the configuration ---- */

static char *packed_config(const struct host *h)
{
	struct err e;
	struct bytes packed;
	uint8_t *out;
	char *file, *text;
	size_t size;

	file = host_file(h->root, "/proc/config.gz", CONFIG_SIZE_MAX, &packed.size, &e);
	if (!file)
		return NULL;
	packed.data = (const uint8_t *)file;
	if (!decompress(packed, CONFIG_SIZE_MAX, &out, &size, &e))
		out = NULL;
	free(file);
	if (!out)
		return NULL;
	text = realloc(out, size + 1);
	if (text)
		text[size] = '\0';
	else
		free(out);
	return text;
}

/* Where distributions put it; Debian's kernels since 7.3 have it among the modules. */
static char *installed_config(const struct host *h)
{
	static const char *const places[][2] = {
		{ "/boot/config-", "" },
		{ "/lib/modules/", "/config" },
	};
	char *text = NULL;

	if (!*h->release || strchr(h->release, '/'))
		return NULL;
	for (size_t i = 0; !text && i < sizeof(places) / sizeof(places[0]); i++) {
		char path[sizeof(h->release) + 32];

		snprintf(path, sizeof(path), "%s%s%s", places[i][0], h->release, places[i][1]);
		text = host_file(h->root, path, CONFIG_SIZE_MAX, NULL, &(struct err){ 0 });
	}
	return text;
}

static bool config_says_yes(const char *text, const char *option)
{
	size_t n = strlen(option);

	for (; text; text = strchr(text, '\n')) {
		text += *text == '\n';
		if (!strncmp(text, option, n) && !strncmp(text + n, "=y", 2) &&
		    (text[n + 2] == '\n' || !text[n + 2]))
			return true;
	}
	return false;
}

enum tristate kernel_config(const struct kernel_memory *k, const char *option)
{
	char *text = packed_config(k->host);
	enum tristate answer;

	if (!text)
		text = installed_config(k->host);
	if (!text)
		return UNKNOWN;
	answer = config_says_yes(text, option) ? YES : NO;
	free(text);
	return answer;
}
