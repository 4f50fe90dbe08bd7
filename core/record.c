/* SPDX-License-Identifier: GPL-2.0-only */
#include <elf.h>
#include <inttypes.h>
#include <string.h>

#include "purgatory_abi.h"
#include "record.h"
#include "x86.h"

/* Linux reserves page 0 for the firmware, and we never lend it. */
static const struct range low_memory = { 0x1000, 0x9ffff };

/* By paging levels; i386 PAE kernels use 36 bits, 5-level paging has room for no more than 52. */
static const uint64_t last_address[] = {
	[2] = UINT32_MAX,
	[3] = (UINT64_C(1) << 36) - 1,
	[4] = (UINT64_C(1) << 52) - 1,
	[5] = (UINT64_C(1) << 52) - 1,
};

static bool check_form(const struct jump_record *raw, struct err *e)
{
	if (memcmp(raw->magic, JUMP_RECORD_MAGIC, sizeof(raw->magic)))
		return err_set(e, "the jump record is damaged: its magic is wrong");
	if (raw->version != JUMP_RECORD_VERSION || raw->size != sizeof(*raw))
		return err_set(e,
			       "the jump record is of version %" PRIu32 ", %" PRIu32 " bytes; "
			       "this program knows version %d, %zu bytes",
			       raw->version, raw->size, JUMP_RECORD_VERSION, sizeof(*raw));
	return true;
}

static bool check_kernel(const struct record *r, struct err *e)
{
	bool is64 = r->machine == EM_X86_64;

	if (!is64 && r->machine != EM_386)
		return err_set(e, "its machine %u is not one that jumps", r->machine);
	if (r->paging_levels < (is64 ? 4 : 2) || r->paging_levels > (is64 ? 5 : 3))
		return err_set(e, "an %s kernel does not have %u levels of page tables",
			       is64 ? "x86_64" : "i386", r->paging_levels);
	if ((unsigned)r->free_content > FREE_CONTENT_MATTERS)
		return err_set(e, "its word for the content of free pages, %u, is unknown",
			       (unsigned)r->free_content);
	return true;
}

/* Whole pages within @bounds. */
static bool check_range(const char *name, struct range r, struct range bounds, struct err *e)
{
	if (r.start % PAGE_SIZE || r.last % PAGE_SIZE != PAGE_SIZE - 1 || r.start > r.last)
		return err_set(e, "its %s %#" PRIx64 "-%#" PRIx64 " is not a range of whole pages",
			       name, r.start, r.last);
	if (!range_contains(bounds, r))
		return err_set(e,
			       "its %s %#" PRIx64 "-%#" PRIx64 " is not within %#" PRIx64
			       "-%#" PRIx64,
			       name, r.start, r.last, bounds.start, bounds.last);
	return true;
}

static bool check_gate(const struct record *r, struct err *e)
{
	const struct lent *l = &r->lent;

	if (range_size(l->gate) != GATE_SIZE)
		return err_set(e, "its gate has %#" PRIx64 " bytes, not %#x", range_size(l->gate),
			       GATE_SIZE);
	if (l->gate.last > UINT32_MAX)
		return err_set(e, "its gate is not below 4 GiB");
	if (r->entry != l->gate.start + GATE_REENTRY)
		return err_set(e, "its entry %#" PRIx64 " is not that of its gate, %#" PRIx64,
			       r->entry, l->gate.start + GATE_REENTRY);
	if (range_overlaps(l->gate, l->headers))
		return err_set(e, "its headers lie on its gate");
	return true;
}

static bool check_ranges(const struct record *r, struct err *e)
{
	const struct lent *l = &r->lent;
	const struct range above = { MIB, last_address[r->paging_levels] };

	if (!check_range("window", l->window, above, e) ||
	    !check_range("gate", l->gate, l->window, e) ||
	    !check_range("headers", l->headers, l->window, e) || !check_gate(r, e))
		return false;
	if ((l->low.start || l->low.last) && !check_range("low RAM", l->low, low_memory, e))
		return false;
	if (lent_bytes(l) >= r->ram_bytes)
		return err_set(e, "it lent %#" PRIx64 " bytes of %#" PRIx64 " bytes of RAM",
			       lent_bytes(l), r->ram_bytes);
	if ((r->text.start || r->text.last) &&
	    (r->text.start > r->text.last || r->text.last > above.last))
		return err_set(e, "its kernel's text is at %#" PRIx64 "-%#" PRIx64, r->text.start,
			       r->text.last);
	return true;
}

static void take(struct record *r, const struct jump_record *raw)
{
	*r = (struct record){
		.machine = raw->machine,
		.paging_levels = raw->paging_levels,
		.free_content = raw->free_content,
		.entry = raw->entry,
		.lent = { .window = { raw->window_start, raw->window_last },
			  .low = { raw->low_start, raw->low_last },
			  .gate = { raw->gate_start, raw->gate_last },
			  .headers = { raw->headers_start, raw->headers_last } },
		.text = { raw->text_start, raw->text_last },
		.ram_bytes = raw->ram_bytes,
		.cpu_signature = raw->cpu_signature,
	};
	memcpy(r->release, raw->release, sizeof(r->release) - 1);
	memcpy(r->build, raw->build, sizeof(r->build) - 1);
	memcpy(r->firmware_map, raw->firmware_map, sizeof(r->firmware_map));
	memcpy(r->cpu_vendor, raw->cpu_vendor, sizeof(r->cpu_vendor));
	memcpy(r->cpu_features, raw->cpu_features, sizeof(r->cpu_features));
}

bool record_parse(struct record *r, struct bytes bytes, struct err *e)
{
	static const struct jump_record none;
	struct jump_record raw;

	if (!bytes_copy(bytes, 0, &raw, sizeof(raw)))
		return err_set(e, "the jump record is damaged: it ends after %zu bytes",
			       bytes.size);
	if (!memcmp(&raw, &none, sizeof(raw)))
		return err_set(e, "no jump record: not an image of a kernel that jumped");
	if (!check_form(&raw, e))
		return false;
	take(r, &raw);
	return (check_kernel(r, e) && check_ranges(r, e)) ||
	       err_prefix(e, "the jump record is damaged");
}

bool record_of_core(struct record *r, const struct elfcore *core, struct err *e)
{
	struct bytes raw;

	if (!elfcore_note(core, JUMP_RECORD_NOTE_NAME, JUMP_RECORD_NOTE, &raw))
		return err_set(e, "no jump record: not an image of a kernel that jumped");
	if (!record_parse(r, raw, e))
		return false;
	/* What an x86_64 kernel is told of an i386 one: it knows no other cores. */
	return r->machine == core->machine || (core->is64 && core->machine == EM_X86_64) ||
	       err_set(e, "the jump record and the core are of different architectures");
}

bool lent_overlaps(const struct lent *l, struct range r)
{
	return range_overlaps(r, l->window) || (l->low.last && range_overlaps(r, l->low));
}

bool lent_has(const struct lent *l, uint64_t paddr)
{
	return lent_overlaps(l, (struct range){ paddr, paddr });
}

bool lent_but_gate(const struct lent *l, struct range r, uint64_t *paddr)
{
	const struct range parts[] = { l->window, l->low };
	struct range both;

	for (size_t i = 0; i < 2; i++) {
		if (!parts[i].last || !range_intersect(r, parts[i], &both) ||
		    range_contains(l->gate, both))
			continue;
		*paddr = both.start;
		return true;
	}
	return false;
}

uint64_t lent_bytes(const struct lent *l)
{
	return range_size(l->window) + (l->low.last ? range_size(l->low) : 0);
}

bool lent_add(const struct lent *l, struct ranges *to)
{
	return ranges_add(to, l->window) && (!l->low.last || ranges_add(to, l->low));
}
