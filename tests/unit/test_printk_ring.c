/* SPDX-License-Identifier: GPL-2.0-only */
#include "core.h"
#include "printk_ring.h"
#include "test.h"

static struct err e;

/* Where the parts of the ring are, in physical memory; offsets in the structs are made up. */
enum { POINTER = 0x200000, RING = 0x200100, DESCS = 0x201000, INFOS = 0x204000, TEXT = 0x208000 };
enum { COUNT_BITS = 4, TEXT_BITS = 10 };

static struct fake *with_log(unsigned levels)
{
	struct fake *f = fake_kernel(levels, 4 * MIB);
	unsigned w = word_bytes(f);

	info(f, "SYMBOL(prb)=%" PRIx64 "\n", f->page_offset + POINTER);
	info(f,
	     "OFFSET(printk_ringbuffer.desc_ring)=0\nOFFSET(printk_ringbuffer.text_data_ring)=128\n"
	     "OFFSET(atomic_long_t.counter)=0\nOFFSET(prb_desc_ring.count_bits)=0\n"
	     "OFFSET(prb_desc_ring.descs)=8\nOFFSET(prb_desc_ring.infos)=16\n"
	     "OFFSET(prb_desc_ring.head_id)=24\nOFFSET(prb_desc_ring.tail_id)=32\n"
	     "OFFSET(prb_data_ring.size_bits)=0\nOFFSET(prb_data_ring.data)=8\n"
	     "SIZE(prb_desc)=%u\nOFFSET(prb_desc.state_var)=0\nOFFSET(prb_desc.text_blk_lpos)=%u\n"
	     "OFFSET(prb_data_blk_lpos.begin)=0\nOFFSET(prb_data_blk_lpos.next)=%u\n"
	     "SIZE(printk_info)=32\nOFFSET(printk_info.ts_nsec)=8\nOFFSET(printk_info.text_len)="
	     "16\n",
	     3 * w, w, w);
	put_word(f, POINTER, f->page_offset + RING);
	put(f, RING, COUNT_BITS, 4);
	put_word(f, RING + 8, f->page_offset + DESCS);
	put_word(f, RING + 16, f->page_offset + INFOS);
	put(f, RING + 128, TEXT_BITS, 4);
	put_word(f, RING + 136, f->page_offset + TEXT);
	return f;
}

static void set_ids(struct fake *f, uint64_t tail, uint64_t head)
{
	put_word(f, RING + 32, tail);
	put_word(f, RING + 24, head);
}

static void set_desc(struct fake *f, uint64_t id, unsigned state, uint64_t begin, uint64_t next)
{
	uint64_t w = word_bytes(f), at = DESCS + (id & 15) * 3 * w, bits = 8 * w - 2;

	put_word(f, at, (id & ((UINT64_C(1) << bits) - 1)) | (uint64_t)state << bits);
	put_word(f, at + w, begin);
	put_word(f, at + 2 * w, next);
}

/* A record with its text at logical position @at; returns where the next one begins. */
static uint64_t add(struct fake *f, uint64_t id, uint64_t at, const char *text)
{
	uint64_t w = word_bytes(f), size = w + strlen(text), mask = (1 << TEXT_BITS) - 1, next;
	uint64_t place = at & mask;

	size = (size + w - 1) & ~(w - 1);
	next = at + size;
	/* What does not fit before the end goes to the start. */
	if ((at & ~mask) != ((next - 1) & ~mask)) {
		place = 0;
		next = (at & ~mask) + mask + 1 + size;
	}
	put_word(f, TEXT + place, id);
	memcpy(f->ram + TEXT + place + w, text, strlen(text));
	set_desc(f, id, 2, at, next);
	put(f, INFOS + (id & 15) * 32 + 8, id * 1000, 8);
	put(f, INFOS + (id & 15) * 32 + 16, strlen(text), 2);
	return next;
}

static char heard[4096];

static void hear(void *opaque, uint64_t ns, const char *text, size_t size)
{
	size_t used = strlen(heard);

	(void)opaque;
	snprintf(heard + used, sizeof(heard) - used, "%" PRIu64 " %.*s\n", ns, (int)size, text);
}

static bool read_log(struct fake *f)
{
	struct fake_peer p;
	bool ok;

	*heard = 0;
	f->load_count = 0;
	load_all(f);
	fake_open(&p, f);
	ok = printk_ring_read(&p.kernel, hear, NULL, &e);
	fake_close(&p);
	return ok;
}

TEST(some_records)
{
	for (unsigned levels = 2; levels <= 5; levels++) {
		struct fake *f = with_log(levels);
		uint64_t at = 0;

		at = add(f, 1, at, "Linux version 6.12");
		at = add(f, 2, at, "second");
		at = add(f, 3, at, "third\n\nof three lines");
		add(f, 4, at, "");
		set_ids(f, 1, 4);
		CHECK(read_log(f));
		CHECK_STR(heard, "1000 Linux version 6.12\n2000 second\n"
				 "3000 third\n3000 \n3000 of three lines\n4000 \n");
		fake_free(f);
	}
}

/* More records than there are descriptors, more text than the ring has room for. */
TEST(rings_that_went_round)
{
	struct fake *f = with_log(4);
	char text[100], want[4096] = "";
	uint64_t at = 0;

	for (unsigned id = 1; id <= 100; id++) {
		sprintf(text, "record %u of many, and some more words so that it takes room", id);
		at = add(f, id, at, text);
		if (id > 92)
			sprintf(want + strlen(want), "%u000 %s\n", id, text);
	}
	set_ids(f, 93, 100);
	CHECK(read_log(f));
	CHECK_STR(heard, want);
	fake_free(f);
}

TEST(ids_that_wrap)
{
	struct fake *f = with_log(3);
	uint64_t at = 0;

	at = add(f, 0x3ffffffe, at, "one");
	at = add(f, 0x3fffffff, at, "two");
	at = add(f, 0x40000000, at, "three");
	set_ids(f, 0x3ffffffe, 0x40000000);
	CHECK(read_log(f));
	CHECK_MATCH(heard, "*one\n*two\n*three\n");
	fake_free(f);
}

/* Those that are being written, were reused, or are damaged are left out; the others come. */
TEST(records_that_are_left_out)
{
	struct fake *f = with_log(4);
	uint64_t at = 0;

	for (unsigned id = 1; id <= 8; id++)
		at = add(f, id, at, "text");
	set_desc(f, 2, 0, 0, 16);      /* reserved */
	set_desc(f, 3, 3, 0, 16);      /* reusable */
	set_desc(f, 4 + 16, 2, 0, 16); /* another id */
	set_desc(f, 5, 2, 3, 3);       /* an empty line */
	set_desc(f, 6, 2, 1, 1);       /* its text was lost */
	set_desc(f, 7, 2, 0x10, 0x14); /* no room for the id */
	set_ids(f, 1, 8);
	CHECK(read_log(f));
	CHECK_STR(heard, "1000 text\n5000 \n8000 text\n");
	fake_free(f);
}

TEST(text_length_is_bounded_by_the_block)
{
	struct fake *f = with_log(4);

	add(f, 1, 0, "12345678");
	put(f, INFOS + 32 + 16, 0xffff, 2);
	set_ids(f, 1, 1);
	CHECK(read_log(f));
	CHECK_STR(heard, "1000 12345678\n");
	memset(f->ram + TEXT, 'x', 1 << TEXT_BITS);
	set_desc(f, 1, 2, 0, (1 << TEXT_BITS) - 1);
	CHECK(read_log(f));
	CHECK_EQ_U64(strlen(heard), strlen("1000 \n") + (1 << TEXT_BITS) - 1 - 8);
	fake_free(f);
}

TEST(logs_that_cannot_be)
{
	struct fake *f = with_log(4);
	char *key;

	put(f, RING, 25, 4);
	CHECK_FAILS(read_log(f), &e, "the kernel's log: the log's ring is damaged");
	/* 2^24 records, in a machine of 4 MiB. */
	put(f, RING, 24, 4);
	CHECK_FAILS(read_log(f), &e,
		    "the kernel's log: the log's ring is damaged: 16777216 records do not fit *");
	put(f, RING, COUNT_BITS, 4);
	put(f, RING + 128, 32, 4);
	CHECK_FAILS(read_log(f), &e, "the kernel's log: the log's text ring is damaged");
	put(f, RING + 128, TEXT_BITS, 4);
	put_word(f, POINTER, 0xffffc90000000000);
	CHECK_FAILS(read_log(f), &e, "the kernel's log: virtual address * is not mapped");
	put_word(f, POINTER, f->page_offset + RING);
	key = strstr(f->info, "SIZE(prb_desc)=");
	key[15] = '-';
	CHECK_FAILS(read_log(f), &e, "the kernel's log: VMCOREINFO has no usable SIZE(prb_desc)*");
	key[0] = 'x';
	CHECK_FAILS(read_log(f), &e, "the kernel's log: VMCOREINFO has no usable SIZE(prb_desc)*");
	*strstr(f->info, "SYMBOL(prb)") = 'x';
	CHECK_FAILS(read_log(f), &e, "the kernel's log: VMCOREINFO has no SYMBOL(prb)*");
	fake_free(f);
}

TEST_MAIN
