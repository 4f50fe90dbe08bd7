/* SPDX-License-Identifier: GPL-2.0-only */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "number.h"
#include "print_plan.h"
#include "purgatory_abi.h"
#include "x86.h"

#define ADDRESS	  "0x%012" PRIx64
#define MAP_WIDTH 46

static const char *const verb_words[] = {
	[PLAN_LOAD] = "load",
	[PLAN_LOAD_CRASH] = "load for a crash",
	[PLAN_LOAD_JUMP] = "load for a jump",
	[PLAN_LOAD_HELPER] = "load the way back",
	[PLAN_LOAD_CALL] = "load a program",
	[PLAN_LOAD_CRASH_BACK] = "load the way back for a crash",
	[PLAN_LOAD_SAVED] = "load a saved kernel",
};

static void print_flags(FILE *to, uint64_t flags)
{
	uint64_t arch = flags & 0xffff0000;

	fprintf(to, "flags: %#" PRIx64 "%s%s%s%s%s\n", flags,
		arch == KEXEC_ARCH_I386_FLAG ? " i386" : "",
		arch == KEXEC_ARCH_X86_64_FLAG ? " x86_64" : "",
		flags & KEXEC_ON_CRASH_FLAG ? " on_crash" : "",
		flags & KEXEC_CRASH_HOTPLUG_FLAG ? " crash_hotplug" : "",
		flags & KEXEC_PRESERVE_CONTEXT_FLAG ? " preserve_context" : "");
}

static void print_range(FILE *to, const char *name, struct range r)
{
	if (r.last)
		fprintf(to, "%s: " ADDRESS "-" ADDRESS "\n", name, r.start, r.last);
}

/* Where the purgatory goes, and with what in which register. */
static void print_next(FILE *to, const struct plan *p)
{
	if (!p->entry_bits)
		return;
	if (p->verb == PLAN_LOAD_CALL) {
		fprintf(to, "program entry: " ADDRESS " (%u bit)\n", p->kernel_entry,
			p->entry_bits);
		fprintf(to, "block: %#" PRIx64 ", %" PRIu32 " bytes\n", p->boot_params,
			p->call_size);
		return;
	}
	fprintf(to, "kernel entry: " ADDRESS " (%u bit)\n", p->kernel_entry, p->entry_bits);
	if (p->entry_bits == 16)
		fprintf(to, "registers: ds = ss = %#" PRIx64 ", sp = %#" PRIx32 "\n",
			p->boot_params >> 4, p->stack);
	else if (p->magic_eax)
		fprintf(to, "registers: eax = %#" PRIx32 ", ebx = %#" PRIx64 "\n", p->magic_eax,
			p->boot_params);
	else
		fprintf(to, "registers: %s = %#" PRIx64 "\n", p->entry_bits == 64 ? "rsi" : "esi",
			p->boot_params);
}

static void print_segments(FILE *to, const struct plan *p)
{
	fprintf(to, "segments: %zu\n", p->segment_count);
	for (size_t i = 0; i < p->segment_count; i++) {
		const struct segment *s = &p->segments[i];

		fprintf(to,
			"  " ADDRESS "-" ADDRESS "  memory %#" PRIx64 "  data %#zx"
			"  digest %s  %s\n",
			s->paddr, s->paddr + s->memsz - 1, s->memsz, s->data.size,
			s->digest ? "yes" : "no", s->name);
	}
}

static void print_next_map(FILE *to, const struct plan *p)
{
	if (p->next.count)
		fprintf(to, "memory map of the next kernel: %zu\n", p->next.count);
	for (size_t i = 0; i < p->next.count; i++) {
		const struct mem_entry *m = &p->next.at[i];

		fprintf(to, "  " ADDRESS "-" ADDRESS "  %s\n", m->range.start, m->range.last,
			mem_type_name(m->type));
	}
}

static void print_screen(FILE *to, const struct screen *s)
{
	const struct framebuffer *f = screen_picture(s);

	if (!f->base)
		return;
	fprintf(to,
		"screen: %s, %" PRIu32 "x%" PRIu32 ", %" PRIu32 " bits, at %#" PRIx64 "%s%s%s\n",
		s->boot.base ? screen_type_name(&s->info) : "framebuffer", f->width, f->height,
		f->depth, f->base, *s->driver ? ", driven by " : "", s->driver,
		s->is_as_booted || s->now.base ? "" : " now");
}

void print_plan(FILE *to, const struct plan *p, const struct backend *way)
{
	fprintf(to, "plan: %s\n", verb_words[p->verb]);
	if (p->image_type)
		fprintf(to, "image: %s\n", p->image_type);
	fprintf(to, "call: %s\n", way->call);
	print_flags(to, backend_load_flags(p));
	fprintf(to, "entry: " ADDRESS " (%u bit)\n", p->entry, p->gate_bits);
	fprintf(to, "gate: " ADDRESS "\n", p->gate);
	print_next(to, p);
	if (p->efi_regions)
		fprintf(to, "EFI: handed over, %zu regions of runtime services\n", p->efi_regions);
	else if (p->efi_why_not)
		fprintf(to, "EFI: left out: %s\n", p->efi_why_not);
	if (p->is_linux)
		print_screen(to, p->screen);
	if (p->handed_nodes)
		fprintf(to, "setup_data: %s\n", p->handed_nodes);
	print_range(to, "reserved for a crash kernel", p->confined);
	print_range(to, "window", p->window);
	print_range(to, "low RAM", p->low);
	print_range(to, "elfcorehdr", p->headers);
	print_range(to, "for a crash", p->crash);
	if (p->gate_wants.flags & GATE_MONITOR)
		fprintf(to,
			"monitor: the boot CPU; the kernel starts on the one with APIC ID %" PRIu32
			", at 0x%" PRIx32 "\n",
			p->gate_wants.monitor_cpu, p->gate_wants.monitor_page);
	if (p->watchdog)
		fprintf(to, "watchdog: %s, armed for %" PRIu64 " s\n", p->watchdog,
			p->watchdog_seconds);
	print_segments(to, p);
	print_next_map(to, p);
	if (p->cmdline)
		fprintf(to, "command line: %s\n", p->cmdline);
}

void print_file_call(FILE *to, const struct file_call *c)
{
	fprintf(to, "plan: %s\n",
		verb_words[c->flags & KEXEC_FILE_ON_CRASH_FLAG ? PLAN_LOAD_CRASH : PLAN_LOAD]);
	fprintf(to, "call: %s\nflags: %#lx%s%s%s%s\n", backend_file.call, c->flags,
		c->flags & KEXEC_FILE_ON_CRASH_FLAG ? " on_crash" : "",
		c->flags & KEXEC_FILE_DEBUG_FLAG ? " debug" : "",
		c->flags & KEXEC_FILE_NO_CMA_FLAG ? " no_cma" : "",
		c->flags & KEXEC_FILE_FORCE_DTB_FLAG ? " force_dtb" : "");
	fprintf(to, "kernel: %s, %#zx bytes\n", c->kernel, c->image.size);
	if (c->initrd_size)
		fprintf(to, "initrd: %#" PRIx64 " bytes\n", c->initrd_size);
	fprintf(to, "command line: %s\n", c->cmdline);
}

void print_result(FILE *to, const struct backend *way, const struct backend_result *result)
{
	fprintf(to, "loaded by: %s, flags %#lx\n", way->call, result->flags);
}

/* The pages of a segment that hold data; the rest of it is zero. */
static bool in_data(const struct segment *s, uint64_t address)
{
	return address - s->paddr < (page_up(s->data.size));
}

static bool inside(struct range r, uint64_t address)
{
	return r.last && r.start <= address && address <= r.last;
}

static const char *segment_at(const struct plan *p, uint64_t address, bool jump)
{
	for (size_t i = 0; i < p->segment_count; i++) {
		const struct segment *s = &p->segments[i];

		if (inside((struct range){ s->paddr, s->paddr + s->memsz - 1 }, address))
			return !jump || in_data(s, address) ? s->name : NULL;
	}
	return NULL;
}

static bool is_usable(const struct plan *p, uint64_t address)
{
	for (size_t i = 0; i < p->next.count; i++) {
		if (inside(p->next.at[i].range, address))
			return p->next.at[i].type == MEM_RAM;
	}
	return false;
}

/* Who owns the byte at @address while the next kernel runs; NULL: no memory is known there. */
static const char *owner(const struct plan *p, uint64_t address)
{
	bool jump = p->verb == PLAN_LOAD_JUMP;
	const char *name = segment_at(p, address, jump);
	struct range here = { address, address };

	if (name)
		return name;
	if (inside(p->window, address))
		return jump ? "B: window" : "window";
	if (inside(p->low, address))
		return jump ? "B: low RAM" : "low RAM";
	if (p->verb == PLAN_LOAD_CRASH && ranges_contain(&p->system_ram, here) &&
	    !is_usable(p, address))
		return "this kernel";
	if ((jump || p->verb == PLAN_LOAD_HELPER || p->verb == PLAN_LOAD_CRASH_BACK) &&
	    ranges_contain(&p->system_ram, here))
		return jump ? "A: this kernel" : "B: this kernel";
	for (size_t i = 0; i < p->next.count; i++) {
		if (range_contains(p->next.at[i].range, here))
			return mem_type_name(p->next.at[i].type);
	}
	return ranges_contain(&p->system_ram, here) ? "RAM of this kernel" : NULL;
}

/* Addresses where the owner may change. */
struct cuts {
	uint64_t *at;
	size_t count;
};

static void cut(struct cuts *c, struct range r)
{
	c->at[c->count++] = r.start;
	if (r.last != UINT64_MAX)
		c->at[c->count++] = r.last + 1;
}

static int by_value(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static bool cuts_make(struct cuts *c, const struct plan *p)
{
	size_t room = 2 * (p->next.count + p->system_ram.count + 2 * p->segment_count + 2);

	c->count = 0;
	c->at = calloc(room, sizeof(*c->at));
	if (!c->at)
		return false;
	for (size_t i = 0; i < p->next.count; i++)
		cut(c, p->next.at[i].range);
	for (size_t i = 0; i < p->system_ram.count; i++)
		cut(c, p->system_ram.at[i]);
	for (size_t i = 0; i < p->segment_count; i++) {
		const struct segment *s = &p->segments[i];
		uint64_t pages = page_up(s->data.size);

		cut(c, (struct range){ s->paddr, s->paddr + s->memsz - 1 });
		if (pages)
			cut(c, (struct range){ s->paddr, s->paddr + pages - 1 });
	}
	if (p->window.last)
		cut(c, p->window);
	if (p->low.last)
		cut(c, p->low);
	qsort(c->at, c->count, sizeof(c->at[0]), by_value);
	return true;
}

static void draw_line(FILE *to, uint64_t address)
{
	fprintf(to, ADDRESS " +", address);
	for (int i = 0; i < MAP_WIDTH; i++)
		putc('-', to);
	fputs("+\n", to);
}

static void draw_box(FILE *to, const char *name, uint64_t size)
{
	char words[24];

	fprintf(to, "%14s | %-*s%12s |\n", "", MAP_WIDTH - 14, name,
		number_size_words(size, words));
}

static bool same(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

bool print_map(FILE *to, const struct plan *p, struct err *e)
{
	const char *name = NULL;
	struct cuts cuts;
	uint64_t start = 0;

	if (!cuts_make(&cuts, p))
		return err_set(e, "out of memory");
	for (size_t i = 0; i < cuts.count; i++) {
		const char *next = owner(p, cuts.at[i]);

		if (same(name, next))
			continue;
		if (name)
			draw_box(to, name, cuts.at[i] - start);
		else if (i)
			fputs("              :\n", to);
		draw_line(to, cuts.at[i]);
		start = cuts.at[i];
		name = next;
	}
	if (name)
		draw_box(to, name, -start);
	free(cuts.at);
	return true;
}

void print_note(FILE *to, const char *text)
{
	fprintf(to, "kexec: %s\n", text);
}
