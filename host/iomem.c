/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host_file.h"
#include "iomem.h"
#include "lines.h"

#define IOMEM_MAX (1u << 20) /* bytes */

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
	{ "Persistent Memory (legacy)", MEM_LEGACY_PMEM },
	{ "Soft Reserved", MEM_SOFT_RESERVED },
};

static bool type_of(struct line name, enum mem_type *type)
{
	for (size_t i = 0; i < sizeof(mem_names) / sizeof(*mem_names); i++) {
		if (line_is(name, mem_names[i].name)) {
			*type = mem_names[i].type;
			return true;
		}
	}
	return false;
}

bool iomem_type(const char *name, enum mem_type *type)
{
	return type_of((struct line){ name, strlen(name) }, type);
}

/* The type has another name, too: what is of no known type is no other kernel's RAM. */
static bool is_reserved(struct line name)
{
	return line_is(name, "Reserved") || line_is(name, "reserved");
}

static void grow(struct range *r, bool *has, struct range by)
{
	if (!*has || by.start < r->start)
		r->start = by.start;
	if (!*has || by.last > r->last)
		r->last = by.last;
	*has = true;
}

/* With two areas (crashkernel=X,high) the one further up is where a crash kernel is loaded. */
static void add_crash_kernel(struct iomem *m, struct range r)
{
	struct range above = m->has_crash_kernel ? m->crash_kernel : r;

	m->has_crash_kernel_low = m->has_crash_kernel;
	m->crash_kernel_low = r.start < above.start ? r : above;
	m->crash_kernel = r.start < above.start ? above : r;
	m->has_crash_kernel = true;
}

/*
 * Drivers add "System RAM (kmem)" or the like (mm/memory_hotplug.c add_memory_driver_managed());
 * RAM inside of something else was not there at boot either.
 */
static bool add_ram(struct iomem *m, struct range r, struct line name, size_t depth)
{
	if (!line_take_text(&(struct line){ name.at, name.size }, "System RAM"))
		return true;
	if (!m->has_added && (depth || !line_is(name, "System RAM"))) {
		m->has_added = true;
		m->added = r;
		snprintf(m->added_name, sizeof(m->added_name), "%.*s", (int)name.size, name.at);
	}
	return ranges_add(&m->own, r);
}

/* Entries inside others narrow them ("Reserved" in RAM); the map's RAM is the firmware's alone. */
static bool add(struct iomem *m, struct range r, struct line name, size_t depth)
{
	enum mem_type type;

	if (line_is(name, "Crash kernel"))
		add_crash_kernel(m, r);
	else if (line_is(name, "Kernel code") || line_is(name, "Kernel rodata") ||
		 line_is(name, "Kernel data") || line_is(name, "Kernel bss"))
		grow(&m->kernel, &m->has_kernel, r);
	if (!add_ram(m, r, name, depth))
		return false;
	if (!type_of(name, &type))
		return true;
	if (is_reserved(name) && !depth && !ranges_add(&m->reserved, r))
		return false;
	return (type == MEM_RAM && depth) || memmap_set(&m->map, r, type);
}

static bool has_ram(const struct memmap *m)
{
	for (size_t i = 0; i < m->count; i++)
		if (m->at[i].type == MEM_RAM)
			return true;
	return false;
}

bool iomem_parse(struct iomem *m, const char *text, struct err *e)
{
	uint64_t highest = 0;
	unsigned number = 0;
	struct line l;

	*m = (struct iomem){ 0 };
	while (line_next(&text, &l)) {
		size_t depth = line_take_blanks(&l);
		struct range r;

		number++;
		if (!line_take_number(&l, 16, &r.start) || !line_take_text(&l, "-") ||
		    !line_take_number(&l, 16, &r.last) || !line_take_text(&l, " : ") ||
		    r.last < r.start)
			return err_set(e, "line %u is not \"START-END : NAME\"", number);
		if (r.last > highest)
			highest = r.last;
		if (!add(m, r, l, depth))
			return err_set(e, "out of memory");
	}
	if (number && !highest)
		return err_set(e, "all addresses are hidden, the kernel shows them to root only: "
				  "run as root");
	if (!has_ram(&m->map))
		return err_set(e, "lists no System RAM");
	return true;
}

bool iomem_read(struct iomem *m, const char *root, struct err *e)
{
	char *text = host_file(root, "/proc/iomem", IOMEM_MAX, NULL, e);
	bool ok;

	if (!text)
		return false;
	ok = iomem_parse(m, text, e) || err_prefix(e, "%s/proc/iomem", root);
	if (!ok)
		iomem_deinit(m);
	free(text);
	return ok;
}

void iomem_deinit(struct iomem *m)
{
	memmap_deinit(&m->map);
	ranges_deinit(&m->own);
	ranges_deinit(&m->reserved);
}
