/* SPDX-License-Identifier: GPL-2.0-only */
#include "core.h"
#include "core_writer.h"
#include "test.h"

static struct err e;

struct opened {
	struct bytes file;
	struct core_image image;
	struct core_writer w;
};

static bool plan(struct opened *o, const struct fake *f, const struct ranges *leave_out,
		 unsigned join, struct peer_kernel *kernel)
{
	o->file = fake_core(f);
	if (!core_image_open(&o->image, NULL, read_bytes, &o->file, o->file.size, &e))
		abort();
	if (kernel && !peer_kernel_open(kernel, &o->image.memory, &e))
		abort();
	return core_writer_init(&o->w, &o->image.memory, leave_out, join, kernel, &e);
}

static void leave(struct opened *o)
{
	core_writer_deinit(&o->w);
	core_image_close(&o->image);
	free((void *)o->file.data);
}

/* All of the new core, read in steps of @step bytes. */
static struct bytes whole(const struct opened *o, size_t step)
{
	struct bytes out = { malloc(o->w.core_size), o->w.core_size };

	for (size_t at = 0; at < out.size; at += step) {
		size_t part = out.size - at < step ? out.size - at : step;

		if (!CHECK(core_writer_read(&o->w, at, (uint8_t *)out.data + at, part, &e)))
			break;
	}
	CHECK_FAILS(core_writer_read(&o->w, out.size, &step, 1, &e), &e,
		    "*beyond the end of the core");
	return out;
}

static struct ranges leave_out(const struct range *r, size_t count)
{
	struct ranges out = { 0 };

	for (size_t i = 0; i < count; i++)
		if (!ranges_add(&out, r[i]))
			abort();
	return out;
}

/* The pages of the new core are those of @f, but for those that were left out. */
static void check_content(const struct fake *f, struct bytes core, const struct ranges *left_out)
{
	struct core_image image;
	uint8_t page[PAGE];

	if (!CHECK(core_image_open(&image, NULL, read_bytes, &core, core.size, &e)))
		return;
	CHECK(image.memory.core.is64);
	CHECK_EQ_U64(image.memory.core.machine, f->machine);
	CHECK_EQ_U64(image.memory.core.entry, f->record.entry);
	for (uint64_t at = 0; at < f->size; at += PAGE) {
		bool gone = ranges_overlap(left_out, (struct range){ at, at + PAGE - 1 });
		bool got = core_memory_read_phys(&image.memory, at, page, PAGE, &e);

		if (!CHECK_EQ_U64(got, !gone) || (got && !CHECK(!memcmp(page, f->ram + at, PAGE))))
			break;
	}
	for (size_t i = 0; i < image.memory.core.load_count; i++)
		CHECK_EQ_U64(image.memory.core.loads[i].vaddr,
			     image.memory.core.loads[i].paddr + f->page_offset);
	core_image_close(&image);
}

static const struct range some[] = {
	{ 0, 0xfff },		{ 0x200000, 0x2fffff }, { 0x301000, 0x304fff },
	{ 0x310000, 0x310fff }, { 0x7ff000, 0x7fffff },
};

TEST(whole_but_what_is_left_out)
{
	for (unsigned levels = 3; levels <= 4; levels++) {
		for (int elf64 = levels > 3; elf64 < 2; elf64++) {
			struct fake *f = fake_kernel(levels, 8 * MIB);
			struct ranges out = leave_out(some, 5);
			struct opened o;
			struct bytes core;

			for (uint64_t at = 0; at < f->size; at += 8)
				if (at < f->top || at >= f->tables_end)
					put(f, at, at * 3, 8);
			f->elf64 = elf64;
			load_all(f);
			if (!CHECK(plan(&o, f, &out, 0, NULL)))
				continue;
			CHECK_EQ_U64(o.w.extents.count, 4);
			CHECK_EQ_U64(o.w.pages, f->size / PAGE - ranges_size(&out) / PAGE);
			core = whole(&o, 12345);
			check_content(f, core, &out);
			free((void *)core.data);
			ranges_deinit(&out);
			leave(&o);
			fake_free(f);
		}
	}
}

TEST(small_gaps_are_kept)
{
	static const struct range kept[] = {
		{ 0, 0xfff }, { 0x200000, 0x2fffff }, { 0x301000, 0x304fff }, { 0x7ff000, 0x7fffff }
	};
	struct fake *f = fake_kernel(4, 8 * MIB);
	struct ranges out = leave_out(some, 5), want = leave_out(kept, 4);
	struct opened o;
	struct bytes core;

	load_all(f);
	if (!CHECK(plan(&o, f, &out, 4, NULL)))
		return;
	core = whole(&o, MIB);
	check_content(f, core, &want);
	free((void *)core.data);
	leave(&o);
	ranges_deinit(&out);
	ranges_deinit(&want);
	fake_free(f);
}

TEST(everything_and_nothing)
{
	static const struct range all[] = { { 0, UINT64_MAX } };
	struct fake *f = fake_kernel(4, 2 * MIB);
	struct ranges none = { 0 }, out = leave_out(all, 1);
	struct opened o;
	struct bytes core;

	load_all(f);
	CHECK(plan(&o, f, &none, 0, NULL));
	CHECK_EQ_U64(o.w.extents.count, 1);
	leave(&o);
	CHECK(plan(&o, f, &out, 0, NULL));
	CHECK_EQ_U64(o.w.pages, 0);
	core = whole(&o, 1000);
	check_content(f, core, &out);
	free((void *)core.data);
	leave(&o);
	ranges_deinit(&out);
	fake_free(f);
}

/* The kernel's text is in the source twice; it is written once, with both of its addresses. */
TEST(text_is_written_once)
{
	struct fake *f = fake_kernel(4, 8 * MIB);
	struct ranges none = { 0 };
	struct opened o;
	struct core_image image;
	struct bytes core;

	load(f, 0x200000, 0x100000, KERNEL_MAP + 0x100000);
	load(f, 0, f->size, f->page_offset);
	if (!CHECK(plan(&o, f, &none, 0, NULL)))
		return;
	CHECK_EQ_U64(o.w.pages, f->size / PAGE);
	core = whole(&o, MIB);
	if (CHECK(core_image_open(&image, NULL, read_bytes, &core, core.size, &e))) {
		CHECK_EQ_U64(image.memory.core.load_count, 2);
		CHECK_EQ_U64(image.memory.core.loads[0].vaddr, KERNEL_MAP + 0x100000);
		CHECK_EQ_U64(image.memory.core.loads[0].offset,
			     image.memory.core.loads[1].offset + 0x200000);
		core_image_close(&image);
	}
	free((void *)core.data);
	leave(&o);
	fake_free(f);
}

/* Every second page: more program headers than e_phnum can count. */
static void many_pieces(unsigned pieces, unsigned *load_count, unsigned *extents, uint16_t *phnum)
{
	struct fake *f = fake_kernel(4, 2 * MIB);
	struct ranges out = { 0 };
	struct opened o;
	struct core_image image;
	struct bytes core;

	load(f, 0, f->size, f->page_offset);
	o.file = fake_core(f);
	if (!core_image_open(&o.image, NULL, read_bytes, &o.file, o.file.size, &e))
		abort();
	/* A core that claims more than it has: only its headers are made here. */
	o.image.memory.extents.at[0].size = (uint64_t)pieces * 2 * PAGE;
	o.image.memory.core.loads[0].filesz = o.image.memory.core.loads[0].memsz =
		o.image.memory.extents.at[0].size;
	for (unsigned i = 0; i < pieces; i++)
		if (!ranges_add(&out, (struct range){ (2 * i + 1) * (uint64_t)PAGE,
						      (2 * i + 2) * (uint64_t)PAGE - 1 }))
			abort();
	if (!CHECK(core_writer_init(&o.w, &o.image.memory, &out, 0, NULL, &e)))
		return;
	CHECK(o.w.headers_size <= IMAGE_FRAME_MAX);
	*extents = o.w.extents.count;
	core = (struct bytes){ o.w.headers, o.w.headers_size };
	bytes_le16(core, offsetof(Elf64_Ehdr, e_phnum), phnum);
	core_image_close(&o.image);
	free((void *)o.file.data);

	/* The headers read back, as from a file that is large enough. */
	o.file = core;
	CHECK(elfcore_read(&image.memory.core, read_bytes, &core, UINT64_MAX, &e));
	*load_count = image.memory.core.load_count;
	for (size_t i = 1; i < image.memory.core.load_count; i++)
		if (!CHECK(image.memory.core.loads[i].paddr >
				   image.memory.core.loads[i - 1].paddr &&
			   image.memory.core.loads[i].offset ==
				   image.memory.core.loads[i - 1].offset +
					   image.memory.core.loads[i - 1].filesz))
			break;
	elfcore_deinit(&image.memory.core);
	core_writer_deinit(&o.w);
	ranges_deinit(&out);
	fake_free(f);
}

TEST(more_program_headers_than_e_phnum_counts)
{
	static const unsigned counts[] = { 65533, 65534, 65535, 70000 };

	for (size_t i = 0; i < 4; i++) {
		unsigned loads = 0, extents = 0;
		uint16_t phnum = 0;

		many_pieces(counts[i], &loads, &extents, &phnum);
		CHECK_EQ_U64(extents, counts[i]);
		CHECK_EQ_U64(loads, counts[i]);
		CHECK_EQ_U64(phnum, counts[i] + 1 < PN_XNUM ? counts[i] + 1 : PN_XNUM);
	}
}

/* Beyond what the headers' frame has room for, larger gaps are kept. */
TEST(more_pieces_than_an_image_describes)
{
	unsigned loads = 0, extents = 0;
	uint16_t phnum = 0;

	many_pieces(200000, &loads, &extents, &phnum);
	CHECK(loads < 74000 && loads > 0);
}

/* ---- for analysis ---- */

TEST(lent_pages_are_put_back)
{
	static const unsigned levels[] = { 2, 3, 4, 5 };

	for (size_t i = 0; i < 4; i++) {
		struct fake *f = small_kernel(levels[i], true);
		struct ranges none = { 0 };
		struct peer_kernel k;
		struct opened o;
		struct core_image image;
		struct record record;
		struct bytes core;
		uint64_t word;

		f->record.text_start = SMALL_WINDOW + 0x10000;
		f->record.text_last = SMALL_WINDOW + 0x1ffff;
		if (!CHECK(plan(&o, f, &none, 0, &k)))
			return;
		core = whole(&o, 99999);
		if (!CHECK(core_image_open(&image, NULL, read_bytes, &core, core.size, &e)))
			return;
		for (uint64_t at = SMALL_WINDOW - PAGE; at < f->record.window_last + PAGE;
		     at += 64) {
			if (!CHECK(core_memory_read_phys(&image.memory, at, &word, 8, &e)) ||
			    !CHECK_EQ_U64(word, at))
				break;
		}
		CHECK(core_memory_read_phys(&image.memory, 0x1000, &word, 8, &e));
		CHECK_FAILS(core_memory_record(&image.memory, &record, &e), &e, "no jump record*");
		for (size_t j = 0; j < image.memory.core.load_count; j++) {
			const struct elfcore_load *l = &image.memory.core.loads[j];
			bool text = l->vaddr >= KERNEL_MAP && levels[i] > 3;

			CHECK_EQ_U64(l->vaddr, text ? l->paddr - 0x100000 + KERNEL_MAP
						    : l->paddr + f->page_offset);
		}
		core_image_close(&image);
		free((void *)core.data);
		peer_kernel_close(&k);
		leave(&o);
		fake_free(f);
	}
}

/* ---- holes ---- */

static bool upper_half(void *opaque, uint64_t offset, uint64_t size)
{
	const struct bytes *b = opaque;

	(void)size;
	return offset >= b->size / 2;
}

TEST(holes_of_the_source)
{
	struct fake *f = fake_kernel(4, 8 * MIB);
	struct ranges none = { 0 };
	struct opened o;

	load_all(f);
	if (!CHECK(plan(&o, f, &none, 0, NULL)))
		return;
	CHECK(!core_writer_is_hole(&o.w, 6 * MIB, MIB));
	o.image.hole_fn = upper_half;
	CHECK(core_writer_is_hole(&o.w, 6 * MIB, MIB));
	CHECK(!core_writer_is_hole(&o.w, 2 * MIB, MIB));
	CHECK(!core_writer_is_hole(&o.w, o.w.core_size - PAGE, 2 * PAGE));
	CHECK(!core_writer_is_hole(&o.w, 0, PAGE));
	CHECK(!core_writer_is_hole(&o.w, o.w.core_size, PAGE));
	leave(&o);
	fake_free(f);
}

TEST_MAIN
