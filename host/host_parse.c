/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>
#include <string.h>

#include "host_parse.h"
#include "x86.h"

#define PFN_4G 0x100000u

/* The rest of a line that is being taken apart; never holds a newline. */
struct line {
	const char *at;
	size_t size;
};

static bool next_line(const char **text, struct line *l)
{
	if (!**text)
		return false;
	l->at = *text;
	l->size = strcspn(*text, "\n");
	*text += l->size;
	if (**text)
		++*text;
	return true;
}

static size_t take_blanks(struct line *l)
{
	size_t n = 0;

	while (n < l->size && (l->at[n] == ' ' || l->at[n] == '\t'))
		n++;
	l->at += n;
	l->size -= n;
	return n;
}

static bool take_text(struct line *l, const char *text)
{
	size_t n = strlen(text);

	if (n > l->size || memcmp(l->at, text, n))
		return false;
	l->at += n;
	l->size -= n;
	return true;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 16;
}

static bool take_number(struct line *l, unsigned base, uint64_t *out)
{
	uint64_t value = 0;
	size_t n = 0;

	while (n < l->size && (unsigned)digit(l->at[n]) < base) {
		if (__builtin_mul_overflow(value, base, &value) ||
		    __builtin_add_overflow(value, digit(l->at[n]), &value))
			return false;
		n++;
	}
	l->at += n;
	l->size -= n;
	*out = value;
	return n > 0;
}

static bool line_is(struct line l, const char *text)
{
	return take_text(&l, text) && !l.size;
}

static bool line_has_word(struct line l, const char *word)
{
	while (take_blanks(&l), l.size) {
		const char *blank = memchr(l.at, ' ', l.size);
		struct line one = { l.at, blank ? (size_t)(blank - l.at) : l.size };

		if (line_is(one, word))
			return true;
		l.at += one.size;
		l.size -= one.size;
	}
	return false;
}

static const struct {
	const char *name;
	enum mem_type type;
} mem_names[] = {
	{ "System RAM", MEM_RAM },
	{ "Reserved", MEM_RESERVED },
	{ "reserved", MEM_RESERVED }, /* before 4.17 */
	{ "Unknown E820 type", MEM_RESERVED },
	{ "ACPI Tables", MEM_ACPI },
	{ "ACPI Non-volatile Storage", MEM_NVS },
	{ "Unusable memory", MEM_UNUSABLE },
	{ "Persistent Memory", MEM_PMEM },
	{ "Persistent Memory (legacy)", MEM_RESERVED },
	{ "Soft Reserved", MEM_SOFT_RESERVED },
};

static bool mem_type_of(struct line name, enum mem_type *type)
{
	for (size_t i = 0; i < sizeof(mem_names) / sizeof(*mem_names); i++) {
		if (line_is(name, mem_names[i].name)) {
			*type = mem_names[i].type;
			return true;
		}
	}
	return false;
}

bool host_parse_mem_type(const char *name, enum mem_type *type)
{
	return mem_type_of((struct line){ name, strlen(name) }, type);
}

/* ---- /proc/iomem ---- */

static void grow(struct range *r, bool *has, struct range by)
{
	if (!*has || by.start < r->start)
		r->start = by.start;
	if (!*has || by.last > r->last)
		r->last = by.last;
	*has = true;
}

/* With two areas (crashkernel=X,high) the one further up is where a crash kernel is loaded. */
static void add_crash_kernel(struct host *h, struct range r)
{
	struct range above = h->has_crash_kernel ? h->crash_kernel : r;

	h->has_crash_kernel_low = h->has_crash_kernel;
	h->crash_kernel_low = r.start < above.start ? r : above;
	h->crash_kernel = r.start < above.start ? above : r;
	h->has_crash_kernel = true;
}

/* Entries inside others narrow them ("Reserved" in RAM), but only top-level RAM is the kernel's. */
static bool add_iomem(struct host *h, struct range r, struct line name, size_t depth)
{
	enum mem_type type;

	if (line_is(name, "Crash kernel"))
		add_crash_kernel(h, r);
	else if (line_is(name, "Kernel code") || line_is(name, "Kernel rodata") ||
		 line_is(name, "Kernel data") || line_is(name, "Kernel bss"))
		grow(&h->kernel, &h->has_kernel, r);
	else if (mem_type_of(name, &type) && (type != MEM_RAM || !depth))
		return memmap_set(&h->iomem, r, type);
	return true;
}

static bool has_ram(const struct memmap *m)
{
	for (size_t i = 0; i < m->count; i++)
		if (m->at[i].type == MEM_RAM)
			return true;
	return false;
}

bool host_parse_iomem(struct host *h, const char *text, struct err *e)
{
	uint64_t highest = 0;
	unsigned number = 0;
	struct line l;

	while (next_line(&text, &l)) {
		size_t depth = take_blanks(&l);
		struct range r;

		number++;
		if (!take_number(&l, 16, &r.start) || !take_text(&l, "-") ||
		    !take_number(&l, 16, &r.last) || !take_text(&l, " : ") || r.last < r.start)
			return err_set(e, "line %u is not \"START-END : NAME\"", number);
		if (r.last > highest)
			highest = r.last;
		if (!add_iomem(h, r, l, depth))
			return err_set(e, "out of memory");
	}
	if (number && !highest)
		return err_set(e, "all addresses are hidden, the kernel shows them to root only: "
				  "run as root");
	if (!has_ram(&h->iomem))
		return err_set(e, "lists no System RAM");
	return true;
}

/* ---- /proc/meminfo and /proc/zoneinfo ---- */

void host_parse_meminfo(struct host *h, const char *text)
{
	const struct {
		const char *key;
		uint64_t *to;
	} keys[] = {
		{ "MemTotal:", &h->mem_total },
		{ "MemFree:", &h->mem_free },
		{ "MemAvailable:", &h->mem_available },
	};
	struct line l;

	while (next_line(&text, &l)) {
		for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
			struct line value = l;
			uint64_t kib, bytes;

			if (!take_text(&value, keys[i].key))
				continue;
			take_blanks(&value);
			if (take_number(&value, 10, &kib) &&
			    !__builtin_mul_overflow(kib, 1024, &bytes))
				*keys[i].to = bytes;
		}
	}
}

struct zone {
	uint64_t free, spanned, managed, start; /* pages */
	bool has_start;
};

static uint64_t zone_free_below_4g(const struct zone *z)
{
	uint64_t end, above, share;

	if (!z->has_start || __builtin_add_overflow(z->start, z->spanned, &end))
		return 0;
	if (end <= PFN_4G)
		return z->free;
	above = end - PFN_4G;
	if (z->start >= PFN_4G || z->managed <= above)
		return 0;
	if (__builtin_mul_overflow(z->free, z->managed - above, &share))
		return 0;
	return share / z->managed;
}

static void add_zone(struct host *h, const struct zone *z)
{
	uint64_t bytes;

	if (__builtin_mul_overflow(zone_free_below_4g(z), PAGE_SIZE, &bytes) ||
	    __builtin_add_overflow(h->mem_free_below_4g, bytes, &h->mem_free_below_4g))
		h->mem_free_below_4g = 0;
}

void host_parse_zoneinfo(struct host *h, const char *text)
{
	struct zone z = { 0 };
	struct line l;

	h->mem_free_below_4g = 0;
	while (next_line(&text, &l)) {
		uint64_t *to = NULL;

		if (take_text(&l, "Node ")) {
			add_zone(h, &z);
			z = (struct zone){ 0 };
			continue;
		}
		take_blanks(&l);
		if (take_text(&l, "pages free "))
			to = &z.free;
		else if (take_text(&l, "spanned "))
			to = &z.spanned;
		else if (take_text(&l, "managed "))
			to = &z.managed;
		else if (take_text(&l, "start_pfn:"))
			to = &z.start;
		if (!to)
			continue;
		take_blanks(&l);
		if (!take_number(&l, 10, to))
			*to = 0;
		else if (to == &z.start)
			z.has_start = true;
	}
	add_zone(h, &z);
}

/* ---- /proc/cpuinfo ---- */

/* CPUID leaf 1 eax from what the kernel made of it (arch/x86/lib/cpu.c). */
static uint32_t cpu_signature(uint64_t family, uint64_t model, uint64_t stepping)
{
	uint32_t base = family > 15 ? 15 : family;
	uint32_t extended = family > 15 ? family - 15 : 0;

	return (extended & 0xff) << 20 | (model >> 4 & 0xf) << 16 | base << 8 | (model & 0xf) << 4 |
	       (stepping & 0xf);
}

/* "KEY<tabs>: VALUE" with this key; leaves the value in @l. */
static bool take_key(struct line *l, const char *key)
{
	struct line rest = *l;

	if (!take_text(&rest, key))
		return false;
	take_blanks(&rest);
	if (!take_text(&rest, ":"))
		return false;
	take_blanks(&rest);
	*l = rest;
	return true;
}

static unsigned flags_paging_levels(enum host_arch arch, struct line flags)
{
	if (arch == HOST_X86_64)
		return line_has_word(flags, "la57") ? 5 : 4;
	return line_has_word(flags, "pae") ? 0 : 2;
}

void host_parse_cpuinfo(struct host *h, const char *text)
{
	uint64_t family = 0, model = 0, stepping = 0;
	struct line l;

	h->cpus_online = 0;
	while (next_line(&text, &l)) {
		if (take_key(&l, "processor"))
			h->cpus_online++;
		if (h->cpus_online > 1)
			continue;
		if (take_key(&l, "vendor_id"))
			memcpy(h->cpu.vendor, l.at, l.size < 12 ? l.size : 12);
		else if (take_key(&l, "cpu family"))
			take_number(&l, 10, &family);
		else if (take_key(&l, "model"))
			take_number(&l, 10, &model);
		else if (take_key(&l, "stepping"))
			take_number(&l, 10, &stepping);
		else if (take_key(&l, "flags"))
			h->paging_levels = flags_paging_levels(h->arch, l);
	}
	h->cpu.signature = cpu_signature(family, model, stepping);
}

/* ---- small ones ---- */

enum host_lockdown host_parse_lockdown(const char *text)
{
	if (strstr(text, "[confidentiality]"))
		return LOCKDOWN_CONFIDENTIALITY;
	if (strstr(text, "[integrity]"))
		return LOCKDOWN_INTEGRITY;
	return LOCKDOWN_NONE;
}

uint64_t host_parse_systab(const char *text)
{
	uint64_t value, old = 0;
	struct line l;

	while (next_line(&text, &l)) {
		if (take_text(&l, "ACPI20=0x") && take_number(&l, 16, &value))
			return value;
		if (take_text(&l, "ACPI=0x") && take_number(&l, 16, &value))
			old = value;
	}
	return old;
}

/* ---- the kernel log ---- */

#define LOG_LINES 3

static uint32_t line_mark(struct line l)
{
	uint32_t hash = 2166136261u; /* FNV-1a */

	for (size_t i = 0; i < l.size; i++)
		hash = (hash ^ (uint8_t)l.at[i]) * 16777619u;
	return hash & 0x7fffffff; /* fits a long that may also say -1 */
}

uint32_t host_parse_log_mark(const char *text)
{
	struct line l = { text, 0 };

	while (next_line(&text, &l))
		;
	return line_mark(l);
}

/* The message alone: no "<6>", no "[   12.345678] " (and "[    T1] " of CONFIG_PRINTK_CALLER). */
static struct line log_message(struct line l)
{
	struct line m = l;
	uint64_t level;

	if (take_text(&m, "<") && take_number(&m, 10, &level) && take_text(&m, ">"))
		l = m;
	while (l.size && *l.at == '[') {
		const char *end = memchr(l.at, ']', l.size);

		if (!end)
			break;
		l.size -= end + 1 - l.at;
		l.at = end + 1;
		take_blanks(&l);
	}
	return l;
}

static bool about_kexec(struct line l)
{
	for (struct line at = l; at.size; at.at++, at.size--)
		if (take_text(&(struct line){ at.at, at.size }, "kexec"))
			return true;
	return false;
}

void host_parse_log(const char *text, uint32_t mark, char *out, size_t size)
{
	struct line any[LOG_LINES], ours[LOG_LINES], l;
	size_t any_count = 0, our_count = 0, used = 0;

	out[0] = '\0';
	while (next_line(&text, &l)) {
		struct line m = log_message(l);

		if (line_mark(l) == mark) {
			any_count = our_count = 0;
			continue;
		}
		any[any_count++ % LOG_LINES] = m;
		if (about_kexec(m))
			ours[our_count++ % LOG_LINES] = m;
	}

	const struct line *from = our_count ? ours : any;
	size_t count = our_count ? our_count : any_count;

	for (size_t i = count < LOG_LINES ? 0 : count - LOG_LINES; i < count && used < size; i++) {
		const struct line *m = &from[i % LOG_LINES];

		used += snprintf(out + used, size - used, "%s%.*s", used ? " | " : "", (int)m->size,
				 m->at);
	}
}
