/* SPDX-License-Identifier: GPL-2.0-only */
#include <inttypes.h>
#include <string.h>

#include "core_memory.h"

bool core_memory_describe(struct core_memory *m, uint64_t core_size, struct err *e)
{
	return elfcore_read(&m->core, m->read, m->opaque, core_size, e) &&
	       extents_of_core(&m->extents, &m->core, e);
}

void core_memory_deinit(struct core_memory *m)
{
	elfcore_deinit(&m->core);
	extents_deinit(&m->extents);
}

bool core_memory_read_phys(const struct core_memory *m, uint64_t paddr, void *to, size_t size,
			   struct err *e)
{
	uint8_t *at = to;

	while (size) {
		const struct extent *x = extents_find(&m->extents, paddr);
		uint64_t skip, part;

		if (!x)
			return err_set(e, "physical address %#" PRIx64 " is not in the image",
				       paddr);
		skip = paddr - x->paddr;
		part = x->size - skip < size ? x->size - skip : size;
		if (!m->read(m->opaque, x->offset + skip, at, part, e))
			return false;
		at += part;
		paddr += part;
		size -= part;
	}
	return true;
}

bool core_memory_gate(const struct core_memory *m, uint64_t gate, struct gate_params *params,
		      struct err *e)
{
	if (!core_memory_read_phys(m, gate + GATE_PARAMS, params, sizeof(*params), e) ||
	    memcmp(params->magic, GATE_MAGIC, sizeof(params->magic)))
		return err_set(e, "there is no gate at %#" PRIx64, gate);
	return params->version == GATE_VERSION ||
	       err_set(e, "its gate is of version %" PRIu32 "; this program knows %d",
		       params->version, GATE_VERSION);
}

bool core_memory_record(const struct core_memory *m, struct record *record, struct err *e)
{
	struct bytes raw;

	if (!record_of_core(record, &m->core, e))
		return false;
	if (!m->second_record ||
	    (elfcore_note(&m->core, JUMP_RECORD_NOTE_NAME, JUMP_RECORD_NOTE, &raw) &&
	     !memcmp(m->second_record, raw.data, sizeof(*m->second_record))))
		return true;
	return err_set(e, "header page and core have different jump records");
}
