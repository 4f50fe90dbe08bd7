/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The memory of a kernel that was jumped to and saved, to be jumped to again
 * (--load-preserve-context SAVED). The input: a byte (bit 0: an i386 host), and the core. The
 * record is made to be of this machine: host/identity.h has its own tests. What is planned is all
 * that was lent and nothing else, with this kernel's gate where the one that lent had its own.
 */
#include <elf.h>

#include "backend.h"
#include "elf_bytes.h"
#include "fuzz.h"
#include "hosts.h"
#include "layout_lent.h"
#include "lent_memory.h"

/* In place of the gates' code, which is nothing to a plan that is not sealed. */
const uint8_t purgatory32[GATE_SIZE], purgatory64[GATE_SIZE];

static struct host hosts[2];
static struct kernel_memory kernels[2];
static uint64_t ram_bytes[2];

static void read_hosts(void)
{
	static const char *const names[2] = { "x86_64-512m", "i386-512m" };
	struct err e;

	for (size_t i = 0; i < 2; i++) {
		struct ranges ram = { 0 };

		PROVE(host_read(&hosts[i], host_root(names[i]), HOST_ALL, &e));
		PROVE(kernel_memory_open(&kernels[i], &hosts[i], &e));
		PROVE(host_ram(&hosts[i], &ram, &e));
		ram_bytes[i] = ranges_size(&ram);
		ranges_deinit(&ram);
	}
}

/* False if the core has none. */
static bool find_record(struct record *r, const struct elfcore *core, size_t host)
{
	const struct host *h = &hosts[host];
	struct bytes raw;
	struct err e = {};

	if (!elfcore_note(core, JUMP_RECORD_NOTE_NAME, LENT_RECORD_NOTE, &raw))
		return false;
	if (!record_parse(r, raw, &e)) {
		prove_error(&e);
		return false;
	}
	r->ram_bytes = ram_bytes[host];
	memcpy(r->firmware_map, h->firmware.map_sha256, sizeof(r->firmware_map));
	memcpy(r->cpu_vendor, h->cpu.vendor, sizeof(r->cpu_vendor));
	r->cpu_signature = h->cpu.signature;
	memset(r->cpu_features, 0, sizeof(r->cpu_features));
	return true;
}

static void prove_plan(const struct plan *p, const struct lent_image *from)
{
	const struct lent *lent = &from->record->lent;
	uint64_t gate = from->entry & PAGE_MASK;
	struct err e;

	PROVE(p->gate == lent->gate.start);
	PROVE(p->gate_wants.peer_entry == from->entry && lent_has(lent, gate));
	PROVE(!range_contains(lent->gate, (struct range){ gate, gate }));
	PROVE(p->gate_wants.peer_bits == (from->memory->core.machine == EM_386 ? 32 : 64));
	for (size_t i = 0; i < p->segment_count; i++) {
		const struct segment *s = &p->segments[i];

		for (uint64_t at = s->paddr; at < s->paddr + s->memsz; at += PAGE_SIZE)
			PROVE(lent_has(lent, at));
		PROVE(s->data.size <= s->memsz);
	}
	PROVE(plan_bytes(p) == lent_bytes(lent));
	PROVE(ranges_contain(&p->system_ram, lent->window));
	if (plan_check(p, &e))
		taken();
	else
		prove_error(&e);
}

static void plan_it(const struct core_memory *m, const struct record *record, size_t host)
{
	const struct request r = { .mem_max = UINT64_MAX };
	const struct lent_image from = { m, record, m->core.entry };
	struct saved_memory saved;
	struct plan p;
	struct jump j = {
		.plan = &p, .host = &hosts[host], .kernel = &kernels[host], .request = &r
	};
	struct err e = {};

	PROVE(plan_init(&p, PLAN_LOAD_JUMP, j.host, &backend_load.limits[j.host->arch], &e));
	if (layout_lent(&saved, &j, &from, &e))
		prove_plan(&p, &from);
	else
		prove_error(&e);
	plan_deinit(&p);
	saved_memory_deinit(&saved);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes file = { data + 1, size - 1 };
	struct core_memory m = { .read = pread_bytes, .opaque = &file };
	struct record record;
	struct err e = {};

	if (!hosts[0].root)
		read_hosts();
	if (!size)
		return 0;
	if (!core_memory_describe(&m, file.size, &e))
		prove_error(&e);
	else if (find_record(&record, &m.core, data[0] & 1))
		plan_it(&m, &record, data[0] & 1);
	core_memory_deinit(&m);
	return 0;
}
