/* SPDX-License-Identifier: GPL-2.0-only */
#include <elf.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmdline.h"
#include "elfcorehdr.h"
#include "jump.h"
#include "kernel_map.h"
#include "lend.h"
#include "monitor_cpu.h"
#include "x86.h"

static bool no_memory(struct err *e)
{
	return err_set(e, "out of memory");
}

/*
 * See doc/jump.md. On i386 no version restores the GDT (arch/x86/kernel/relocate_kernel_32.S).
 */
bool jump_gate_context(struct jump *j, struct err *e)
{
	struct gate_wants *gate = &j->plan->gate_wants;
	const struct host *h = j->host;

	*gate = (struct gate_wants){ .flags = GATE_CALLED | GATE_STOP_CPUS };
	if (h->arch == HOST_I386 && !h->paging_levels)
		return err_set(e, "cannot tell whether this kernel uses PAE: its VMCOREINFO cannot "
				  "be read, which takes root and /proc/kcore");
	if (h->arch == HOST_I386 && h->paging_levels == 3)
		gate->flags |= GATE_SET_PAE;
	if (j->plan->limits->restores_gdt ||
	    (h->arch == HOST_X86_64 && kernel_restores_gdt(j->kernel) == YES))
		return true;
	if (!kernel_gdt(j->kernel, &gate->gdt_base, &gate->gdt_limit, e))
		return err_prefix(e, "coming back from a jump needs the address of this kernel's "
				     "GDT (CONFIG_KALLSYMS_ALL, /proc/kcore)");
	gate->flags |= GATE_LOAD_GDT;
	return true;
}

static bool image_suits(const struct host *h, const struct linux_kernel *image, struct err *e)
{
	return !image->has_64bit_entry || h->arch == HOST_X86_64 || !h->cpu.has_flags ||
	       h->cpu.lm || err_set(e, "this is an x86_64 kernel, and the CPU has no 64-bit mode");
}

/* ---- The elfcorehdr: how B sees A's memory ---- */

static bool headers_class(const struct jump *j, bool next_is_64, bool *is64, struct err *e)
{
	*is64 = j->request->core_headers != CORE_ELF32;
	if (!*is64 && (j->host->arch == HOST_X86_64 || next_is_64))
		return err_set(e, "--elf32-core-headers is for two i386 kernels: leave it out");
	return true;
}

static void find_text(const struct jump *j, struct elfcorehdr_wants *w)
{
	if (!range_overlaps(j->host->iomem.kernel, j->plan->window))
		kernel_map_text(w, j->kernel);
}

static struct elfcorehdr_wants headers_wants(const struct jump *j, bool is64)
{
	const struct host *h = j->host;
	struct elfcorehdr_wants w = {
		.is64 = is64,
		.machine = h->arch == HOST_X86_64 ? EM_X86_64 : EM_386,
		.header_machine = h->arch == HOST_X86_64 ? EM_X86_64 : EM_386,
		.vmcoreinfo = j->kernel->vmcoreinfo,
		.cpus = h->cpu.online ? h->cpu.online : 1,
	};

	kernel_map_direct(&w, j->kernel);
	return w;
}

/* Page-aligned bytes for the elfcorehdr, before it is known what the window takes out of RAM. */
static uint64_t headers_size(const struct jump *j, struct elfcorehdr_wants w)
{
	struct jump_record record;

	w.ram = &j->plan->system_ram;
	w.record = &record;
	w.has_text = true;
	/* Each broken page may cut a piece of RAM in two. */
	return page_up(elfcorehdr_size(&w) + j->host->broken.count * sizeof(Elf64_Phdr));
}

/* ---- The record: what C has to know of A ---- */

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

static void fill_record(struct jump *j)
{
	const struct plan *p = j->plan;
	const struct host *h = j->host;
	struct jump_record *record = &j->record;

	*record = (struct jump_record){
		.magic = JUMP_RECORD_MAGIC,
		.version = JUMP_RECORD_VERSION,
		.size = sizeof(*record),
		.machine = h->arch == HOST_X86_64 ? EM_X86_64 : EM_386,
		.paging_levels = h->paging_levels,
		.free_content = free_content(h, j->kernel),
		.entry = p->gate + GATE_REENTRY,
		.gate_start = lend_gate(p).start,
		.gate_last = lend_gate(p).last,
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
static bool make_headers(const struct jump *j, struct elfcorehdr_wants *w, uint8_t **bytes,
			 struct err *e)
{
	const struct plan *p = j->plan;
	struct ranges kept = {};
	bool ok;

	ok = ranges_copy(&kept, &p->system_ram) && ranges_remove(&kept, p->window) &&
	     (!p->low.last || ranges_remove(&kept, p->low)) &&
	     ranges_remove_all(&kept, &j->host->broken);
	w->ram = &kept;
	ok = ok ? elfcorehdr_make(w, bytes, e) : no_memory(e);
	w->ram = NULL;
	ranges_deinit(&kept);
	return ok;
}

static bool add_headers(struct jump *j, struct elfcorehdr_wants *w, struct err *e)
{
	struct place place = { .name = "elfcorehdr", .digest = true };
	struct plan *p = j->plan;

	fill_record(j);
	find_text(j, w);
	w->at = p->headers.start;
	w->room = range_size(p->headers);
	w->entry = j->record.entry;
	w->gate = lend_gate(p);
	w->record = &j->record;
	if (!make_headers(j, w, &place.owned, e))
		return false;
	place.data = (struct bytes){ place.owned, w->room };
	return plan_add_at(p, &place, p->headers.start, NULL, e);
}

/* ---- All of it ---- */

/*
 * What turns a B that is lost into one that panics, unless somebody has said how he wants it; and
 * what its crash cannot undo: an IOMMU stays on.
 */
static const struct {
	const char *word, *value;
	bool ours; /* whatever was given */
} crash_words[] = {
	{ "intel_iommu", "off", true },	     { "amd_iommu", "off", true },
	{ "intremap", "off", true },	     { "oops", "panic", false },
	{ "softlockup_panic", "1", false },  { "hung_task_panic", "1", false },
	{ "unknown_nmi_panic", "1", false },
};

static bool add_crash_words(char **cmdline, const struct plan *p, struct err *e)
{
	/* Unless the boot CPU waits, only that can go back, or an INIT would reset it. */
	const char *one_cpu = p->gate_wants.flags & GATE_MONITOR ? "" : " nr_cpus=1";
	char words[256];
	int used = snprintf(words, sizeof(words), "crashkernel=%" PRIu64 "M@0x%" PRIx64 "%s",
			    range_size(p->crash) / MIB, p->crash.start, one_cpu);

	for (size_t i = 0; i < sizeof(crash_words) / sizeof(crash_words[0]); i++) {
		char *given = cmdline_value(*cmdline, crash_words[i].word);

		if (!given || crash_words[i].ours)
			used += snprintf(words + used, sizeof(words) - used, " %s=%s",
					 crash_words[i].word, crash_words[i].value);
		free(given);
	}
	return cmdline_add(cmdline, words) || no_memory(e);
}

static bool add_monitor_word(char **cmdline, const struct jump *j, struct err *e)
{
	char word[64];

	monitor_word(j, word, sizeof(word));
	return cmdline_add(cmdline, word) || no_memory(e);
}

/* The words are ours: what somebody gave for another jump (--reuse-cmdline) goes. */
static bool add_words(char **cmdline, const struct jump *j, struct err *e)
{
	if (!cmdline_put_address(cmdline, JUMP_WORD_HEADERS, j->record.headers_start) ||
	    !cmdline_put_address(cmdline, JUMP_WORD_ENTRY, j->record.entry))
		return no_memory(e);
	return (!j->request->monitor || add_monitor_word(cmdline, j, e)) &&
	       (!j->plan->crash.last || add_crash_words(cmdline, j->plan, e));
}

/* What both kinds of jump need of the kernel that runs. */
static bool begin(struct jump *j, bool next_is_64, struct elfcorehdr_wants *headers, struct err *e)
{
	bool is64;

	if (!headers_class(j, next_is_64, &is64, e) || !jump_gate_context(j, e) ||
	    !host_ram_is_all(j->host, e))
		return false;
	*headers = headers_wants(j, is64);
	/* An x86_64 kernel takes no other; an i386 one takes it, too (fs/proc/vmcore.c). */
	if (next_is_64)
		headers->header_machine = EM_X86_64;
	return true;
}

bool jump_prepare(struct jump *j, const struct linux_kernel *image, uint64_t initrd_size,
		  char **cmdline, struct err *e)
{
	struct lend_wants want = {
		.host = j->host,
		.request = j->request,
		.image = image,
		.initrd_size = initrd_size,
	};
	struct elfcorehdr_wants headers;

	if (!image_suits(j->host, image, e) || !begin(j, image->has_64bit_entry, &headers, e))
		return false;
	want.headers_size = headers_size(j, headers);
	return lend(j->plan, &want, e) && (!j->request->monitor || monitor_prepare(j, e)) &&
	       add_headers(j, &headers, e) && add_words(cmdline, j, e);
}

bool jump_prepare_again(struct jump *j, const struct record *record, uint64_t entry, uint32_t bits,
			struct err *e)
{
	struct plan *p = j->plan;
	struct elfcorehdr_wants headers;

	if (!begin(j, bits == 64, &headers, e) || !lend_again(p, &record->lent, e))
		return false;
	p->gate_wants.peer_entry = entry;
	p->gate_wants.peer_bits = bits;
	return add_headers(j, &headers, e);
}
