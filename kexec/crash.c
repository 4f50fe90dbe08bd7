/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's own loader does the same for the file call: arch/x86/kernel/crash.c. */
#include <elf.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmdline.h"
#include "crash.h"
#include "elfcorehdr.h"
#include "kernel_map.h"
#include "number.h"
#include "window.h"
#include "x86.h"

/* What a kernel needs to start other CPUs from. */
static const struct range low_memory = { PAGE_SIZE, 0x9ffff };

static bool no_memory(struct err *e)
{
	return err_set(e, "out of memory");
}

bool crash_check(const struct host *h, struct err *e)
{
	return h->iomem.has_crash_kernel ||
	       err_set(e, "no memory is reserved for a crash kernel: boot with crashkernel=256M or "
			  "the like");
}

/* ---- Its memory ---- */

/* Without what is broken. */
static bool good_ram(const struct crash *c, struct ranges *ram)
{
	return ranges_copy(ram, &c->plan->system_ram) && ranges_remove_all(ram, &c->host->broken);
}

/* Keeps what is this machine's RAM, and in order, whatever /proc and /sys say. */
static bool keep_good(const struct crash *c, struct ranges *usable)
{
	struct ranges good = { 0 }, bad = { 0 };
	bool ok = good_ram(c, &good) && ranges_add(&bad, (struct range){ 0, UINT64_MAX }) &&
		  ranges_remove_all(&bad, &good) && ranges_remove_all(usable, &bad);

	ranges_deinit(&good);
	ranges_deinit(&bad);
	return ok;
}

/* What it may use from the moment that it runs: more than what is written while it is loaded. */
static bool usable_memory(const struct crash *c, struct ranges *usable, struct err *e)
{
	const struct iomem *m = &c->host->iomem;

	return ((!c->plan->low.last || ranges_add(usable, c->plan->low)) &&
		ranges_add(usable, c->plan->confined) &&
		(!m->has_crash_kernel_low || ranges_add(usable, m->crash_kernel_low)) &&
		ranges_add_all(usable, &c->host->crash.cma) && keep_good(c, usable)) ||
	       no_memory(e);
}

/*
 * The largest piece below 640 KB. A kernel before 5.5 used it as any other memory, so a copy of it
 * is kept (since 5.5 one with crashkernel= does not, since 5.13 none: arch/x86/realmode/init.c).
 */
static bool pick_low(const struct crash *c)
{
	struct plan *p = c->plan;
	struct ranges good = { 0 };
	bool ok = good_ram(c, &good) && ranges_clip(&good, low_memory);

	for (size_t i = 0; ok && i < good.count; i++) {
		if (!p->low.last || range_size(good.at[i]) > range_size(p->low))
			p->low = good.at[i];
	}
	ranges_deinit(&good);
	return ok;
}

static bool begin(const struct crash *c, struct err *e)
{
	const struct request *r = c->request;
	const struct range bounds = { r->mem_min, r->mem_max };
	struct plan *p = c->plan;

	if (!range_pages_inside(c->host->iomem.crash_kernel, &p->confined))
		return err_set(e, "the memory reserved for a crash kernel is less than a page");
	if (p->confined.start >= FOUR_GIB &&
	    (!c->image->has_64bit_entry || !c->image->can_be_above_4g || r->entry_32bit))
		return err_set(e,
			       "the memory reserved for a crash kernel begins at %#" PRIx64
			       ", and this kernel must be below 4 GiB: boot with crashkernel=SIZE "
			       "without \",high\"",
			       p->confined.start);
	if (!ranges_add(&p->ram, p->confined) || !ranges_remove_all(&p->ram, &c->host->broken) ||
	    !ranges_clip(&p->ram, bounds) || !pick_low(c))
		return no_memory(e);
	return p->ram.count || err_set(e,
				       "--mem-min and --mem-max leave nothing of the memory "
				       "reserved for a crash kernel, %#" PRIx64 "-%#" PRIx64,
				       p->confined.start, p->confined.last);
}

/* All but the elfcorehdr and the copy of low RAM, which have their places now. */
static bool next_map(const struct crash *c, struct err *e)
{
	struct plan *p = c->plan;
	struct ranges usable = { 0 };
	bool ok = usable_memory(c, &usable, e) &&
		  ((ranges_remove(&usable, p->headers) &&
		    (!p->backup.last || ranges_remove(&usable, p->backup))) ||
		   no_memory(e)) &&
		  window_confine(c->host, &p->system_ram, &usable, &p->next, e);

	ranges_deinit(&usable);
	return ok;
}

/* ---- The elfcorehdr ---- */

/* All of this kernel's memory, whoever added it, but what the crash kernel may use. */
static bool dumped_memory(const struct crash *c, struct ranges *ram, struct err *e)
{
	const struct ranges *own = &c->host->iomem.own;
	struct ranges usable = { 0 };
	struct range pages;
	bool ok = usable_memory(c, &usable, e);

	for (size_t i = 0; ok && i < own->count; i++)
		ok = !range_pages_inside(own->at[i], &pages) || ranges_add(ram, pages) ||
		     no_memory(e);
	ok = ok && ((ranges_remove_all(ram, &usable) && ranges_remove_all(ram, &c->host->broken)) ||
		    no_memory(e));
	ranges_deinit(&usable);
	return ok;
}

/* Debuggers of an i386 kernel want ELF32; what the kernel makes itself (--hotplug) is ELF64. */
static bool headers_class(const struct crash *c, const struct ranges *ram, bool *is64,
			  struct err *e)
{
	bool is_i386 = c->host->arch == HOST_I386 && !c->image->has_64bit_entry;

	if (c->request->core_headers == CORE_ELF32 && !is_i386)
		return err_set(e, "--elf32-core-headers is for two i386 kernels: leave it out");
	*is64 = !is_i386 || c->request->core_headers == CORE_ELF64;
	if (c->request->core_headers == CORE_AUTO && ram->count)
		*is64 |= c->plan->update_headers || ram->at[ram->count - 1].last > UINT32_MAX;
	return true;
}

static struct elfcorehdr_wants headers_wants(const struct crash *c, const struct ranges *ram)
{
	const struct host *h = c->host;
	struct elfcorehdr_wants w = {
		.machine = h->arch == HOST_X86_64 ? EM_X86_64 : EM_386,
		.ram = ram,
		.notes = h->crash.notes,
		.note_count = h->crash.note_count,
		.moved = c->plan->low,
		.moved_to = c->plan->backup.start,
	};

	/* An x86_64 kernel takes no other; an i386 one takes it, too (fs/proc/vmcore.c). */
	w.header_machine = c->image->has_64bit_entry ? EM_X86_64 : w.machine;
	kernel_map_direct(&w, c->kernel);
	kernel_map_text(&w, c->kernel);
	return w;
}

/* With --hotplug: what the kernel will put there has to fit, and the digest is without it. */
static bool place_headers(const struct crash *c, struct elfcorehdr_wants *w, struct err *e)
{
	struct place place = {
		.name = "elfcorehdr",
		.highest = true,
		.digest = !c->plan->update_headers,
	};
	struct segment *s;
	uint8_t *bytes;
	uint64_t size = elfcorehdr_size(w), least = c->host->crash.elfcorehdr_size;

	if (c->plan->update_headers && size < least + sizeof(Elf64_Ehdr))
		size = least + sizeof(Elf64_Ehdr);
	place.memsz = page_up(size);
	if (!plan_place(c->plan, &place, &s, e))
		return false;
	w->at = s->paddr;
	w->room = s->memsz;
	c->plan->headers = range_of(s->paddr, s->memsz);
	if (!elfcorehdr_make(w, &bytes, e))
		return false;
	s->owned = bytes;
	s->data = (struct bytes){ bytes, w->room };
	return true;
}

/* The purgatory copies p->low there (include/purgatory_abi.h). */
static bool place_backup(const struct crash *c, struct err *e)
{
	struct plan *p = c->plan;
	struct place place = { .name = "low RAM's copy", .highest = true };
	struct segment *s;

	if (!p->low.last)
		return true;
	place.memsz = range_size(p->low);
	if (!plan_place(p, &place, &s, e))
		return false;
	p->backup = range_of(s->paddr, s->memsz);
	return true;
}

static bool add_headers(struct crash *c, struct err *e)
{
	struct elfcorehdr_wants w;
	struct ranges ram = { 0 };
	bool ok;

	if (!c->host->crash.note_count)
		return err_set(e,
			       "this kernel keeps no notes for a crash "
			       "(/sys/devices/system/cpu/cpu0/crash_notes): it was built without "
			       "CONFIG_CRASH_DUMP=y");
	c->plan->update_headers = c->request->hotplug && c->host->crash.elfcorehdr_size;
	ok = dumped_memory(c, &ram, e);
	if (ok) {
		w = headers_wants(c, &ram);
		c->has_text = w.has_text;
		ok = headers_class(c, &ram, &w.is64, e) && place_headers(c, &w, e);
	}
	ranges_deinit(&ram);
	return ok;
}

/* ---- Its command line ---- */

/* Documentation/admin-guide/kernel-parameters.txt: memmap= */
static char memmap_sign(enum mem_type type)
{
	switch (type) {
	case MEM_RAM:
		return '@';
	case MEM_ACPI:
	case MEM_NVS:
		return '#';
	default:
		return '$';
	}
}

/* --pass-memmap-cmdline: the same as the e820 map in boot_params, which it has in any case. */
static bool put_memmap(const struct crash *c, char **cmdline, struct err *e)
{
	const struct memmap *map = &c->plan->next;
	bool ok = cmdline_add(cmdline, "memmap=exactmap");

	for (size_t i = 0; ok && i < map->count; i++) {
		const struct mem_entry *m = &map->at[i];
		char word[64];

		snprintf(word, sizeof(word), "memmap=0x%" PRIx64 "%c0x%" PRIx64,
			 range_size(m->range), memmap_sign(m->type), m->range.start);
		ok = cmdline_add(cmdline, word);
	}
	return ok || no_memory(e);
}

bool crash_prepare(struct crash *c, char **cmdline, struct err *e)
{
	return begin(c, e) && place_backup(c, e) && add_headers(c, e) && next_map(c, e) &&
	       (cmdline_put_address(cmdline, "elfcorehdr", c->plan->headers.start) ||
		no_memory(e)) &&
	       (!c->request->pass_memmap || put_memmap(c, cmdline, e));
}

bool crash_note(const struct crash *c, enum crash_note which, struct err *note)
{
	switch (which) {
	case CRASH_NO_HOTPLUG:
		err_set(note, "--hotplug: this kernel does not keep a crash kernel's elfcorehdr up "
			      "to date (there is no /sys/kernel/crash_elfcorehdr_size): load again "
			      "when a CPU or memory has come or gone");
		return c->request->hotplug && !c->host->crash.elfcorehdr_size;
	case CRASH_KEYS_STAY:
		err_set(note, "the dm-crypt keys that the kernel keeps for a crash kernel go with "
			      "kexec_file_load(2) only: use -s");
		return c->host->crash.dm_crypt_keys;
	case CRASH_NO_TEXT:
		err_set(note, "the dump will not tell where the kernel's text is mapped: "
			      "/proc/kallsyms hides addresses (kernel.kptr_restrict)");
		return c->host->arch == HOST_X86_64 && !c->has_text;
	}
	return false;
}
