/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether a page of one kernel is found by the other one, at its physical address:
 *
 *	corepage put FILE COUNT			makes a tmpfs FILE of COUNT pages and prints their
 *addresses corepage find CORE INDEX=ADDRESS...	in CORE (/proc/vmcore) these pages are at these
 *addresses
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE	  4096u
#define PHDRS_MAX 64

static void die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("corepage: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	exit(1);
}

static uint32_t word(unsigned page, unsigned i)
{
	return (page * (PAGE / 4) + i + 1) * 2654435761u;
}

static int put(const char *name, unsigned count)
{
	int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
	int pagemap = open("/proc/self/pagemap", O_RDONLY);
	uint32_t *words;

	if (fd < 0 || pagemap < 0 || ftruncate(fd, (off_t)count * PAGE))
		die("%s: %s", name, strerror(errno));
	words = mmap(NULL, count * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (words == MAP_FAILED)
		die("%s: %s", name, strerror(errno));
	for (unsigned page = 0; page < count; page++) {
		uint32_t *w = words + page * (PAGE / 4);
		uint64_t entry;

		for (unsigned i = 0; i < PAGE / 4; i++)
			w[i] = word(page, i);
		if (pread(pagemap, &entry, 8, (off_t)((uintptr_t)w / PAGE * 8)) != 8 ||
		    !(entry >> 63))
			die("page %u is not in memory", page);
		printf("%u=%#" PRIx64 "\n", page, (entry & (UINT64_MAX >> 9)) * PAGE);
	}
	return 0;
}

struct load {
	uint64_t paddr, offset, size;
};

static unsigned read_loads(int fd, struct load *loads)
{
	unsigned char ident[EI_NIDENT];
	unsigned count = 0;

	if (pread(fd, ident, sizeof(ident), 0) != EI_NIDENT || memcmp(ident, ELFMAG, SELFMAG))
		die("not an ELF file");
#define READ_LOADS(ehdr_type, phdr_type) \
	do { \
		ehdr_type e; \
		phdr_type p; \
		if (pread(fd, &e, sizeof(e), 0) != sizeof(e) || e.e_phnum > PHDRS_MAX) \
			die("the ELF header is bad"); \
		for (unsigned i = 0; i < e.e_phnum; i++) { \
			if (pread(fd, &p, sizeof(p), (off_t)(e.e_phoff + i * sizeof(p))) != \
			    sizeof(p)) \
				die("program header %u cannot be read", i); \
			if (p.p_type == PT_LOAD) \
				loads[count++] = \
					(struct load){ p.p_paddr, p.p_offset, p.p_filesz }; \
		} \
	} while (0)
	if (ident[EI_CLASS] == ELFCLASS64)
		READ_LOADS(Elf64_Ehdr, Elf64_Phdr);
	else
		READ_LOADS(Elf32_Ehdr, Elf32_Phdr);
	return count;
}

static void find_page(int fd, const struct load *loads, unsigned count, unsigned page,
		      uint64_t address)
{
	uint32_t got[PAGE / 4];

	for (unsigned i = 0; i < count; i++) {
		if (address < loads[i].paddr || address - loads[i].paddr >= loads[i].size)
			continue;
		if (pread(fd, got, PAGE, (off_t)(loads[i].offset + address - loads[i].paddr)) !=
		    PAGE)
			die("%#" PRIx64 " cannot be read: %s", address, strerror(errno));
		for (unsigned w = 0; w < PAGE / 4; w++)
			if (got[w] != word(page, w))
				die("page %u at %#" PRIx64 ": word %u is %#x, not %#x", page,
				    address, w, got[w], word(page, w));
		return;
	}
	die("no PT_LOAD has %#" PRIx64, address);
}

int main(int argc, char **argv)
{
	struct load loads[PHDRS_MAX];
	unsigned count;
	int fd;

	if (argc == 4 && !strcmp(argv[1], "put"))
		return put(argv[2], (unsigned)strtoul(argv[3], NULL, 0));
	if (argc < 4 || strcmp(argv[1], "find"))
		die("usage: corepage put FILE COUNT | find CORE INDEX=ADDRESS...");
	fd = open(argv[2], O_RDONLY);
	if (fd < 0)
		die("%s: %s", argv[2], strerror(errno));
	count = read_loads(fd, loads);
	for (int i = 3; i < argc; i++) {
		unsigned page;
		uint64_t address;

		if (sscanf(argv[i], "%u=%" SCNi64, &page, (int64_t *)&address) != 2)
			die("%s is not INDEX=ADDRESS", argv[i]);
		find_page(fd, loads, count, page, address);
	}
	printf("%d pages found\n", argc - 3);
	return 0;
}
