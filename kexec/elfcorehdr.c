/* SPDX-License-Identifier: GPL-2.0-only */
#include <elf.h>
#include <inttypes.h>
#include <stdlib.h>

#include "elfcore_write.h"
#include "elfcorehdr.h"

#define NOTE_VMCOREINFO 0 /* kernel/vmcore_info.c */
#define HOLES		2 /* in w->ram, still to come: see elfcorehdr.h */

static uint64_t notes_size(const struct elfcorehdr_wants *w)
{
	uint64_t size =
		w->cpus * elfcore_note_size("CORE", elfcore_prstatus_size(w->header_machine));

	if (w->vmcoreinfo.size)
		size += elfcore_note_size("VMCOREINFO", w->vmcoreinfo.size);
	if (w->record)
		size += elfcore_note_size(JUMP_RECORD_NOTE_NAME, sizeof(*w->record));
	return size;
}

/* i386 only: a range that begins in the direct map and ends above it. */
static bool crosses_direct_map(const struct elfcorehdr_wants *w, struct range r)
{
	return w->direct_last && r.start <= w->direct_last && r.last > w->direct_last;
}

static bool has_gate(const struct elfcorehdr_wants *w)
{
	return w->gate.last;
}

static bool has_moved(const struct elfcorehdr_wants *w)
{
	return w->moved.last;
}

static size_t load_count(const struct elfcorehdr_wants *w)
{
	size_t count = w->ram->count + w->has_text + has_gate(w) + has_moved(w);

	for (size_t i = 0; i < w->ram->count; i++)
		count += crosses_direct_map(w, w->ram->at[i]);
	return count;
}

static uint64_t block_size(const struct elfcorehdr_wants *w, size_t loads)
{
	if (w->note_count)
		return elfcore_headers_size_notes(w->is64, loads, w->note_count);
	return elfcore_headers_size(w->is64, loads, notes_size(w));
}

uint64_t elfcorehdr_size(const struct elfcorehdr_wants *w)
{
	return block_size(w, load_count(w) + HOLES);
}

/* @offset: where it lies in memory. */
static bool add_load_at(struct elfcore *core, struct range r, uint64_t offset, uint64_t vaddr)
{
	uint64_t size = range_size(r);

	return elfcore_add_load(core, &(struct elfcore_load){
					      .flags = PF_R | PF_W | PF_X,
					      .offset = offset,
					      .paddr = r.start,
					      .vaddr = vaddr,
					      .filesz = size,
					      .memsz = size,
				      });
}

static bool add_load(struct elfcore *core, struct range r, uint64_t vaddr)
{
	return add_load_at(core, r, r.start, vaddr);
}

/*
 * makedumpfile takes p_vaddr 0 on x86_64 for "none" (NOT_KV_ADDR). On i386 it would believe that
 * a segment of more than 3 GiB at 0 covers the kernel's addresses: there -1 is the custom.
 */
static uint64_t no_vaddr(const struct elfcorehdr_wants *w)
{
	return w->machine == EM_386 ? UINT64_MAX : 0;
}

static uint64_t direct_vaddr(const struct elfcorehdr_wants *w, uint64_t paddr)
{
	if (w->page_offset == UINT64_MAX || (w->direct_last && paddr > w->direct_last))
		return no_vaddr(w);
	return w->page_offset + paddr;
}

static bool add_ram(const struct elfcorehdr_wants *w, struct elfcore *core, struct range r)
{
	struct range low = { r.start, w->direct_last };

	if (crosses_direct_map(w, r)) {
		if (!add_load(core, low, direct_vaddr(w, low.start)))
			return false;
		r.start = low.last + 1;
	}
	return add_load(core, r, direct_vaddr(w, r.start));
}

/* One PT_NOTE, and the first header: fs/proc/vmcore.c merge_note_headers_elf64() relies on that. */
static bool add_notes(const struct elfcorehdr_wants *w, struct elfcore *core)
{
	struct bytes record = { (const uint8_t *)w->record, sizeof(*w->record) };

	for (unsigned int i = 0; i < w->cpus; i++)
		if (!elfcore_add_note(core, "CORE", NT_PRSTATUS,
				      (struct bytes){ NULL,
						      elfcore_prstatus_size(w->header_machine) }))
			return false;
	return (!w->vmcoreinfo.size ||
		elfcore_add_note(core, "VMCOREINFO", NOTE_VMCOREINFO, w->vmcoreinfo)) &&
	       (!w->record ||
		elfcore_add_note(core, JUMP_RECORD_NOTE_NAME, JUMP_RECORD_NOTE, record));
}

static bool add_loads(const struct elfcorehdr_wants *w, struct elfcore *core)
{
	if (w->has_text && !add_load(core, w->text, w->text_vaddr))
		return false;
	if (has_moved(w) &&
	    !add_load_at(core, w->moved, w->moved_to, direct_vaddr(w, w->moved.start)))
		return false;
	for (size_t i = 0; i < w->ram->count; i++)
		if (!add_ram(w, core, w->ram->at[i]))
			return false;
	return !has_gate(w) || add_load(core, w->gate, no_vaddr(w));
}

static size_t note_headers(const struct elfcorehdr_wants *w)
{
	return w->note_count ? w->note_count : 1;
}

/* The highest address that an ELF32 header would have to express. */
static uint64_t notes_last(const struct elfcorehdr_wants *w)
{
	uint64_t last = 0;

	for (size_t i = 0; i < w->note_count; i++)
		last = w->notes[i].last > last ? w->notes[i].last : last;
	return last;
}

static bool check(const struct elfcorehdr_wants *w, size_t loads, struct err *e)
{
	const struct ranges *ram = w->ram;
	uint64_t ram_last = ram->count ? ram->at[ram->count - 1].last : 0, block_last;

	/* /proc/vmcore knows no more (its e_phnum). */
	if (loads + note_headers(w) >= PN_XNUM)
		return err_set(e,
			       "RAM is in %zu pieces and notes in %zu, more than an elfcorehdr "
			       "can describe",
			       loads, note_headers(w));
	if (block_size(w, loads) > w->room || w->room > SIZE_MAX)
		return err_set(e, "an elfcorehdr of %" PRIu64 " bytes does not fit in 0x%" PRIx64,
			       block_size(w, loads), w->room);
	if (__builtin_add_overflow(w->at, w->room - 1, &block_last))
		return err_set(e, "an elfcorehdr cannot be at 0x%" PRIx64, w->at);
	if (w->is64)
		return true;
	if (ram_last > UINT32_MAX)
		return err_set(e,
			       "an ELF32 elfcorehdr cannot describe RAM up to 0x%" PRIx64
			       ": leave out --elf32-core-headers",
			       ram_last);
	if (block_last > UINT32_MAX || w->gate.last > UINT32_MAX || w->entry > UINT32_MAX ||
	    notes_last(w) > UINT32_MAX)
		return err_set(e, "an ELF32 elfcorehdr, its notes and its gate must be below "
				  "4 GiB");
	return true;
}

bool elfcorehdr_make(const struct elfcorehdr_wants *w, uint8_t **out, struct err *e)
{
	struct elfcore core = {
		.is64 = w->is64,
		.machine = w->header_machine,
		.entry = w->entry,
	};
	bool ok;

	if (!check(w, load_count(w), e))
		return false;
	*out = calloc(1, w->room);
	ok = *out && (w->note_count || add_notes(w, &core)) && add_loads(w, &core);
	if (!ok)
		free(*out);
	else if (w->note_count)
		elfcore_write_headers_notes(&core, w->notes, w->note_count, *out);
	else
		elfcore_write_headers(&core, w->at, *out);
	elfcore_deinit(&core);
	return ok || err_set(e, "out of memory for the elfcorehdr");
}
