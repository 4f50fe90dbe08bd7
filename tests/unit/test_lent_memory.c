/* SPDX-License-Identifier: GPL-2.0-only */
#include "core.h"
#include "lent_memory.h"
#include "test.h"

/* All of the fake's memory from 1 MiB on is lent, with gate and elfcorehdr at its end. */
#define RAM	  (8u * MIB)
#define WINDOW	  0x100000u
#define GATE	  (RAM - 0x10000u)
#define HEADERS	  (GATE - PAGE)
#define NOTE	  0x300000u
#define PEER	  0x123040u
#define STEXT	  (KERNEL_MAP + 0x1000)
#define TEXT_SIZE (2 * MIB + 4 * PAGE)

static struct err e;

/* Kernel B in a window, and what its loader knows. */
struct lender {
	struct fake *f;
	struct bytes ram;
	struct record record;
	struct lent_source from;
};

static void put_note_at(struct fake *f, uint64_t paddr, const char *text)
{
	put_note(f->ram + paddr, "VMCOREINFO", 0, text, strlen(text));
}

static void begin(struct lender *l, unsigned levels)
{
	struct fake *f = fake_kernel(levels, RAM);

	f->record = (struct jump_record){
		.magic = JUMP_RECORD_MAGIC,
		.version = JUMP_RECORD_VERSION,
		.size = sizeof(f->record),
		.machine = f->machine,
		.paging_levels = levels,
		.entry = GATE + GATE_REENTRY,
		.gate_start = GATE,
		.gate_last = RAM - 1,
		.window_start = WINDOW,
		.window_last = RAM - 1,
		.low_start = 0x1000,
		.low_last = 0x1fff,
		.headers_start = HEADERS,
		.headers_last = GATE - 1,
		.ram_bytes = 4 * (uint64_t)RAM,
	};
	if (levels > 3) {
		/* With a hole, as before the data. */
		for (uint64_t at = 0; at < TEXT_SIZE; at += PAGE)
			if (at < 64 * PAGE || at >= 2 * MIB)
				map_page(f, KERNEL_MAP + at, WINDOW + at, 12);
		info(f, "SYMBOL(_stext)=%" PRIx64 "\n", (uint64_t)STEXT);
	}
	*l = (struct lender){ .f = f, .ram = { f->ram, f->size } };
	if (!record_parse(&l->record, (struct bytes){ (uint8_t *)&f->record, sizeof(f->record) },
			  &e))
		abort();
	l->from = (struct lent_source){
		.raw = &f->record,
		.record = &l->record,
		.peer = PEER,
		.read = read_bytes,
		.opaque = &l->ram,
	};
}

static const struct elfcore_load *load_at(const struct core_memory *m, uint64_t paddr,
					  uint64_t vaddr)
{
	for (size_t i = 0; i < m->core.load_count; i++)
		if (m->core.loads[i].paddr == paddr && m->core.loads[i].vaddr == vaddr)
			return &m->core.loads[i];
	return NULL;
}

static void check_core(const struct lender *l, const struct core_memory *m)
{
	struct bytes note;

	CHECK_EQ_U64(m->core.machine, l->f->machine);
	CHECK_EQ_U64(m->core.entry, PEER);
	CHECK(elfcore_note(&m->core, JUMP_RECORD_NOTE_NAME, LENT_RECORD_NOTE, &note) &&
	      note.size == sizeof(struct jump_record));
	CHECK(!elfcore_note(&m->core, JUMP_RECORD_NOTE_NAME, JUMP_RECORD_NOTE, &note));
	CHECK_EQ_U64(extents_bytes(&m->extents), RAM - WINDOW + PAGE);
}

TEST(kernels_of_all_depths)
{
	for (unsigned levels = 2; levels <= 5; levels++) {
		uint64_t word = 0;
		struct core_memory m;
		struct peer_kernel k;
		struct lender l;

		begin(&l, levels);
		put_note_at(l.f, NOTE, l.f->info);
		put(l.f, 0x345678, 0x1122334455667788, 8);
		if (!CHECK(lent_memory_describe(&m, &l.from, &e)))
			continue;
		check_core(&l, &m);
		CHECK(load_at(&m, WINDOW, l.f->page_offset + WINDOW));
		CHECK(load_at(&m, 0x1000, l.f->page_offset + 0x1000));
		if (levels > 3)
			CHECK(load_at(&m, WINDOW + 0x1000, STEXT) &&
			      load_at(&m, WINDOW + 0x1000, STEXT)->filesz == TEXT_SIZE - PAGE);
		if (CHECK(peer_kernel_open(&k, &m, &e))) {
			CHECK(peer_kernel_read(&k, l.f->page_offset + 0x345678, &word, 8, &e));
			CHECK_EQ_U64(word, 0x1122334455667788);
			peer_kernel_close(&k);
		}
		core_memory_deinit(&m);
		fake_free(l.f);
	}
}

/* A's own note is in the elfcorehdr, and B may have read another kernel's. */
TEST(notes_of_other_kernels)
{
	static const char *const others[] = {
		"OSRELEASE=1\nSYMBOL(init_top_pgt)=ffffffff81000000\nNUMBER(phys_base)=0\n",
		"OSRELEASE=2\nSYMBOL(swapper_pg_dir)=c0200000\n",
		"OSRELEASE=3\n",
		"PAGESIZE=4096\n",
	};

	for (unsigned levels = 2; levels <= 5; levels++) {
		struct core_memory m;
		struct bytes note;
		struct lender l;

		begin(&l, levels);
		for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
			put_note_at(l.f, NOTE - (i + 1) * PAGE, others[i]);
		put_note_at(l.f, NOTE, l.f->info);
		if (CHECK(lent_memory_describe(&m, &l.from, &e))) {
			CHECK(elfcore_note(&m.core, "VMCOREINFO", 0, &note) &&
			      !memcmp(note.data, "OSRELEASE=6.12", 14));
			core_memory_deinit(&m);
		}
		fake_free(l.f);
	}
}

TEST(kernels_without_a_note)
{
	for (unsigned levels = 2; levels <= 5; levels++) {
		struct core_memory m;
		struct peer_kernel k;
		struct lender l;

		begin(&l, levels);
		put_note_at(l.f, HEADERS, l.f->info);
		put_note_at(l.f, GATE, l.f->info);
		put_note_at(l.f, NOTE + 64, l.f->info);
		if (CHECK(lent_memory_describe(&m, &l.from, &e))) {
			check_core(&l, &m);
			CHECK_FAILS(peer_kernel_open(&k, &m, &e), &e, "no VMCOREINFO note");
			core_memory_deinit(&m);
		}
		fake_free(l.f);
	}
}

TEST_MAIN
