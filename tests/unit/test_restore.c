/* SPDX-License-Identifier: GPL-2.0-only */
#include <sys/mman.h>

#include "core.h"
#include "cpu.h"
#include "stream.h"
#include "map_cache.h"
#include "restore.h"
#include "test.h"

static struct err e;

#ifdef __x86_64__
enum { HERE = 4, THERE = 3 };
#else
enum { HERE = 3, THERE = 4 };
#endif

/* A small kernel that was saved on this CPU. */
static struct fake *saved_here(void)
{
	struct fake *f = small_kernel(HERE, true);
	struct jump_record *r = &f->record;
	struct cpu cpu = { 0 };

	cpu_identify(&cpu);
	memcpy(r->cpu_vendor, cpu.vendor, sizeof(cpu.vendor));
	memcpy(r->cpu_features, cpu.features, sizeof(cpu.features));
	r->cpu_signature = cpu.signature;
	return f;
}

/* A machine confined to the window: memory there, and nothing else, is its own. */
static struct devmem confined(const struct fake *f)
{
	struct devmem m = { .fd = memfd_create("mem", MFD_CLOEXEC) };
	const struct jump_record *r = &f->record;

	if (m.fd < 0 || ftruncate(m.fd, f->size) ||
	    !ranges_add(&m.iomem.own, (struct range){ r->low_start, r->low_last }) ||
	    !ranges_add(&m.iomem.own, (struct range){ r->window_start, r->gate_start - 1 }) ||
	    !ranges_add(&m.iomem.reserved, (struct range){ 0x2000, r->window_start - 1 }) ||
	    !ranges_add(&m.iomem.reserved, (struct range){ r->gate_start, f->size - 1 }))
		abort();
	return m;
}

struct opened {
	struct bytes file;
	struct core_image image;
};

static void enter(struct opened *o, const struct fake *f)
{
	o->file = fake_core(f);
	if (!core_image_open(&o->image, NULL, read_bytes, &o->file, o->file.size, &e))
		abort();
}

static void leave(struct opened *o)
{
	core_image_close(&o->image);
	free((void *)o->file.data);
}

static bool plans(const struct fake *f, const struct devmem *m)
{
	struct restore r;
	struct opened o;
	bool ok;

	enter(&o, f);
	ok = restore_plan(&r, &o.image, NULL, m, &e);
	if (ok)
		restore_deinit(&r);
	leave(&o);
	return ok;
}

static void check_memory(const struct fake *f, const struct devmem *m)
{
	uint8_t page[PAGE];
	static const uint8_t zero[PAGE];

	for (uint64_t at = 0; at < f->size; at += PAGE) {
		bool lent = was_lent(f, at) && at < f->record.gate_start;

		if (pread(m->fd, page, PAGE, at) != PAGE)
			abort();
		if (!CHECK(!memcmp(page, lent || at < 0x2000 ? zero : f->ram + at, PAGE)))
			break;
	}
}

/* As devmem_open() has it for who writes. */
static void keep_maps(struct devmem *m)
{
	m->maps = map_cache_create(m->fd, PROT_READ | PROT_WRITE);
	if (!m->maps)
		abort();
}

static void restore_plain(bool kept)
{
	struct fake *f = saved_here();
	struct devmem m = confined(f);
	struct restore r;
	struct opened o;

	if (kept)
		keep_maps(&m);
	enter(&o, f);
	if (!CHECK(restore_plan(&r, &o.image, NULL, &m, &e)))
		return;
	CHECK_EQ_U64(r.bytes, f->size - 0x2000 - (SMALL_PAGES - 16) * PAGE);
	CHECK(restore_memory(&r, &m, 3, quiet, &e));
	check_memory(f, &m);
	CHECK_EQ_U64(is_mapped(), kept);
	restore_deinit(&r);
	leave(&o);
	devmem_close(&m);
	fake_free(f);
}

TEST(plain_core)
{
	restore_plain(false);
	restore_plain(true);
}

#if HAVE_ZSTD

static void save(const struct fake *f, const char *path, bool for_analysis)
{
	const char *core = in_scratch("core");
	struct save_request r = { .level = 1,
				  .threads = 2,
				  .keep = KEEP_ALL,
				  .force = true,
				  .source = core,
				  .target = path,
				  .for_analysis = for_analysis,
				  .report = quiet };

	write_core(f, core);
	CHECK(save_image(&r, &e));
}

TEST(saved_image)
{
	const char *path = in_scratch("image");
	struct fake *f = saved_here();
	struct devmem m = confined(f);
	struct core_file c;
	struct restore r;

	keep_maps(&m);
	save(f, path, false);
	if (!CHECK(core_file_open(&c, path, &e)))
		return;
	core_file_go_direct(&c);
	if (!CHECK(restore_plan(&r, &c.image, NULL, &m, &e)))
		return;
	CHECK(restore_memory(&r, &m, 3, quiet, &e));
	check_memory(f, &m);
	restore_deinit(&r);
	core_file_close(&c);
	devmem_close(&m);
	fake_free(f);
}

/* A saved image as it comes through a pipe. */
struct piped {
	int fd;
	struct image_stream stream;
	struct core_image image;
};

static bool piped_open(struct piped *p, const char *path)
{
	p->fd = open(path, O_RDONLY | O_CLOEXEC);
	return CHECK(image_stream_open(&p->stream, p->fd, NULL, &p->image, &e));
}

static void piped_close(struct piped *p)
{
	core_image_close(&p->image);
	close(p->fd);
}

TEST(stream)
{
	const char *path = in_scratch("image");
	struct fake *f = saved_here();
	struct devmem m = confined(f);
	struct piped p;
	struct restore r;

	save(f, path, false);
	if (!piped_open(&p, path) || !CHECK(restore_plan(&r, &p.image, &p.stream, &m, &e)))
		return;
	CHECK(restore_memory(&r, &m, 2, quiet, &e));
	check_memory(f, &m);
	restore_deinit(&r);
	piped_close(&p);
	devmem_close(&m);
	fake_free(f);
}

/* It comes once: what was only read, as with --check, is planned again without it. */
TEST(stream_that_was_checked)
{
	const char *path = in_scratch("image");
	struct fake *f = saved_here();
	struct devmem m = confined(f);
	struct piped p;
	struct restore r;

	save(f, path, false);
	if (!piped_open(&p, path) || !CHECK(restore_plan(&r, &p.image, &p.stream, NULL, &e)))
		return;
	CHECK(restore_memory(&r, NULL, 2, quiet, &e));
	restore_deinit(&r);
	if (CHECK(restore_plan(&r, &p.image, &p.stream, &m, &e)))
		restore_deinit(&r);
	piped_close(&p);
	devmem_close(&m);
	fake_free(f);
}

/* Whole frames came, tables and all, but the headers tell of more memory than they hold. */
TEST(stream_of_less_than_the_headers_tell)
{
	const char *path = in_scratch("image");
	struct fake *f = saved_here();
	struct devmem m = confined(f);
	struct piped p;
	struct restore r;

	save(f, path, false);
	if (!piped_open(&p, path))
		return;
	for (size_t i = 0; i < p.image.memory.core.load_count; i++)
		p.image.memory.core.loads[i].offset += MIB;
	if (CHECK(restore_plan(&r, &p.image, &p.stream, &m, &e))) {
		CHECK_FAILS(restore_memory(&r, &m, 2, quiet, &e), &e,
			    "* bytes came, the headers tell of *");
		restore_deinit(&r);
	}
	piped_close(&p);
	devmem_close(&m);
	fake_free(f);
}

TEST(states_that_are_refused)
{
	static const struct {
		uint32_t state;
		const char *pattern;
	} cases[] = {
		{ IMAGE_EMPTY, "holds no complete image (state: empty)" },
		{ IMAGE_WRITING, "holds no complete image (state: writing)" },
		{ IMAGE_CONSUMED, "was restored before; an image is restored only once" },
	};
	const char *path = in_scratch("image");
	struct fake *f = saved_here();
	struct core_file c;
	struct restore r;

	save(f, path, false);
	for (size_t i = 0; i < 3; i++) {
		if (!CHECK(core_file_open(&c, path, &e)))
			return;
		c.image.header.state = cases[i].state;
		CHECK_FAILS(restore_plan(&r, &c.image, NULL, NULL, &e), &e, cases[i].pattern);
		core_file_close(&c);
	}
	if (!CHECK(core_file_open(&c, path, &e)))
		return;
	c.image.header.record.ram_bytes++;
	CHECK_FAILS(restore_plan(&r, &c.image, NULL, NULL, &e), &e, "*different jump records");
	core_file_close(&c);

	save(f, path, true);
	if (!CHECK(core_file_open(&c, path, &e)))
		return;
	CHECK_FAILS(restore_plan(&r, &c.image, NULL, NULL, &e), &e, "saved with --for-analysis: *");
	core_file_close(&c);
	fake_free(f);
}

/* Nothing was written where byte @offset of the core has its place. */
static bool untouched(const struct restore *r, const struct devmem *m, uint64_t offset)
{
	const struct extent *x = &r->extents.at[extents_from_offset(&r->extents, offset)];
	uint8_t page[PAGE];
	static const uint8_t zero[PAGE];

	return pread(m->fd, page, PAGE, x->paddr + (offset - x->offset)) == PAGE &&
	       !memcmp(page, zero, PAGE);
}

/* A frame that is stored as it is, or one that is compressed. */
static struct image_frame find_frame(struct core_image *image, bool stored)
{
	size_t i = 1;

	while (i < image->table.count &&
	       (image->table.frames[i].in_size > image->table.frames[i].out_size) != stored)
		i++;
	if (i == image->table.count)
		abort();
	return image->table.frames[i];
}

static void flip_a_bit(const char *path, uint64_t at)
{
	struct bytes file = read_file(path);

	((uint8_t *)file.data)[at] ^= 4;
	write_file(path, file.data, file.size);
	free((void *)file.data);
}

/* A damaged frame is never written, whatever was written before. */
TEST(damaged_frame)
{
	const char *path = in_scratch("image");
	struct fake *f = saved_here();
	struct devmem m = confined(f);
	struct image_frame frame;
	struct core_file c;
	struct restore r;

	save(f, path, false);
	if (!CHECK(core_file_open(&c, path, &e)))
		return;
	frame = find_frame(&c.image, false);
	core_file_close(&c);
	flip_a_bit(path, frame.in_offset + frame.in_size / 2);
	if (!CHECK(core_file_open(&c, path, &e)) ||
	    !CHECK(restore_plan(&r, &c.image, NULL, &m, &e)))
		return;
	CHECK_FAILS(restore_memory(&r, &m, 1, quiet, &e), &e, "zstd frame at 0x*: damaged *");
	CHECK(untouched(&r, &m, frame.out_offset));
	restore_deinit(&r);
	core_file_close(&c);
	devmem_close(&m);
	fake_free(f);
}

/* So it is of a stream, whose digests come last: also where the frame is stored as it is. */
TEST(damaged_frame_of_a_stream)
{
	const char *path = in_scratch("image");
	struct fake *f = saved_here();
	struct devmem m = confined(f);
	struct piped p;
	struct image_frame frame;
	struct core_file c;
	struct restore r;
	uint64_t state = 1;

	for (uint64_t i = 0; i < 2 * MIB; i += 8)
		put(f, 3 * MIB + i, chance(&state), 8);
	save(f, path, false);
	if (!CHECK(core_file_open(&c, path, &e)))
		return;
	frame = find_frame(&c.image, true);
	core_file_close(&c);
	flip_a_bit(path, frame.in_offset + frame.in_size / 2);
	if (!piped_open(&p, path) || !CHECK(restore_plan(&r, &p.image, &p.stream, &m, &e)))
		return;
	CHECK_FAILS(restore_memory(&r, &m, 1, quiet, &e), &e,
		    "zstd frame at 0x*: damaged *content*");
	CHECK(untouched(&r, &m, frame.out_offset));
	restore_deinit(&r);
	piped_close(&p);
	devmem_close(&m);
	fake_free(f);
}

/* ---- one bit of an image is another one ---- */

struct damage {
	struct fake *f;
	struct devmem m;
	uint8_t *ram;  /* what was written to m */
	uint8_t *data; /* the image */
	size_t size;
	int fd; /* the same bytes, as a stream */
};

/* Of three megabytes of memory, one of them random, and the gate. */
static bool damage_init(struct damage *d)
{
	const char *path = in_scratch("image");
	struct bytes file;

	d->f = saved_here();
	d->f->load_count = 0;
	load(d->f, 0x280000, MIB, 0);
	load(d->f, 0xa00000, 2 * MIB, 0);
	load(d->f, d->f->record.gate_start, 16 * PAGE, 0);
	save(d->f, path, false);
	file = read_file(path);
	d->data = (uint8_t *)file.data;
	d->size = file.size;
	d->fd = open(path, O_RDWR | O_CLOEXEC);
	d->m = confined(d->f);
	d->ram = mmap(NULL, d->f->size, PROT_READ, MAP_SHARED, d->m.fd, 0);
	return CHECK(d->fd >= 0 && d->ram != MAP_FAILED && d->size > IMAGE_HEADER_SIZE);
}

static void damage_deinit(struct damage *d)
{
	munmap(d->ram, d->f->size);
	devmem_close(&d->m);
	close(d->fd);
	free(d->data);
	fake_free(d->f);
}

static void flip(struct damage *d, uint64_t bit)
{
	d->data[bit / 8] ^= 1 << bit % 8;
	if (pwrite(d->fd, d->data + bit / 8, 1, bit / 8) != 1)
		abort();
}

static bool restore_opened(const struct damage *d, struct core_image *image, struct image_stream *s)
{
	struct restore r;
	bool ok = restore_plan(&r, image, s, &d->m, &e);

	if (!ok)
		return false;
	ok = restore_memory(&r, &d->m, 1, quiet, &e);
	restore_deinit(&r);
	return ok;
}

static bool restore_from_file(struct damage *d)
{
	struct bytes file = { d->data, d->size };
	struct core_image image;
	bool ok, good;

	if (!core_image_open(&image, NULL, read_bytes, &file, file.size, &e))
		return false;
	good = core_image_verify(&image, &e);
	ok = restore_opened(d, &image, NULL);
	CHECK_EQ_U64(good, ok);
	core_image_close(&image);
	return ok;
}

static bool restore_from_stream(struct damage *d)
{
	struct image_stream s;
	struct core_image image;
	bool ok;

	lseek(d->fd, 0, SEEK_SET);
	if (!image_stream_open(&s, d->fd, NULL, &image, &e))
		return false;
	ok = restore_opened(d, &image, &s);
	core_image_close(&image);
	return ok;
}

/* Starts with empty memory; how many pages were written, and all of them with what was saved. */
static size_t pages_written(struct damage *d)
{
	static const uint8_t zero[PAGE];
	size_t count = 0;

	for (uint64_t at = 0; at < d->f->size; at += PAGE) {
		if (!memcmp(d->ram + at, zero, PAGE))
			continue;
		count++;
		if (!CHECK(!memcmp(d->ram + at, d->f->ram + at, PAGE)))
			break;
	}
	if (count && (ftruncate(d->m.fd, 0) || ftruncate(d->m.fd, d->f->size)))
		abort();
	return count;
}

/* An image that nobody has touched is restored: the refusals below have another reason. */
static bool is_good(struct damage *d)
{
	bool good = CHECK(restore_from_file(d)) && CHECK(pages_written(d) > 512);

	return good && CHECK(restore_from_stream(d)) && CHECK(pages_written(d) > 512);
}

TEST(any_byte_of_the_header_page_is_another)
{
	struct damage d;
	uint64_t seed = 99;

	if (!damage_init(&d) || !is_good(&d))
		return;
	for (uint64_t at = 0; at < IMAGE_HEADER_SIZE; at++) {
		uint64_t bit = at * 8 + chance(&seed) % 8;
		bool refused;

		flip(&d, bit);
		refused = CHECK_FAILS(restore_from_file(&d), &e, "*[a-z]*") &&
			  CHECK_FAILS(restore_from_stream(&d), &e, "*[a-z]*");
		flip(&d, bit);
		if (!refused) {
			fprintf(stderr, "bit %" PRIu64 " of the image\n", bit);
			break;
		}
	}
	CHECK_EQ_U64(pages_written(&d), 0);
	CHECK(is_good(&d));
	damage_deinit(&d);
}

/* What was verified before the damaged frame may have been written, nothing else. */
TEST(any_bit_of_the_body_is_another)
{
	struct damage d;
	uint64_t seed = 4712, start = 8 * IMAGE_HEADER_SIZE, tables;

	if (!damage_init(&d) || !is_good(&d))
		return;
	tables = 8 * (d.size - 256);
	for (unsigned i = 0; i < 300; i++) {
		/* Each third one in what is small: the tables at the end, the headers. */
		uint64_t from = i % 6 == 1 ? tables : start;
		uint64_t end = i % 6 == 4 ? start + 8 * 256 : 8 * d.size;
		uint64_t bit = from + chance(&seed) % (end - from);
		bool refused;

		flip(&d, bit);
		refused = CHECK_FAILS(restore_from_file(&d), &e, "*[a-z]*");
		pages_written(&d);
		refused &= CHECK_FAILS(restore_from_stream(&d), &e, "*[a-z]*");
		pages_written(&d);
		flip(&d, bit);
		if (!refused) {
			fprintf(stderr, "bit %" PRIu64 " of the image\n", bit);
			break;
		}
	}
	CHECK(is_good(&d));
	damage_deinit(&d);
}

#endif

/* ---- what is refused before anything is written ---- */

TEST(another_machine)
{
	struct fake *f = saved_here(), *other = small_kernel(THERE, true);
	struct jump_record good = f->record;

	CHECK(plans(f, NULL));
	CHECK_FAILS(plans(other, NULL), &e, "*image needs the *programs and kernel");
	f->record.machine = EM_ARM;
	CHECK_FAILS(plans(f, NULL), &e, "the jump record is damaged: its machine 40 *");
	f->record = good;
	f->record.cpu_features[2] = 0;
	CHECK(plans(f, NULL));
	f->record = good;
	f->record.cpu_vendor[1] ^= 1;
	CHECK_FAILS(plans(f, NULL), &e, "saved on a CPU of another vendor (*");
	f->record = good;
	f->record.cpu_signature ^= 0x10;
	CHECK_FAILS(plans(f, NULL), &e, "saved on another CPU model *");
	f->record = good;
	f->record.cpu_features[2] = UINT32_MAX;
	CHECK_FAILS(plans(f, NULL), &e, "this CPU lacks features * (CPUID 7.ebx: 0x*)");
	f->record = good;
	f->has_record = false;
	CHECK_FAILS(plans(f, NULL), &e, "no jump record: *");
	fake_free(f);
	fake_free(other);
}

static bool plans_with(struct fake *f, const struct devmem *m, uint64_t paddr, uint64_t size)
{
	f->load_count = 3;
	load(f, paddr, size, 0);
	return plans(f, m);
}

TEST(places_that_are_refused)
{
	struct fake *f = saved_here();
	struct devmem m = confined(f);
	uint64_t window = f->record.window_start, gate = f->record.gate_start;

	CHECK(plans(f, &m));
	CHECK_FAILS(plans_with(f, NULL, window, PAGE), &e, "*0x600000 that its kernel had lent");
	CHECK_FAILS(plans_with(f, NULL, gate - PAGE, PAGE), &e, "*that its kernel had lent");
	CHECK_FAILS(plans_with(f, NULL, 0x1000, PAGE), &e, "*0x1000 that its kernel had lent");
	CHECK_FAILS(plans_with(f, NULL, 0, 2 * PAGE), &e, "*0 that its kernel had lent");
	CHECK_FAILS(plans_with(f, &m, 0, PAGE), &e, "0-0xfff is not RAM on this machine");

	/* A kernel that is not confined. */
	f->load_count = 3;
	if (!ranges_add(&m.iomem.own, (struct range){ 0x800000, 0x8fffff }))
		abort();
	CHECK_FAILS(plans(f, &m), &e,
		    "memory at 0x700000 is in use by this kernel; it must be confined to "
		    "0x600000-0x6fffff (*");
	devmem_close(&m);
	fake_free(f);
}

/* As a saved image, and as a plain core. */
static bool plans_as(const struct fake *f, bool saved, uint64_t *bytes)
{
	struct restore r;
	struct opened o;
	bool ok;

	enter(&o, f);
	o.image.saved = saved;
	o.image.header.state = IMAGE_VALID;
	o.image.header.record = f->record;
	ok = restore_plan(&r, &o.image, NULL, NULL, &e);
	*bytes = ok ? r.bytes : 0;
	if (ok)
		restore_deinit(&r);
	leave(&o);
	return ok;
}

/* An x86_64 kernel's /proc/vmcore has its text a second time; what kdump saves never does. */
TEST(memory_twice)
{
	struct fake *f = saved_here();
	uint64_t once, twice;

	CHECK(plans_as(f, true, &once));
	f->load_count = 3;
	load(f, 0x300000, 4 * PAGE, 0xffffffff81000000);
	CHECK(plans_as(f, false, &twice));
	CHECK_EQ_U64(once, twice);
	CHECK_FAILS(plans_as(f, true, &twice), &e, "the image has memory at 0x300000 twice");
	fake_free(f);
}

/* The same bytes at two places: a core whose program headers overlap in the file. */
TEST(bytes_at_two_places)
{
	struct fake *f = saved_here();
	struct opened o;
	struct restore r;

	enter(&o, f);
	o.image.memory.core.loads[1].offset = o.image.memory.core.loads[0].offset + PAGE;
	CHECK(extents_of_core(&o.image.memory.extents, &o.image.memory.core, &e));
	CHECK_FAILS(restore_plan(&r, &o.image, NULL, NULL, &e), &e,
		    "two program headers place the same bytes *");
	leave(&o);
	fake_free(f);
}

/* As many pieces as headers can have, in an order of chance: planned at once. */
TEST(many_pieces)
{
	enum { COUNT = 70000 };
	struct fake *f = saved_here();
	struct elfcore_load *loads = calloc(COUNT, sizeof(*loads)), *old;
	struct opened o;
	struct restore r;
	uint64_t seed = 3;
	size_t old_count;

	enter(&o, f);
	old = o.image.memory.core.loads;
	old_count = o.image.memory.core.load_count;
	for (size_t i = 0; i < COUNT; i++)
		loads[i] = (struct elfcore_load){ .paddr = 0x100000000 + i * 2 * PAGE,
						  .filesz = PAGE,
						  .memsz = PAGE,
						  .offset = i * PAGE };
	for (size_t i = COUNT - 1; i; i--) {
		size_t j = chance(&seed) % (i + 1);
		struct elfcore_load swap = loads[i];

		loads[i] = loads[j];
		loads[j] = swap;
	}
	o.image.memory.core.loads = loads;
	o.image.memory.core.load_count = COUNT;
	CHECK(extents_of_core(&o.image.memory.extents, &o.image.memory.core, &e));
	if (CHECK(restore_plan(&r, &o.image, NULL, NULL, &e))) {
		CHECK_EQ_U64(r.bytes, (uint64_t)COUNT * PAGE);
		for (size_t i = 0; i < COUNT; i++)
			if (!CHECK_EQ_U64(r.extents.at[i].offset, i * PAGE))
				break;
		restore_deinit(&r);
	}
	o.image.memory.core.loads = old;
	o.image.memory.core.load_count = old_count;
	free(loads);
	leave(&o);
	fake_free(f);
}

/* ---- the kernel that jumped here ---- */

static bool may_replace(const struct fake *f)
{
	struct opened o;
	bool ok;

	enter(&o, f);
	ok = restore_check_peer(&o.image.memory, &e);
	leave(&o);
	return ok;
}

TEST(a_peer_that_waits_on_the_boot_cpu)
{
	struct fake *f = saved_here();
	struct gate_params *gate = (void *)(f->ram + f->record.gate_start + GATE_PARAMS);

	*gate = (struct gate_params){ .magic = GATE_MAGIC,
				      .version = GATE_VERSION,
				      .flags = GATE_CALLED };
	CHECK(may_replace(f));
	gate->flags |= GATE_MONITOR;
	CHECK_FAILS(may_replace(f), &e, "the kernel that jumped here waits on the boot CPU (*");
	gate->magic[0] ^= 1;
	CHECK_FAILS(may_replace(f), &e, "the kernel that jumped here: there is no gate at 0x*");
	gate->magic[0] ^= 1;
	f->has_record = false;
	CHECK(may_replace(f));
	fake_free(f);
}

/* ---- the core with the gate ---- */

TEST(gate_core)
{
	const char *path = in_scratch("gate");
	struct fake *f = saved_here();
	struct devmem m = confined(f);
	struct restore r;
	struct opened o;
	struct core_file c;
	struct record record;
	struct bytes raw;
	static uint8_t gate[16 * PAGE];

	enter(&o, f);
	if (!CHECK(restore_plan(&r, &o.image, NULL, &m, &e)))
		return;
	CHECK(restore_memory(&r, &m, 1, quiet, &e));
	CHECK(restore_write_gate(&r, &m, path, &e));
	if (CHECK(core_file_open(&c, path, &e))) {
		CHECK(core_memory_record(&c.image.memory, &record, &e));
		CHECK_EQ_U64(record.entry, f->record.entry);
		CHECK(elfcore_note(&c.image.memory.core, JUMP_RECORD_NOTE_NAME, JUMP_RECORD_NOTE,
				   &raw) &&
		      !memcmp(raw.data, &f->record, sizeof(f->record)));
		CHECK_EQ_U64(c.image.memory.core.entry, f->record.entry);
		CHECK_EQ_U64(c.image.memory.core.load_count, 1);
		CHECK(core_memory_read_phys(&c.image.memory, f->record.gate_start, gate,
					    sizeof(gate), &e));
		CHECK(!memcmp(gate, f->ram + f->record.gate_start, sizeof(gate)));
		core_file_close(&c);
	}
	CHECK_FAILS(restore_write_gate(&r, &m, "/dev/full", &e), &e,
		    "/dev/full: No space left on device");
	restore_deinit(&r);
	leave(&o);
	devmem_close(&m);
	fake_free(f);
}

TEST_MAIN
