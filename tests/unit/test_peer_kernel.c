/* SPDX-License-Identifier: GPL-2.0-only */
#include "core.h"
#include "test.h"

static struct err e;

/* A core of @f, opened; close with leave(). */
struct opened {
	struct bytes file;
	struct core_image image;
	struct peer_kernel k;
	bool ok;
};

static bool translate(struct peer_kernel *k, uint64_t vaddr, uint64_t *paddr, struct err *why)
{
	uint64_t left;

	return page_table_walk(&k->page_table, vaddr, paddr, &left, why);
}

static void enter(struct opened *o, const struct fake *f)
{
	o->file = fake_core(f);
	if (!core_image_open(&o->image, NULL, read_bytes, &o->file, o->file.size, &e))
		abort();
	o->ok = peer_kernel_open(&o->k, &o->image.memory, &e);
}

static void leave(struct opened *o)
{
	if (o->ok)
		peer_kernel_close(&o->k);
	core_image_close(&o->image);
	free((void *)o->file.data);
}

/* ---- page walks ---- */

#define FREE_VADDR(levels) \
	((levels) < 4 ? UINT64_C(0xf0000000) \
		      : UINT64_C(0xffffc90000000000) & \
				((levels) == 5 ? UINT64_C(0xff00c90000000000) : UINT64_MAX))

TEST(walks_of_all_depths)
{
	for (unsigned levels = 2; levels <= 5; levels++) {
		struct fake *f = fake_kernel(levels, 8 * MIB);
		uint64_t base = FREE_VADDR(levels), paddr, word;
		struct opened o;

		map_page(f, base + 0x5000, 0x234000, 12);
		map_page(f, base + 0x6000, 0x777000, 12);
		put(f, 0x234ff8, 0x1122334455667788, 8);
		put(f, 0x777000, 0x99aabbccddeeff00, 8);
		load_all(f);
		enter(&o, f);
		if (!CHECK(o.ok))
			continue;
		CHECK_EQ_U64(o.k.page_table.levels, levels);
		CHECK_EQ_U64(o.k.page_table.top, f->top);
		CHECK(translate(&o.k, base + 0x5123, &paddr, &e));
		CHECK_EQ_U64(paddr, 0x234123);
		CHECK(translate(&o.k, f->page_offset + 0x654321, &paddr, &e));
		CHECK_EQ_U64(paddr, 0x654321);
		/* Across two pages that are no neighbours. */
		CHECK(peer_kernel_read(&o.k, base + 0x5ffc, &word, 8, &e));
		CHECK_EQ_U64(word, 0xddeeff0011223344);
		CHECK_FAILS(translate(&o.k, base + 0x7000, &paddr, &e), &e,
			    "virtual address * is not mapped");
		CHECK_FAILS(peer_kernel_read(&o.k, base + 0x6ffc, &word, 8, &e), &e,
			    "*is not mapped");
		leave(&o);
		fake_free(f);
	}
}

TEST(gigabyte_pages)
{
	for (unsigned levels = 4; levels <= 5; levels++) {
		struct fake *f = fake_kernel(levels, 2 * MIB);
		uint64_t base = FREE_VADDR(levels), paddr;
		struct opened o;

		map_page(f, base & ~UINT64_C(0x3fffffff), 0x80000000, 30);
		load_all(f);
		enter(&o, f);
		if (!CHECK(o.ok))
			continue;
		CHECK(translate(&o.k, (base & ~UINT64_C(0x3fffffff)) + 0x12345678, &paddr, &e));
		CHECK_EQ_U64(paddr, 0x92345678);
		leave(&o);
		fake_free(f);
	}
}

/* PSE-36: bits 39..32 of a 4 MiB page's address are in bits 20..13 of its entry. */
TEST(large_page_above_4g)
{
	struct fake *f = fake_kernel(2, 4 * MIB);
	struct opened o;
	uint64_t paddr = 0;

	put(f, f->top + (0xf0000000u >> 22) * 4, 0x00800000 | 3 << 13 | 1 << 7 | 1, 4);
	load_all(f);
	enter(&o, f);
	CHECK(o.ok && translate(&o.k, 0xf0012345, &paddr, &e));
	CHECK_EQ_U64(paddr, 0x300812345);
	leave(&o);
	fake_free(f);
}

/* With memory encryption a bit of each entry is no address. */
TEST(encryption_bit)
{
	struct fake *f = fake_kernel(4, 4 * MIB);
	uint64_t base = FREE_VADDR(4), paddr = 0;
	struct opened o;

	map_page(f, base, 0x234000 | UINT64_C(1) << 47, 12);
	info(f, "NUMBER(sme_mask)=%llu\n", 1ull << 47);
	load_all(f);
	enter(&o, f);
	CHECK(o.ok && translate(&o.k, base + 1, &paddr, &e));
	CHECK_EQ_U64(paddr, 0x234001);
	leave(&o);
	fake_free(f);
}

/* A table that is its own next level ends at the last level. */
TEST(tables_that_loop)
{
	for (unsigned levels = 2; levels <= 5; levels++) {
		struct fake *f = fake_kernel(levels, 4 * MIB);
		const struct fake_paging *m = &fake_paging[levels];
		struct opened o;
		uint64_t paddr;

		for (unsigned i = 0; i < PAGE / m->entry_size; i++)
			put(f, f->top + i * m->entry_size, f->top | 1, m->entry_size);
		load_all(f);
		enter(&o, f);
		CHECK(o.ok && translate(&o.k, FREE_VADDR(levels), &paddr, &e));
		leave(&o);
		fake_free(f);
	}
}

TEST(what_vmcoreinfo_lacks)
{
	static const struct {
		unsigned levels;
		const char *text, *pattern;
	} cases[] = {
		{ 4, "NUMBER(phys_base)=0\n", "VMCOREINFO has no SYMBOL(init_top_pgt)" },
		{ 4, "SYMBOL(init_top_pgt)=ffffffff81000000\n",
		  "VMCOREINFO has no NUMBER(phys_base)" },
		{ 3, "OSRELEASE=1\n", "VMCOREINFO has no SYMBOL(swapper_pg_dir)" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fake *f = fake_kernel(cases[i].levels, 4 * MIB);
		struct opened o;

		strcpy(f->info, cases[i].text);
		load_all(f);
		CHECK_FAILS((enter(&o, f), o.ok), &e, cases[i].pattern);
		leave(&o);
		fake_free(f);
	}
}

TEST(i386_without_direct_map)
{
	struct fake *f = fake_kernel(3, 4 * MIB);
	struct opened o;

	load(f, 0, f->size, 0);
	CHECK_FAILS((enter(&o, f), o.ok), &e, "no program header tells where low memory is mapped");
	leave(&o);
	fake_free(f);
}

/* ---- lent pages ---- */

static bool read_word_at(struct opened *o, uint64_t paddr, uint64_t *word)
{
	return peer_kernel_read_phys(&o->k, paddr, word, 8, &e);
}

TEST(lent_pages_are_found)
{
	static const unsigned levels[] = { 2, 3, 4, 5 };

	for (size_t i = 0; i < 4; i++) {
		struct fake *f = small_kernel(levels[i], true);
		uint64_t word, across[2];
		struct opened o;

		enter(&o, f);
		if (!CHECK(o.ok))
			continue;
		CHECK_STR(o.k.pages_why.text, "");
		CHECK_EQ_U64(o.k.pages.count, SMALL_PAGES + 1);
		CHECK(read_word_at(&o, SMALL_WINDOW + 0x12340, &word));
		CHECK_EQ_U64(word, SMALL_WINDOW + 0x12340);
		CHECK(read_word_at(&o, f->record.gate_start, &word));
		CHECK_EQ_U64(word, f->record.gate_start);
		CHECK(read_word_at(&o, 0x1000, &word));
		CHECK_EQ_U64(word, 0);
		/* Into the window, out of it, and through it as the kernel sees it. */
		CHECK(peer_kernel_read_phys(&o.k, SMALL_WINDOW - 4, across, 16, &e));
		CHECK_EQ_U64(across[0] >> 32, SMALL_WINDOW);
		CHECK(peer_kernel_read_phys(&o.k, f->record.window_last - 3, across, 16, &e));
		CHECK_EQ_U64(across[0] >> 32, (uint32_t)(f->record.window_last + 1));
		CHECK(peer_kernel_read(&o.k, f->page_offset + SMALL_WINDOW + 0x40, &word, 8, &e));
		CHECK_EQ_U64(word, SMALL_WINDOW + 0x40);
		leave(&o);
		fake_free(f);
	}
}

/* A page that was its own source had no content; all that is known is that nobody missed it. */
TEST(lent_page_without_content)
{
	struct fake *f = small_kernel(4, true);
	struct opened o;
	uint64_t word = 1, at;

	/* The first entries: low page, its source, window, its source, the next source. */
	put(f, 0x1c0000 + 4 * 8, (SMALL_WINDOW + PAGE) | 8, 8);
	enter(&o, f);
	CHECK(o.ok && o.k.pages.count);
	at = SMALL_WINDOW + PAGE;
	CHECK(read_word_at(&o, at, &word));
	CHECK_EQ_U64(word, 0);
	leave(&o);
	fake_free(f);
}

/* Each word of the list, wrong: then there is no list, and lent pages cannot be read. */
TEST(damaged_lists)
{
	static const struct {
		const char *what;
		unsigned index;
		uint64_t value;
	} cases[] = {
		{ "ends too early", 1, 4 },
		{ "not a lent page", 0, 0x300000 | 1 },
		{ "a page twice", 2, 0x1000 | 1 },
		{ "a source in the window", 4, (SMALL_WINDOW + 5 * PAGE) | 8 },
		{ "no flag", 3, 0x400000 },
		{ "two flags", 3, 0x400000 | 9 },
		{ "more sources", 259, 0x700000 | 8 },
		{ "a list that is not in the core", 5, SMALL_WINDOW | 2 },
		{ "round and round", 5, 0x1c0000 | 2 },
		{ "no end", 259, 0x1000 | 1 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fake *f = small_kernel(4, true);
		struct opened o;
		uint64_t word;

		put(f, 0x1c0000 + cases[i].index * 8, cases[i].value, 8);
		enter(&o, f);
		CHECK(o.ok);
		if (!CHECK(!o.k.pages.count))
			printf("%s\n", cases[i].what);
		CHECK_MATCH(o.k.pages_why.text, "*list of swapped pages was not found*");
		CHECK_FAILS(read_word_at(&o, SMALL_WINDOW, &word), &e, "page 0x600000 was lent: *");
		CHECK(read_word_at(&o, 0x700000, &word));
		leave(&o);
		fake_free(f);
	}
}

/* The list of our module instead of the kernel's, in place of it; low RAM was free. */
static void make_module_list(struct fake *f)
{
	uint64_t list = 0x1c0000;

	memset(f->ram + list, 0, 4 * PAGE);
	for (uint64_t i = 1; i <= SMALL_PAGES; i++) {
		uint64_t in_page = (i - 1) % 255, pair = list + 16 + 16 * in_page;

		if (i > 1 && !in_page) {
			put(f, list + 8, list + PAGE, 8);
			list += PAGE;
			pair = list + 16;
		}
		put(f, list, in_page + 1, 8);
		put(f, pair, SMALL_WINDOW + (i - 1) * PAGE, 8);
		put(f, pair + 8, SMALL_HELD + i * PAGE, 8);
	}
	put(f, 0x1f0000 + 0xc0, 0x1c0000, 8);
}

TEST(list_of_our_module)
{
	for (unsigned levels = 2; levels <= 5; levels++) {
		struct fake *f = small_kernel(levels, true);
		struct opened o;
		uint64_t word = 1;

		make_module_list(f);
		enter(&o, f);
		if (!CHECK(o.ok))
			continue;
		CHECK_STR(o.k.pages_why.text, "");
		CHECK_EQ_U64(o.k.pages.count, SMALL_PAGES + 1);
		CHECK(read_word_at(&o, SMALL_WINDOW + 0x12340, &word));
		CHECK_EQ_U64(word, SMALL_WINDOW + 0x12340);
		CHECK(read_word_at(&o, 0x1000, &word));
		CHECK_EQ_U64(word, 0);
		leave(&o);
		fake_free(f);
	}
}

TEST(damaged_lists_of_our_module)
{
	static const struct {
		const char *what;
		uint64_t at, value;
	} cases[] = {
		{ "too many pairs", 0, 256 },
		{ "no pairs", 0, 0 },
		{ "not a page", 16, SMALL_WINDOW + 8 },
		{ "not a lent page", 16, 0x300000 },
		{ "a page twice", 32, SMALL_WINDOW },
		{ "a source in the window", 24, SMALL_WINDOW + PAGE },
		{ "round and round", 8, 0x1c0000 },
		{ "a list that is not in the core", 8, SMALL_WINDOW },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fake *f = small_kernel(5, true);
		struct opened o;

		make_module_list(f);
		put(f, 0x1c0000 + cases[i].at, cases[i].value, 8);
		if (!cases[i].value)
			put(f, 0x1c0000 + 8, 0, 8);
		enter(&o, f);
		if (!CHECK(o.ok && !o.k.pages.count))
			printf("%s\n", cases[i].what);
		leave(&o);
		fake_free(f);
	}
}

TEST(gate_and_record_that_do_not_help)
{
	struct fake *f = small_kernel(4, true);
	uint64_t gate = f->record.gate_start + GATE_PARAMS;
	uint64_t left = gate + offsetof(struct gate_params, return_address);
	struct opened o;

	memset(f->ram + gate, 0, 16);
	enter(&o, f);
	CHECK_MATCH(o.k.pages_why.text, "there is no gate at 0x*");
	leave(&o);

	memcpy(f->ram + gate, GATE_MAGIC, 16);
	put(f, left, 0, 8);
	enter(&o, f);
	CHECK_MATCH(o.k.pages_why.text, "the kernel never left through its gate");
	leave(&o);

	put(f, left, 0x7fffffffff, 8);
	enter(&o, f);
	CHECK_MATCH(o.k.pages_why.text, "the kernel's control page: *");
	leave(&o);

	f->record.window_last = 0xffffffffffff;
	f->record.ram_bytes = UINT64_MAX;
	enter(&o, f);
	CHECK(o.ok);
	CHECK_MATCH(o.k.pages_why.text, "*lent pages, more than the core has");
	leave(&o);
	fake_free(f);
}

TEST_MAIN
