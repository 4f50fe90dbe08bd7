/* SPDX-License-Identifier: GPL-2.0-only */
#include <elf.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmdline.h"
#include "elfcorehdr.h"
#include "host_file.h"
#include "jump.h"
#include "number.h"
#include "window.h"
#include "x86.h"

#define FOUR_GIB_LAST	  UINT32_MAX
#define WINDOW_UNIT	  (2ull << 20)		/* a chosen size is a multiple of it */
#define I386_PAGE_OFFSET  0xc0000000ull		/* CONFIG_VMSPLIT_3G, when kcore does not tell */
#define I386_LOWMEM_LAST  0x37ffffffull		/* 896 MiB - 1, likewise */
#define X86_64_DIRECT_MAP 0xff11000000000000ull /* the lowest of all direct maps ... */

/* The words that we write on B's command line and read on our own. */
static const char word_headers[] = "elfcorehdr", word_entry[] = "kexec_jump_back_entry";

static bool no_memory(struct err *e)
{
	return err_set(e, "out of memory");
}

static uint64_t round_up(uint64_t n, uint64_t unit)
{
	return (n + unit - 1) & ~(unit - 1);
}

static unsigned int host_bits(const struct host *h)
{
	return h->arch == HOST_X86_64 ? 64 : 32;
}

static uint16_t host_machine(const struct host *h)
{
	return h->arch == HOST_X86_64 ? EM_X86_64 : EM_386;
}

/* --- What both gates need --- */

/*
 * What the running kernel does not restore by itself when it is returned to: see doc/jump.md. On
 * i386 no version restores the GDT (arch/x86/kernel/relocate_kernel_32.S).
 */
static bool gate_context(struct gate_wants *gate, const struct host *h,
			 const struct kernel_memory *k, struct err *e)
{
	*gate = (struct gate_wants){ .flags = GATE_CALLED | GATE_STOP_CPUS };
	if (h->arch == HOST_I386 && !h->paging_levels)
		return err_set(e, "cannot tell whether this kernel uses PAE: its VMCOREINFO is not "
				  "to be had (/proc/kcore, root)");
	if (h->arch == HOST_I386 && h->paging_levels == 3)
		gate->flags |= GATE_SET_PAE;
	if (h->arch == HOST_X86_64 && kernel_restores_gdt(k) == YES)
		return true;
	if (!kernel_gdt(k, &gate->gdt_base, &gate->gdt_limit, e))
		return err_prefix(e, "coming back from a jump needs the address of this kernel's "
				     "GDT (CONFIG_KALLSYMS_ALL, /proc/kcore)");
	gate->flags |= GATE_LOAD_GDT;
	return true;
}

/* --- In A --- */

static bool image_suits(const struct host *h, const struct image_bzimage *image, struct err *e)
{
	bool image64 = image->has_64bit_entry, host64 = h->arch == HOST_X86_64;

	if (image64 == host64)
		return true;
	return err_set(e,
		       "a jump needs kernels of one kind: the running one is %s, this one %s; a "
		       "kernel of the other kind can only be booted (kexec -l)",
		       host64 ? "x86_64" : "i386", image64 ? "x86_64" : "i386 (no 64-bit entry)");
}

static bool headers_class(const struct host *h, const struct request *r, bool *is64, struct err *e)
{
	*is64 = r->core_headers != CORE_ELF32;
	if (!*is64 && h->arch == HOST_X86_64)
		return err_set(e, "--elf32-core-headers cannot describe an x86_64 kernel's memory: "
				  "leave it out");
	return true;
}

/*
 * Where the direct map is, from the PT_LOAD of RAM in kcore (fs/proc/kcore.c: KCORE_RAM has its
 * p_paddr, the text has too, all others have -1). i386 with HIGHMEM has one, from 0 to the end of
 * lowmem; without, RAM is in several, of which the last ends there.
 */
static void find_direct_map(const struct host *h, const struct kernel_memory *k,
			    struct elfcorehdr_wants *w)
{
	bool is64 = h->arch == HOST_X86_64;
	uint64_t lowest = is64 ? X86_64_DIRECT_MAP : 0x40000000;
	uint64_t highest = is64 ? START_KERNEL_MAP - 1 : UINT32_MAX;

	w->page_offset = is64 ? UINT64_MAX : I386_PAGE_OFFSET;
	w->direct_last = is64 ? 0 : I386_LOWMEM_LAST;
	for (size_t i = 0; k->kcore >= 0 && i < k->core.load_count; i++) {
		const struct elfcore_load *load = &k->core.loads[i];

		if (load->paddr > load->vaddr || load->vaddr - load->paddr < lowest ||
		    load->vaddr > highest || !load->memsz)
			continue;
		w->page_offset = load->vaddr - load->paddr;
		if (!is64)
			w->direct_last = load->paddr + load->memsz - 1;
	}
}

/* "Kernel code" in /proc/iomem begins at _text (arch/x86/kernel/setup.c). */
static void find_text(const struct host *h, const struct kernel_memory *k, const struct plan *p,
		      struct elfcorehdr_wants *w)
{
	struct err why;

	if (h->arch != HOST_X86_64 || !h->iomem.has_kernel ||
	    range_overlaps(h->iomem.kernel, p->window))
		return;
	w->text = h->iomem.kernel;
	w->has_text = kernel_symbol(k, "_text", &w->text_vaddr, &why);
}

static struct elfcorehdr_wants headers_wants(const struct host *h, const struct kernel_memory *k,
					     bool is64)
{
	struct elfcorehdr_wants w = {
		.is64 = is64,
		.machine = host_machine(h),
		.vmcoreinfo = k->vmcoreinfo,
		.cpus = h->cpu.online ? h->cpu.online : 1,
	};

	find_direct_map(h, k, &w);
	return w;
}

/* Page-aligned bytes for the core headers, before it is known what the window takes out of RAM. */
static uint64_t headers_room(const struct plan *p, const struct host *h, struct elfcorehdr_wants w)
{
	struct jump_record record;

	w.ram = &p->system_ram;
	w.record = &record;
	w.has_text = true;
	/* Each broken page may cut a piece of RAM in two. */
	return round_up(elfcorehdr_size(&w) + h->broken.count * sizeof(Elf64_Phdr), PAGE_SIZE);
}

static bool window_size(const struct request *r, uint64_t needs, struct window_wants *want,
			struct err *e)
{
	char given[24], needed[24];

	want->size_is_users = r->window_size != 0;
	want->size = r->window_size ? r->window_size : round_up(needs, WINDOW_UNIT);
	if (want->size >= needs)
		return true;
	return err_set(e,
		       "--window-size=%s is too small: this kernel, its initrd and room to work "
		       "need %s",
		       number_size_words(want->size, given), number_size_words(needs, needed));
}

/*
 * Chooses what is lent. The core headers take the window's end and the gate what is below them,
 * so that B's kernel finds its place at the start.
 */
static bool lend(struct plan *p, const struct host *h, const struct request *r,
		 const struct image_bzimage *image, uint64_t initrd_size, uint64_t room,
		 struct err *e)
{
	struct window_wants want = {
		.mem_min = r->mem_min,
		.mem_max = r->mem_max,
		.next_arch = h->arch,
		.preferred = image->preferred,
		.align = image->align,
		.limits = p->limits,
	};
	uint64_t needs = layout_linux_needs(image, initrd_size, h->cpu.online);
	struct range gate;
	struct window w;

	if (__builtin_add_overflow(needs, GATE_SIZE + room, &needs) ||
	    needs > UINT64_MAX - WINDOW_UNIT)
		return err_set(e, "an initrd of 0x%" PRIx64 " bytes is too large", initrd_size);
	if (!window_size(r, needs, &want, e) || !window_pick(h, &want, &w, e))
		return false;
	p->window = w.main;
	p->low = w.has_low ? w.low : (struct range){};
	p->headers = range_of(w.main.last - room + 1, room);
	gate = range_of(p->headers.start - GATE_SIZE, GATE_SIZE);

	ranges_deinit(&p->ram);
	if (!ranges_add(&p->ram, gate))
		return no_memory(e);
	if (!purgatory_place(p, e))
		return false;
	if (!ranges_remove(&p->ram, gate) ||
	    !ranges_add(&p->ram, (struct range){ p->window.start, gate.start - 1 }))
		return no_memory(e);
	return true;
}

static struct range gate_range(const struct plan *p)
{
	return range_of(p->gate, GATE_SIZE);
}

static bool has_low(const struct plan *p)
{
	return p->low.last != 0;
}

static bool next_map(struct plan *p, const struct host *h, struct err *e)
{
	struct window_parts parts = {
		.main = p->window,
		.low = p->low,
		.gate = gate_range(p),
		.headers = p->headers,
	};

	return window_map(h, &p->system_ram, &parts, &p->next, e);
}

static bool says_no(const char *value)
{
	return *value && (strchr("0nNfF", *value) || !strncasecmp(value, "off", 3));
}

/*
 * Whether this kernel relies on what its free pages hold (mm/mm_init.c
 * mem_debugging_and_hardening_init()): by what it was told, else by its configuration.
 */
static enum free_content free_content(const struct host *h, const struct kernel_memory *k)
{
	static const char *const words[][2] = {
		{ "init_on_free", "CONFIG_INIT_ON_FREE_DEFAULT_ON" },
		{ "debug_pagealloc", "CONFIG_DEBUG_PAGEALLOC_ENABLE_DEFAULT" },
		{ "page_poison", NULL },
	};
	enum free_content content = FREE_CONTENT_NONE;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		char *value = cmdline_value(h->cmdline ? h->cmdline : "", words[i][0]);
		enum tristate on = NO;

		if (value)
			on = says_no(value) ? NO : YES;
		else if (words[i][1])
			on = kernel_config(k, words[i][1]);
		free(value);
		if (on == YES)
			return FREE_CONTENT_MATTERS;
		if (on == UNKNOWN)
			content = FREE_CONTENT_UNKNOWN;
	}
	return content;
}

static void fill_record(struct jump_record *record, const struct plan *p, const struct host *h,
			const struct kernel_memory *k)
{
	*record = (struct jump_record){
		.magic = JUMP_RECORD_MAGIC,
		.version = JUMP_RECORD_VERSION,
		.size = sizeof(*record),
		.machine = host_machine(h),
		.paging_levels = h->paging_levels,
		.free_content = free_content(h, k),
		.entry = p->gate + GATE_REENTRY,
		.gate_start = gate_range(p).start,
		.gate_last = gate_range(p).last,
		.window_start = p->window.start,
		.window_last = p->window.last,
		.low_start = p->low.start,
		.low_last = p->low.last,
		.headers_start = p->headers.start,
		.headers_last = p->headers.last,
		.text_start = h->iomem.has_kernel ? h->iomem.kernel.start : 0,
		.text_last = h->iomem.has_kernel ? h->iomem.kernel.last : 0,
		.ram_bytes = ranges_size(&p->system_ram),
		.cpu_signature = h->cpu.signature,
	};
	memcpy(record->release, h->release, sizeof(record->release));
	memcpy(record->build, h->build, sizeof(record->build));
	memcpy(record->firmware_map, h->firmware.map_sha256, sizeof(record->firmware_map));
	memcpy(record->cpu_vendor, h->cpu.vendor, sizeof(record->cpu_vendor));
	memcpy(record->cpu_features, h->cpu.features, sizeof(record->cpu_features));
}

/* Of all RAM but what is lent, and what no saver may touch. */
static bool make_headers(const struct plan *p, const struct host *h, struct elfcorehdr_wants *w,
			 uint8_t **bytes, struct err *e)
{
	struct ranges kept = {};
	bool ok;

	ok = ranges_copy(&kept, &p->system_ram) && ranges_remove(&kept, p->window) &&
	     (!has_low(p) || ranges_remove(&kept, p->low)) && ranges_remove_all(&kept, &h->broken);
	w->ram = &kept;
	ok = ok ? elfcorehdr_make(w, bytes, e) : no_memory(e);
	w->ram = NULL;
	ranges_deinit(&kept);
	return ok;
}

static bool add_headers(struct jump *j, struct plan *p, const struct host *h,
			const struct kernel_memory *k, struct elfcorehdr_wants *w, struct err *e)
{
	struct place place = { .name = "core headers", .digest = true };

	fill_record(&j->record, p, h, k);
	find_text(h, k, p, w);
	w->at = p->headers.start;
	w->room = range_size(p->headers);
	w->entry = j->record.entry;
	w->gate = gate_range(p);
	w->record = &j->record;
	if (!make_headers(p, h, w, &place.owned, e))
		return false;
	place.data = (struct bytes){ place.owned, w->room };
	return plan_add_at(p, &place, p->headers.start, NULL, e);
}

/* The words are ours: what somebody gave for another jump (--reuse-cmdline) goes. */
static bool add_words(char **cmdline, const struct jump *j, struct err *e)
{
	char ours[128], *a, *b = NULL, *c = NULL;

	snprintf(ours, sizeof(ours), "%s=0x%" PRIx64 " %s=0x%" PRIx64, word_headers,
		 j->record.headers_start, word_entry, j->record.entry);
	a = cmdline_without(*cmdline ? *cmdline : "", word_headers);
	if (a)
		b = cmdline_without(a, word_entry);
	if (b)
		c = cmdline_join(b, ours);
	free(a);
	free(b);
	if (!c)
		return no_memory(e);
	free(*cmdline);
	*cmdline = c;
	return true;
}

bool jump_prepare(struct jump *j, struct plan *p, const struct host *h,
		  const struct kernel_memory *k, const struct request *r,
		  const struct image_bzimage *image, uint64_t initrd_size, char **cmdline,
		  struct err *e)
{
	struct elfcorehdr_wants headers;
	bool is64;

	*j = (struct jump){};
	if (!image_suits(h, image, e) || !headers_class(h, r, &is64, e) ||
	    !gate_context(&p->gate_wants, h, k, e))
		return false;
	headers = headers_wants(h, k, is64);
	return host_ram_is_all(h, e) &&
	       lend(p, h, r, image, initrd_size, headers_room(p, h, headers), e) &&
	       next_map(p, h, e) && add_headers(j, p, h, k, &headers, e) &&
	       add_words(cmdline, j, e);
}

bool jump_finish(struct plan *p, struct err *e)
{
	return plan_fill(p, p->window, "window", e) &&
	       (!has_low(p) || plan_fill(p, p->low, "low memory", e));
}

/* --- In B --- */

static const char vmcore_path[] = "/proc/vmcore";

static bool vmcore_read(void *opaque, uint64_t offset, void *to, size_t size, struct err *e)
{
	const int *fd = opaque;

	for (size_t done = 0; done < size;) {
		ssize_t got = pread(*fd, (char *)to + done, size - done, (off_t)(offset + done));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_sys(e, errno, "reading %zu bytes at 0x%" PRIx64, size, offset);
		if (!got)
			return err_set(e, "ends before offset 0x%" PRIx64, offset + size);
		done += (size_t)got;
	}
	return true;
}

static bool vmcore_open(int *fd, const struct host *h, const struct kernel_memory *k,
			const char *given, struct err *e)
{
	char *headers;
	bool has_headers;

	if (given) {
		*fd = host_open("", given, e);
		return *fd >= 0;
	}
	*fd = host_open(h->root, vmcore_path, e);
	if (*fd >= 0)
		return true;
	headers = cmdline_value(h->cmdline, word_headers);
	has_headers = headers != NULL;
	free(headers);
	if (!has_headers)
		return err_append(e, ": this kernel was not jumped to (no %s= on its command line)",
				  word_headers);
	if (kernel_config(k, "CONFIG_PROC_VMCORE") == NO)
		return err_append(e, ": this kernel was built without CONFIG_PROC_VMCORE=y");
	return err_append(e,
			  ": this kernel needs CONFIG_PROC_VMCORE=y and good core headers where "
			  "%s= says; its log tells more",
			  word_headers);
}

static bool read_record(const struct elfcore *core, struct jump_record *record, struct err *e)
{
	struct bytes desc;

	if (!elfcore_note(core, JUMP_RECORD_NOTE_NAME, JUMP_RECORD_NOTE, &desc))
		return err_set(e, "has no jump record: the kernel before this one was not left by "
				  "a jump");
	if (!bytes_copy(desc, 0, record, sizeof(*record)) ||
	    memcmp(record->magic, JUMP_RECORD_MAGIC, sizeof(record->magic)) != 0)
		return err_set(e, "has a damaged jump record");
	if (record->version != JUMP_RECORD_VERSION || record->size != sizeof(*record))
		return err_set(e,
			       "has a jump record of version %" PRIu32 ", %" PRIu32 " bytes; "
			       "this program knows version %d, %zu bytes",
			       record->version, record->size, JUMP_RECORD_VERSION, sizeof(*record));
	if (record->gate_start > UINT32_MAX || record->gate_start % PAGE_SIZE ||
	    record->gate_last != record->gate_start + GATE_SIZE - 1 ||
	    record->entry != record->gate_start + GATE_REENTRY ||
	    (record->machine != EM_386 && record->machine != EM_X86_64))
		return err_set(e, "has a damaged jump record");
	return true;
}

static bool read_params(int *fd, const struct elfcore *core, const struct jump_record *record,
			struct gate_params *params, struct err *e)
{
	uint64_t at = record->gate_start + GATE_PARAMS, offset;

	for (size_t i = 0; i < core->load_count; i++) {
		const struct elfcore_load *load = &core->loads[i];

		if (load->paddr > record->gate_start || record->gate_last < load->paddr ||
		    record->gate_last - load->paddr >= load->filesz)
			continue;
		if (__builtin_add_overflow(load->offset, at - load->paddr, &offset))
			continue;
		return vmcore_read(fd, offset, params, sizeof(*params), e);
	}
	return err_set(e, "does not have the gate at 0x%" PRIx64, record->gate_start);
}

/* The gate itself, as the kernel before this one left through it. */
bool jump_check_gate(const struct gate_params *params, const struct jump_record *record,
		     const struct host *h, struct err *e)
{
	if (record->machine != host_machine(h))
		return err_set(e, "the kernel to go back to is %s, this one is %s",
			       record->machine == EM_386 ? "i386" : "x86_64",
			       h->arch == HOST_I386 ? "i386" : "x86_64");
	if (memcmp(params->magic, GATE_MAGIC, sizeof(params->magic)) != 0)
		return err_set(e, "there is no gate at 0x%" PRIx64, record->gate_start);
	if (params->version != GATE_VERSION)
		return err_set(e,
			       "the gate at 0x%" PRIx64 " is of version %" PRIu32 "; this "
			       "program knows %d",
			       record->gate_start, params->version, GATE_VERSION);
	if (params->bits != host_bits(h) || !(params->flags & GATE_CALLED))
		return err_set(e,
			       "the gate at 0x%" PRIx64 " is not one that can be returned "
			       "through",
			       record->gate_start);
	if (!params->return_address)
		return err_set(e, "nobody has left through the gate at 0x%" PRIx64,
			       record->gate_start);
	return true;
}

static bool read_peer(int *fd, struct jump_record *record, struct gate_params *params,
		      struct err *e)
{
	struct elfcore core;
	bool ok;

	if (!elfcore_read(&core, vmcore_read, fd, UINT64_MAX, e))
		return false;
	ok = read_record(&core, record, e) && read_params(fd, &core, record, params, e);
	elfcore_deinit(&core);
	return ok;
}

/* @entry: NULL when it is not known but from the other kernel's memory. */
static bool find_peer(const struct host *h, const struct kernel_memory *k, const struct request *r,
		      const uint64_t *entry, struct jump_record *record, struct err *e)
{
	struct gate_params params;
	bool ok;
	int fd;

	if (!vmcore_open(&fd, h, k, r->vmcore, e))
		return false;
	ok = read_peer(&fd, record, &params, e);
	close(fd);
	if (!ok)
		return err_prefix(e, "%s%s", r->vmcore ? "" : h->root,
				  r->vmcore ? r->vmcore : vmcore_path);
	if (entry && *entry != record->entry)
		return err_set(e,
			       "0x%" PRIx64 " is not the way back: the gate of the kernel "
			       "before this one has its entry at 0x%" PRIx64,
			       *entry, record->entry);
	return jump_check_gate(&params, record, h, e);
}

static bool find_entry(const struct host *h, const struct request *r, uint64_t *entry, bool *known,
		       struct err *e)
{
	char *word;
	bool ok;

	*known = true;
	if (r->has_entry) {
		*entry = r->entry;
		return true;
	}
	word = cmdline_value(h->cmdline, word_entry);
	if (!word && r->vmcore) {
		*known = false;
		return true;
	}
	if (!word)
		return err_set(e, "this kernel was not jumped to: %s= is not on its command line",
			       word_entry);
	ok = number_parse(word, entry, e) || err_prefix(e, "%s= on the command line", word_entry);
	free(word);
	return ok;
}

/*
 * B's gate may be anywhere but in the low megabyte, which has its own uses, and in the kernel
 * itself. A's must not be in RAM that this kernel uses as its own.
 */
static bool helper_ram(struct plan *p, const struct host *h, const struct request *r,
		       const struct jump_record *record, struct err *e)
{
	const struct range peer = { record->gate_start, record->gate_last };
	const struct range reach = { 1 << 20, FOUR_GIB_LAST };
	struct range within, bounds = { r->mem_min, r->mem_max };

	if (!host_free_ram(h, &p->ram, e))
		return false;
	if (ranges_overlap(&p->system_ram, peer))
		return err_set(e,
			       "the gate at 0x%" PRIx64 " lies in this kernel's own RAM: it may "
			       "have been overwritten",
			       peer.start);
	if (r->mem_min > r->mem_max || !range_intersect(reach, bounds, &within))
		return err_set(e, "--mem-min and --mem-max leave nothing below 4 GiB for the gate");
	if (!ranges_clip(&p->ram, within) ||
	    (h->iomem.has_kernel && !ranges_remove(&p->ram, h->iomem.kernel)))
		return no_memory(e);
	return true;
}

bool jump_helper(struct jump *j, struct plan *p, const struct host *h,
		 const struct kernel_memory *k, const struct request *r, struct err *e)
{
	uint64_t entry;
	bool known;

	*j = (struct jump){};
	if (!find_entry(h, r, &entry, &known, e) ||
	    !find_peer(h, k, r, known ? &entry : NULL, &j->record, e))
		return false;
	if (r->one_way)
		p->gate_wants.flags = GATE_STOP_CPUS;
	else if (!gate_context(&p->gate_wants, h, k, e))
		return false;
	p->gate_wants.peer_entry = j->record.entry;
	return helper_ram(p, h, r, &j->record, e) && purgatory_place(p, e);
}
