/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A small machine for tests: some RAM with a kernel's structures in it, as an ELF core in memory or
 * in a file.
 */
#ifndef TEST_CORE_H
#define TEST_CORE_H

#include <elf.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core_file.h"
#include "core_image.h"
#include "reader.h"
#include "peer_kernel.h"
#include "purgatory_abi.h"
#include "save.h"

#define PAGE	   4096u
#define MIB	   (1u << 20)
#define KERNEL_MAP 0xffffffff80000000u

struct fake {
	uint16_t machine;
	bool elf64;
	unsigned levels;
	uint8_t *ram; /* physical 0 ... size - 1 */
	uint64_t size;
	uint64_t page_offset;
	uint64_t top;		     /* physical address of the top page table */
	uint64_t tables, tables_end; /* page tables are made from here on */
	char info[8192];	     /* VMCOREINFO */
	bool has_record;
	struct jump_record record;
	struct {
		uint64_t paddr, vaddr, size;
	} loads[64];
	unsigned load_count;
	uint64_t mem_map, page_size, mapcount, private;
	uint32_t buddy;
};

static char scratch[64];

/* A file name in a folder that goes with the program. */
__attribute__((unused)) static const char *in_scratch(const char *name)
{
	static char path[4][160];
	static unsigned next;
	char *p = path[next++ % 4];

	if (!*scratch) {
		strcpy(scratch, "/tmp/kexec-jump-test-XXXXXX");
		if (!mkdtemp(scratch))
			abort();
	}
	snprintf(p, sizeof(path[0]), "%s/%s", scratch, name);
	return p;
}

/* Whether some of memfd_create("mem"), in place of /dev/mem, is mapped. */
__attribute__((unused)) static bool is_mapped(void)
{
	FILE *f = fopen("/proc/self/maps", "re");
	char line[512];
	bool found = false;

	while (f && fgets(line, sizeof(line), f))
		found |= strstr(line, "memfd:mem") != NULL;
	if (!f)
		abort();
	fclose(f);
	return found;
}

__attribute__((destructor, unused)) static void remove_scratch(void)
{
	char command[128];

	if (!*scratch)
		return;
	snprintf(command, sizeof(command), "rm -rf %s", scratch);
	if (system(command))
		perror(scratch);
}

/* A repeatable source of numbers (xorshift). */
__attribute__((unused)) static uint64_t chance(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

__attribute__((unused)) static void quiet(const char *line)
{
	(void)line;
}

/* ---- memory ---- */

__attribute__((unused)) static void put(struct fake *f, uint64_t paddr, uint64_t value,
					unsigned size)
{
	if (paddr + size > f->size)
		abort();
	memcpy(f->ram + paddr, &value, size);
}

__attribute__((unused)) static unsigned word_bytes(const struct fake *f)
{
	return f->machine == EM_X86_64 ? 8 : 4;
}

__attribute__((unused)) static void put_word(struct fake *f, uint64_t paddr, uint64_t value)
{
	put(f, paddr, value, word_bytes(f));
}

__attribute__((unused, format(printf, 2, 3))) static void info(struct fake *f, const char *format,
							       ...)
{
	size_t used = strlen(f->info);
	va_list args;

	va_start(args, format);
	vsnprintf(f->info + used, sizeof(f->info) - used, format, args);
	va_end(args);
}

__attribute__((unused)) static void load(struct fake *f, uint64_t paddr, uint64_t size,
					 uint64_t vaddr)
{
	f->loads[f->load_count].paddr = paddr;
	f->loads[f->load_count].size = size;
	f->loads[f->load_count++].vaddr = vaddr;
}

/* ---- page tables ---- */

struct fake_paging {
	unsigned entry_size, top_shift, top_bits, bits;
};

static const struct fake_paging fake_paging[] = {
	[2] = { 4, 22, 10, 10 },
	[3] = { 8, 30, 2, 9 },
	[4] = { 8, 39, 9, 9 },
	[5] = { 8, 48, 9, 9 },
};

/* Maps 1 << @page_shift bytes. */
__attribute__((unused)) static void map_page(struct fake *f, uint64_t vaddr, uint64_t paddr,
					     unsigned page_shift)
{
	const struct fake_paging *m = &fake_paging[f->levels];
	uint64_t table = f->top, shift = m->top_shift, bits = m->top_bits;

	for (;;) {
		uint64_t at = table + (vaddr >> shift & ((1u << bits) - 1)) * m->entry_size,
			 entry = 0;

		if (shift == page_shift) {
			put(f, at, paddr | 1 | (shift > 12 ? 1 << 7 : 0), m->entry_size);
			return;
		}
		memcpy(&entry, f->ram + at, m->entry_size);
		if (!entry) {
			if (f->tables == f->tables_end)
				abort();
			entry = f->tables | 1;
			f->tables += PAGE;
			put(f, at, entry, m->entry_size);
		}
		table = entry & ~(uint64_t)0xfff;
		shift -= m->bits;
		bits = m->bits;
	}
}

/* A kernel with all its RAM in a direct map of large pages. */
__attribute__((unused)) static struct fake *fake_kernel(unsigned levels, uint64_t size)
{
	struct fake *f = calloc(1, sizeof(*f));
	unsigned large = levels == 2 ? 22 : 21;

	if (!f)
		abort();
	f->levels = levels;
	f->machine = levels > 3 ? EM_X86_64 : EM_386;
	f->elf64 = true;
	f->size = size;
	f->ram = calloc(1, size);
	if (!f->ram)
		abort();
	f->page_offset = levels == 5   ? 0xff11000000000000
			 : levels == 4 ? 0xffff888000000000
				       : 0xc0000000;
	f->top = 0x100000;
	f->tables = f->top + PAGE;
	f->tables_end = 0x140000;
	for (uint64_t at = 0; at < size; at += 1u << large)
		map_page(f, f->page_offset + at, at, large);
	info(f, "OSRELEASE=6.12.0-test\n");
	if (levels > 3) {
		info(f, "SYMBOL(init_top_pgt)=%" PRIx64 "\nNUMBER(phys_base)=1048576\n",
		     KERNEL_MAP + f->top - 0x100000);
		info(f, "NUMBER(pgtable_l5_enabled)=%d\n", levels == 5);
	} else {
		info(f, "SYMBOL(swapper_pg_dir)=%" PRIx64 "\n", f->page_offset + f->top);
		if (levels == 3)
			info(f, "CONFIG_X86_PAE=y\n");
	}
	return f;
}

__attribute__((unused)) static void fake_free(struct fake *f)
{
	free(f->ram);
	free(f);
}

/* ---- struct pages ---- */

/* One flat array of struct pages for all RAM at @paddr; no page is free. */
__attribute__((unused)) static void make_mem_map(struct fake *f, uint64_t paddr)
{
	bool wide = f->machine == EM_X86_64;

	f->mem_map = paddr;
	f->page_size = wide ? 64 : 40;
	f->mapcount = wide ? 48 : 24;
	f->private = wide ? 40 : 20;
	f->buddy = 0xf0000000;
	for (uint64_t i = 0; i < f->size / PAGE; i++)
		put(f, paddr + i * f->page_size + f->mapcount, UINT32_MAX, 4);
	info(f,
	     "SIZE(page)=%" PRIu64 "\nOFFSET(page._mapcount)=%" PRIu64
	     "\nOFFSET(page.private)=%" PRIu64
	     "\nNUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=%d\nLENGTH(zone.free_area)=11\n",
	     f->page_size, f->mapcount, f->private, (int32_t)f->buddy);
}

__attribute__((unused)) static void make_flatmem(struct fake *f, uint64_t paddr, uint64_t pointer)
{
	make_mem_map(f, paddr);
	put_word(f, pointer, f->page_offset + paddr);
	info(f, "SYMBOL(mem_map)=%" PRIx64 "\n", f->page_offset + pointer);
}

__attribute__((unused)) static void set_buddy(struct fake *f, uint64_t pfn, uint64_t order)
{
	uint64_t at = f->mem_map + pfn * f->page_size;

	put(f, at + f->mapcount, f->buddy, 4);
	put_word(f, at + f->private, order);
}

/* ---- a jump ---- */

/*
 * Lends @pages pages from @window on and the page at 0x1000: their contents go to the pages from
 * @sources on, a list from @list on tells of it, and the window holds @filler instead. The gate is
 * at the window's end.
 */
__attribute__((unused)) static void fake_jump(struct fake *f, uint64_t window, unsigned pages,
					      uint64_t sources, uint64_t list, uint64_t control,
					      uint8_t filler)
{
	unsigned words = PAGE / word_bytes(f), index = 0;
	struct gate_params gate = { .magic = GATE_MAGIC,
				    .version = GATE_VERSION,
				    .return_address = control + 0x123 };
	uint64_t gate_start = window + (pages - 16) * PAGE, page = list;

	f->has_record = true;
	f->record = (struct jump_record){
		.magic = JUMP_RECORD_MAGIC,
		.version = JUMP_RECORD_VERSION,
		.size = sizeof(f->record),
		.machine = f->machine,
		.paging_levels = f->levels,
		.free_content = FREE_CONTENT_NONE,
		.entry = gate_start + GATE_REENTRY,
		.gate_start = gate_start,
		.gate_last = gate_start + 16 * PAGE - 1,
		.window_start = window,
		.window_last = window + pages * PAGE - 1,
		.low_start = 0x1000,
		.low_last = 0x1fff,
		.headers_start = window,
		.headers_last = window + PAGE - 1,
		.ram_bytes = f->size,
		.release = "6.12.0-test",
		.build = "#1 test",
	};
	for (unsigned i = 0; i <= pages; i++) {
		uint64_t at = i ? window + (i - 1) * PAGE : 0x1000, held = sources + i * PAGE;

		memcpy(f->ram + held, f->ram + at, PAGE);
		memset(f->ram + at, filler, PAGE);
		if (i < 2)
			put_word(f, page + index++ * word_bytes(f), at | 1);
		if (index == words - 1) {
			put_word(f, page + index * word_bytes(f), (page + PAGE) | 2);
			page += PAGE;
			index = 0;
		}
		put_word(f, page + index++ * word_bytes(f), held | 8);
	}
	put_word(f, page + index * word_bytes(f), 4);
	put_word(f, control + 0x40, 0x1234567); /* what else a control page holds */
	put_word(f, control + 0x80, sources | 2);
	put_word(f, control + 0xc0, list | 2);
	memcpy(f->ram + gate_start + GATE_PARAMS, &gate, sizeof(gate));
}

/* Whether the page at @paddr was lent. */
__attribute__((unused)) static bool was_lent(const struct fake *f, uint64_t paddr)
{
	const struct jump_record *r = &f->record;

	return (paddr >= r->window_start && paddr <= r->window_last) ||
	       (paddr >= r->low_start && paddr <= r->low_last);
}

/* All RAM but what was lent, and the gate: as the elfcorehdr for the other kernel have it. */
__attribute__((unused)) static void load_all(struct fake *f)
{
	const struct jump_record *r = &f->record;

	if (!f->has_record) {
		load(f, 0, f->size, f->page_offset);
		return;
	}
	load(f, 0x2000, r->window_start - 0x2000, f->page_offset + 0x2000);
	load(f, r->window_last + 1, f->size - r->window_last - 1,
	     f->page_offset + r->window_last + 1);
	load(f, r->gate_start, r->gate_last - r->gate_start + 1, 0);
}

/* ---- the core file ---- */

static size_t put_note(uint8_t *to, const char *name, uint32_t type, const void *desc, size_t size)
{
	uint32_t words[3] = { strlen(name) + 1, size, type };
	size_t at = sizeof(words);

	if (to) {
		memcpy(to, words, sizeof(words));
		memcpy(to + at, name, words[0]);
	}
	at += (words[0] + 3) & ~3u;
	if (to && size)
		memcpy(to + at, desc, size);
	return at + ((size + 3) & ~(size_t)3);
}

static size_t put_notes(const struct fake *f, uint8_t *to)
{
	size_t at = put_note(to, "CORE", 1, "prstatus", 8);

	at += put_note(to ? to + at : NULL, "VMCOREINFO", 0, f->info, strlen(f->info));
	if (f->has_record)
		at += put_note(to ? to + at : NULL, JUMP_RECORD_NOTE_NAME, JUMP_RECORD_NOTE,
			       &f->record, sizeof(f->record));
	return at;
}

static void put_phdr(const struct fake *f, uint8_t *to, const Elf64_Phdr *p)
{
	Elf32_Phdr narrow = { .p_type = p->p_type,
			      .p_flags = p->p_flags,
			      .p_offset = p->p_offset,
			      .p_vaddr = p->p_vaddr,
			      .p_paddr = p->p_paddr,
			      .p_filesz = p->p_filesz,
			      .p_memsz = p->p_memsz };

	memcpy(to, f->elf64 ? (const void *)p : &narrow, f->elf64 ? sizeof(*p) : sizeof(narrow));
}

/* The core as a malloc()ed file. */
__attribute__((unused)) static struct bytes fake_core(const struct fake *f)
{
	size_t entry = f->elf64 ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);
	size_t phoff = f->elf64 ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr),
	       notes = put_notes(f, NULL);
	size_t notes_at = phoff + (f->load_count + 1) * entry,
	       size = (notes_at + notes + PAGE - 1) / PAGE * PAGE;
	size_t at = size;
	Elf64_Ehdr wide = { .e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64,
					 ELFDATA2LSB, EV_CURRENT },
			    .e_type = ET_CORE,
			    .e_machine = f->machine,
			    .e_version = EV_CURRENT,
			    .e_entry = f->record.entry,
			    .e_phoff = phoff,
			    .e_ehsize = sizeof(wide),
			    .e_phentsize = entry,
			    .e_phnum = f->load_count + 1 };
	Elf32_Ehdr narrow = { .e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS32,
					   ELFDATA2LSB, EV_CURRENT },
			      .e_type = ET_CORE,
			      .e_machine = f->machine,
			      .e_version = EV_CURRENT,
			      .e_entry = f->record.entry,
			      .e_phoff = phoff,
			      .e_ehsize = sizeof(narrow),
			      .e_phentsize = entry,
			      .e_phnum = f->load_count + 1 };
	uint8_t *file;

	for (unsigned i = 0; i < f->load_count; i++)
		size += f->loads[i].size;
	file = calloc(1, size);
	if (!file)
		abort();
	memcpy(file, f->elf64 ? (void *)&wide : (void *)&narrow, phoff);
	put_phdr(f, file + phoff,
		 &(Elf64_Phdr){ .p_type = PT_NOTE, .p_offset = notes_at, .p_filesz = notes });
	put_notes(f, file + notes_at);
	for (unsigned i = 0; i < f->load_count; i++) {
		put_phdr(f, file + phoff + (i + 1) * entry,
			 &(Elf64_Phdr){ .p_type = PT_LOAD,
					.p_flags = PF_R | PF_W | PF_X,
					.p_offset = at,
					.p_paddr = f->loads[i].paddr,
					.p_vaddr = f->loads[i].vaddr,
					.p_filesz = f->loads[i].size,
					.p_memsz = f->loads[i].size });
		memcpy(file + at, f->ram + f->loads[i].paddr, f->loads[i].size);
		at += f->loads[i].size;
	}
	return (struct bytes){ file, size };
}

/* ---- files ---- */

__attribute__((unused)) static bool read_bytes(void *opaque, uint64_t offset, void *to, size_t size,
					       struct err *err)
{
	const struct bytes *b = opaque;

	return bytes_copy(*b, offset, to, size) || err_set(err, "beyond the end of the file");
}

/* The kernel in a fake's core. */
struct fake_peer {
	struct bytes file;
	struct core_image image;
	struct peer_kernel kernel;
};

__attribute__((unused)) static void fake_open(struct fake_peer *p, const struct fake *f)
{
	struct err e;

	p->file = fake_core(f);
	if (!core_image_open(&p->image, NULL, read_bytes, &p->file, p->file.size, &e) ||
	    !peer_kernel_open(&p->kernel, &p->image.memory, &e))
		abort();
}

__attribute__((unused)) static void fake_close(struct fake_peer *p)
{
	peer_kernel_close(&p->kernel);
	core_image_close(&p->image);
	free((void *)p->file.data);
}

__attribute__((unused)) static void write_file(const char *path, const void *data, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size || close(fd)) {
		perror(path);
		abort();
	}
}

__attribute__((unused)) static struct bytes read_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	uint8_t *data;

	if (fd < 0 || fstat(fd, &st) || !(data = malloc(st.st_size + 1)) ||
	    read(fd, data, st.st_size) != st.st_size || close(fd)) {
		perror(path);
		abort();
	}
	return (struct bytes){ data, st.st_size };
}

/* Writes the core of @f to a file. */
__attribute__((unused)) static void write_core(const struct fake *f, const char *path)
{
	struct bytes core = fake_core(f);

	write_file(path, core.data, core.size);
	free((void *)core.data);
}

/* Every frame of it is good. */
__attribute__((unused)) static bool verify_image(const char *path, struct err *err)
{
	struct core_file f;
	bool ok;

	if (!core_file_open(&f, path, err))
		return false;
	if (f.image.saved && !f.image.table.count)
		ok = err_set(err, "no image");
	else
		ok = image_reader_run(&(struct image_reader){ .image = &f.image, .threads = 2 },
				      NULL, err);
	core_file_close(&f);
	return ok;
}

/* ---- a small kernel with something of everything ---- */

#define SMALL_RAM    (16 * MIB)
#define SMALL_WINDOW 0x600000
#define SMALL_PAGES  256      /* 1 MiB of window */
#define SMALL_HELD   0x400000 /* what low RAM and the window had */

/* Half of the RAM is free; words all over tell where they are, some memory is random. */
__attribute__((unused)) static struct fake *small_kernel(unsigned levels, bool jumped)
{
	struct fake *f = fake_kernel(levels, SMALL_RAM);
	uint64_t seed = 4711;

	for (uint64_t at = 0x200000; at < f->size; at += 64)
		put(f, at, at < 0x500000 ? chance(&seed) : at, 8);
	make_flatmem(f, 0x180000, 0x17f000);
	for (uint64_t pfn = 0x800; pfn < 0xfc0; pfn += 0x40)
		set_buddy(f, pfn, 6);
	set_buddy(f, 0xfff, 0);
	if (jumped)
		fake_jump(f, SMALL_WINDOW, SMALL_PAGES, SMALL_HELD, 0x1c0000, 0x1f0000, 0xbb);
	load_all(f);
	return f;
}

#endif
