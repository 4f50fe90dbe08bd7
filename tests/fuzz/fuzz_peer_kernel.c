/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A kernel's page tables, struct pages, log and list of lent pages in a core that somebody has
 * scribbled on. The input says which kernel (its first byte), and where what is written: 3 bytes of
 * offset and 8 bytes, again and again. Nothing that is not all free is called free.
 */
#include "core.h"
#include "free_pages.h"
#include "fuzz.h"
#include "peer_symbols.h"
#include "printk_ring.h"

#define RAM	    (4 * MIB)
#define WINDOW	    0x300000
#define PATCH_SIZE  11
#define PATCHES_MAX 64

/* Cores of 2, 3, 4 and 5 levels, made once. */
static struct bytes cores[4];

static void add_log(struct fake *f)
{
	info(f, "SYMBOL(prb)=%" PRIx64 "\n", f->page_offset + 0x1a0000);
	info(f,
	     "OFFSET(printk_ringbuffer.desc_ring)=0\nOFFSET(printk_ringbuffer.text_data_ring)=128\n"
	     "OFFSET(atomic_long_t.counter)=0\nOFFSET(prb_desc_ring.count_bits)=0\n"
	     "OFFSET(prb_desc_ring.descs)=8\nOFFSET(prb_desc_ring.infos)=16\n"
	     "OFFSET(prb_desc_ring.head_id)=24\nOFFSET(prb_desc_ring.tail_id)=32\n"
	     "OFFSET(prb_data_ring.size_bits)=0\nOFFSET(prb_data_ring.data)=8\n"
	     "SIZE(prb_desc)=24\nOFFSET(prb_desc.state_var)=0\nOFFSET(prb_desc.text_blk_lpos)=8\n"
	     "OFFSET(prb_data_blk_lpos.begin)=0\nOFFSET(prb_data_blk_lpos.next)=8\n"
	     "SIZE(printk_info)=32\nOFFSET(printk_info.ts_nsec)=8\nOFFSET(printk_info.text_len)="
	     "16\n");
	put_word(f, 0x1a0000, f->page_offset + 0x1a0100);
	put(f, 0x1a0100, 4, 4);
	put_word(f, 0x1a0108, f->page_offset + 0x1a1000);
	put_word(f, 0x1a0110, f->page_offset + 0x1a2000);
	put_word(f, 0x1a0118, 8);
	put(f, 0x1a0180, 10, 4);
	put_word(f, 0x1a0188, f->page_offset + 0x1a3000);
	for (uint64_t id = 0; id <= 8; id++) {
		put_word(f, 0x1a1000 + id * 24, id | UINT64_C(2) << (8 * word_bytes(f) - 2));
		put_word(f, 0x1a1008 + id * 24, id * 32);
		put_word(f, 0x1a1010 + id * 24, id * 32 + 32);
		put(f, 0x1a2010 + id * 32, 24, 2);
	}
}

/* SPARSEMEM for 3 and 5 levels, FLATMEM for the others. */
static void add_struct_pages(struct fake *f)
{
	if (f->levels % 2) {
		make_mem_map(f, 0x180000);
		info(f,
		     "SYMBOL(mem_section)=%" PRIx64
		     "\nLENGTH(mem_section)=%u\nSIZE(mem_section)=%u\n"
		     "OFFSET(mem_section.section_mem_map)=0\nNUMBER(SECTION_SIZE_BITS)=21\n"
		     "NUMBER(MAX_PHYSMEM_BITS)=%u\n",
		     f->page_offset + 0x170000, f->levels == 3 ? 2048 : 64, 2 * word_bytes(f),
		     f->levels == 3 ? 32 : 46);
		if (f->levels == 5)
			put_word(f, 0x170000, f->page_offset + 0x171000);
		for (unsigned i = 0; i < 2; i++)
			put_word(f, (f->levels == 5 ? 0x171000 : 0x170000) + i * 2 * word_bytes(f),
				 (f->page_offset + 0x180000) | 3);
	} else {
		make_flatmem(f, 0x180000, 0x17f000);
	}
	info(f,
	     "SYMBOL(contig_page_data)=%" PRIx64 "\nOFFSET(pglist_data.node_zones)=16\n"
	     "OFFSET(pglist_data.nr_zones)=2048\nSIZE(zone)=512\nOFFSET(zone.vm_stat)=128\n"
	     "NUMBER(NR_FREE_PAGES)=8\n",
	     f->page_offset + 0x160000);
	put(f, 0x160800, 2, 4);
	set_buddy(f, 0x240, 6);
	set_buddy(f, 0x280, 5);
	set_buddy(f, 0x3ff, 0);
}

/* A table of one-letter symbols: "_stext" is the last one's only name in VMCOREINFO. */
static void add_symbols(struct fake *f)
{
	static const char *const tables[] = {
		"kallsyms_names",
		"kallsyms_num_syms",
		"kallsyms_token_table",
		"kallsyms_token_index",
		"kallsyms_offsets",
		"kallsyms_relative_base",
		"_stext",
	};

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		info(f, "SYMBOL(%s)=%" PRIx64 "\n", tables[i],
		     f->page_offset + 0x1a4000 + 0x200 * i);
	put(f, 0x1a4000, 0x0203010203010302, 8);
	put(f, 0x1a4200, 3, 4);
	memcpy(f->ram + 0x1a4400, "T_\0stext\0linux_banner", 22);
	put(f, 0x1a4600, 0x0009000300000000, 8);
	put_word(f, 0x1a4a00, f->page_offset);
	put(f, 0x1a4800, 0x1a4c00, 4);
}

static void make_cores(void)
{
	for (unsigned levels = 2; levels <= 5; levels++) {
		struct fake *f = fake_kernel(levels, RAM);

		add_struct_pages(f);
		add_log(f);
		add_symbols(f);
		fake_jump(f, WINDOW, 32, 0x200000, 0x1c0000, 0x1f0000, 0xcc);
		load_all(f);
		cores[levels - 2] = fake_core(f);
		fake_free(f);
	}
}

static void use_line(void *opaque, uint64_t ns, const char *text, size_t size)
{
	uint64_t *sum = opaque;

	*sum += ns;
	for (size_t i = 0; i < size; i++)
		*sum += text[i];
}

static void look_for_free_pages(struct peer_kernel *k)
{
	const struct range within = { 0x200000, RAM - 1 };
	struct ranges all = {};
	struct free_pages p;
	struct err e = {};

	PROVE(ranges_add(&all, within));
	PROVE(free_pages_find(&p, k, &all, &e));
	PROVE(ranges_size(&p.free) == p.count * PAGE);
	for (size_t i = 0; i < p.free.count; i++) {
		PROVE(range_contains(within, p.free.at[i]));
		PROVE(!(p.free.at[i].start % PAGE) && p.free.at[i].last % PAGE == PAGE - 1);
	}
	free_pages_deinit(&p);
	ranges_deinit(&all);
}

static void walk(struct peer_kernel *k)
{
	static const uint64_t addresses[] = { 0,
					      0xc0000000,
					      0xf0000000,
					      0xffff888000000000,
					      0xff11000000300000,
					      0xffffffff80000000,
					      UINT64_MAX - 1 };
	uint64_t paddr, left, words[2];
	struct err e = {};

	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		if (!page_table_walk(&k->page_table, addresses[i], &paddr, &left, &e))
			prove_error(&e);
		if (!peer_kernel_read(k, addresses[i], words, sizeof(words), &e))
			prove_error(&e);
	}
	if (!peer_symbol(k, "linux_banner", &paddr, &e))
		prove_error(&e);
	for (uint64_t at = WINDOW - 8; at < WINDOW + 40 * PAGE; at += PAGE)
		if (!peer_kernel_read_phys(k, at, words, sizeof(words), &e))
			prove_error(&e);
}

static void look_at(struct bytes file)
{
	struct core_image image;
	struct peer_kernel k;
	struct err e = {};
	uint64_t sum = 0;

	if (!core_image_open(&image, NULL, read_bytes, &file, file.size, &e)) {
		prove_error(&e);
		return;
	}
	if (peer_kernel_open(&k, &image.memory, &e)) {
		walk(&k);
		look_for_free_pages(&k);
		if (printk_ring_read(&k, use_line, &sum, &e))
			taken();
		else
			prove_error(&e);
		peer_kernel_close(&k);
	} else {
		prove_error(&e);
	}
	core_image_close(&image);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t before[PATCHES_MAX][8], *core;
	size_t offsets[PATCHES_MAX], count = 0;
	struct bytes file;

	if (!cores[0].data)
		make_cores();
	if (!size)
		return 0;
	file = cores[data[0] % 4];
	core = (uint8_t *)file.data;
	for (size_t at = 1; size - at >= PATCH_SIZE && count < PATCHES_MAX; at += PATCH_SIZE) {
		size_t offset =
			(data[at] | data[at + 1] << 8 | data[at + 2] << 16) % (file.size - 8);

		offsets[count] = offset;
		memcpy(before[count++], core + offset, 8);
		memcpy(core + offset, data + at + 3, 8);
	}
	look_at(file);
	while (count--)
		memcpy(core + offsets[count], before[count], 8);
	return 0;
}
