/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "devmem.h"
#include "file_io.h"
#include "kexec_jump.h"
#include "loaded_image.h"
#include "x86.h"

#define KIMAGE_WORDS 16 /* head and start are among the first of struct kimage */

/* ---- pages ---- */

/* The page frame that holds what B has at @page. */
static bool source_page(const struct loaded_image *l, uint64_t page, uint64_t *source,
			struct err *e)
{
	const struct page_pair *p = page_list_find(&l->pages, page);

	if (!p)
		return err_set(e, "%#" PRIx64 " is not memory of the loaded kernel", page);
	*source = p->held;
	return true;
}

/* On i386, what is not in the direct map is not in /proc/kcore. */
static bool read_frame(void *opaque, uint64_t paddr, void *to, size_t size, struct err *e)
{
	const struct loaded_image *l = opaque;

	return kernel_read_phys(l->kernel, paddr, to, size, e) ||
	       (l->kernel->host->arch == HOST_I386 &&
		err_append(e, "; high memory can be read by the module kexec_jump only"));
}

static bool open_devmem(struct loaded_image *l, struct err *e)
{
	if (l->devmem < 0)
		l->devmem = devmem_open_device(l->kernel->host->root, true, e);
	return l->devmem >= 0;
}

static bool write_frame(struct loaded_image *l, uint64_t paddr, const void *from, size_t size,
			struct err *e)
{
	if (!open_devmem(l, e))
		return false;
	/* Its mmap() would not take this kernel's RAM (arch/x86/mm/pat/memtype.c). */
	return file_write_at(l->devmem, paddr, from, size) ||
	       err_sys(e, errno, "/dev/mem: writing to the page frame at %#" PRIx64,
		       paddr & PAGE_MASK);
}

/* Of @size bytes from @paddr on, those in one page: where they are. */
static bool first_page(const struct loaded_image *l, uint64_t paddr, size_t size, uint64_t *source,
		       size_t *part, struct err *e)
{
	uint64_t skip = paddr & ~PAGE_MASK;

	if (!source_page(l, paddr & PAGE_MASK, source, e))
		return false;
	*source += skip;
	*part = PAGE_SIZE - skip < size ? PAGE_SIZE - skip : size;
	return true;
}

static bool read_pages(struct loaded_image *l, uint64_t paddr, uint8_t *to, size_t size,
		       struct err *e)
{
	while (size) {
		uint64_t source;
		size_t part;

		if (!first_page(l, paddr, size, &source, &part, e) ||
		    !read_frame(l, source, to, part, e))
			return false;
		to += part;
		paddr += part;
		size -= part;
	}
	return true;
}

static bool write_pages(struct loaded_image *l, uint64_t paddr, const uint8_t *from, size_t size,
			struct err *e)
{
	while (size) {
		uint64_t source;
		size_t part;

		if (!first_page(l, paddr, size, &source, &part, e) ||
		    !write_frame(l, source, from, part, e))
			return false;
		from += part;
		paddr += part;
		size -= part;
	}
	return true;
}

static bool check_pages(const struct loaded_image *l, uint64_t paddr, size_t size, struct err *e)
{
	uint64_t source, last;

	if (!size)
		return true;
	if (__builtin_add_overflow(paddr, size - 1, &last))
		return err_set(e, "%zu bytes from %#" PRIx64 " on go beyond all addresses", size,
			       paddr);
	for (uint64_t page = paddr & PAGE_MASK; page <= last; page += PAGE_SIZE)
		if (!source_page(l, page, &source, e))
			return false;
	return true;
}

/* ---- our module ---- */

static bool ask_module(const struct loaded_image *l, unsigned long command, uint64_t paddr,
		       const void *data, size_t size, struct err *e)
{
	struct kexec_jump_access a = { .paddr = paddr, .data = (uintptr_t)data, .size = size };

	if (!ioctl(l->device, command, &a))
		return true;
	if (errno == EADDRNOTAVAIL)
		return err_set(e,
			       "%zu bytes at %#" PRIx64 " are not all memory of the loaded kernel",
			       size, paddr);
	return err_sys(e, errno, "%zu bytes at %#" PRIx64 " of the loaded kernel's memory", size,
		       paddr);
}

static bool open_module(struct loaded_image *l, struct err *e)
{
	struct kexec_jump_info info = { .version = KEXEC_JUMP_VERSION };

	l->way = LOADED_BY_MODULE;
	l->device = open(KEXEC_JUMP_DEVICE, O_RDWR | O_CLOEXEC);
	if (l->device < 0)
		return err_sys(e, errno, KEXEC_JUMP_DEVICE);
	if (ioctl(l->device, KEXEC_JUMP_INFO, &info))
		return err_sys(e, errno, KEXEC_JUMP_DEVICE);
	if (!info.pages)
		return err_set(e, "nothing is loaded");
	if (!(info.flags & KEXEC_JUMP_PRESERVE))
		return err_set(e, "what is loaded is not a kernel to jump to");
	l->entry = info.entry;
	return true;
}

/* ---- the kernel's own ---- */

static size_t word_size(const struct loaded_image *l)
{
	return l->kernel->host->arch == HOST_X86_64 ? 8 : 4;
}

static bool read_kimage(const struct loaded_image *l, uint64_t words[KIMAGE_WORDS], struct err *e)
{
	uint64_t symbol, kimage = 0;
	uint8_t raw[KIMAGE_WORDS * 8];

	if (!kernel_symbol(l->kernel, "kexec_image", &symbol, e) ||
	    !kernel_read(l->kernel, symbol, &kimage, word_size(l), e))
		return false;
	if (!kimage)
		return err_set(e, "nothing is loaded");
	if (!kernel_read(l->kernel, kimage, raw, KIMAGE_WORDS * word_size(l), e))
		return err_prefix(e, "the kernel's struct kimage");
	for (size_t i = 0; i < KIMAGE_WORDS; i++) {
		words[i] = 0;
		memcpy(&words[i], raw + i * word_size(l), word_size(l));
	}
	return true;
}

static bool find_pages(struct loaded_image *l, const uint64_t words[KIMAGE_WORDS], struct err *e)
{
	for (size_t i = 0; i < KIMAGE_WORDS; i++)
		if (page_list_of_kimage(&l->pages, words[i], word_size(l), read_frame, l) &&
		    l->pages.count)
			return true;
	return err_set(e, "the kernel's list of the loaded image's pages was not found in its "
			  "struct kimage");
}

static bool is_gate(const struct gate_params *g)
{
	return !memcmp(g->magic, GATE_MAGIC, sizeof(g->magic)) && g->version == GATE_VERSION;
}

/* The entry, as the one word that leads to a gate. */
static bool find_entry(struct loaded_image *l, const uint64_t words[KIMAGE_WORDS], struct err *e)
{
	struct gate_params gate = { 0 };

	for (size_t i = 0; i < KIMAGE_WORDS; i++) {
		uint64_t offset = words[i] & ~PAGE_MASK;

		if ((offset != GATE_FIRST && offset != GATE_FORWARD) ||
		    !page_list_find(&l->pages, words[i] & PAGE_MASK) ||
		    !loaded_image_read(l, (words[i] & PAGE_MASK) + GATE_PARAMS, &gate, sizeof(gate),
				       e) ||
		    !is_gate(&gate))
			continue;
		l->entry = words[i];
		return true;
	}
	return err_set(e, "what is loaded is not a kernel to jump to");
}

static bool open_kernel(struct loaded_image *l, struct err *e)
{
	uint64_t words[KIMAGE_WORDS];
	const struct meminfo *mem = &l->kernel->host->mem;

	l->way = LOADED_BY_KERNEL;
	return page_list_init(&l->pages, mem->total / PAGE_SIZE, e) && read_kimage(l, words, e) &&
	       find_pages(l, words, e) && find_entry(l, words, e);
}

/* ---- both ---- */

/* The list has all that was lent, and nothing else. */
static bool check_list(const struct loaded_image *l, struct err *e)
{
	const struct lent *lent = &l->record.lent;
	bool ok = l->pages.count == lent_bytes(lent) / PAGE_SIZE;

	for (size_t i = 0; ok && i < l->pages.count; i++)
		ok = lent_has(lent, l->pages.pairs[i].at);
	return ok || err_set(e, "the kernel's list of %zu pages is not that of what was lent",
			     l->pages.count);
}

static bool read_record(struct loaded_image *l, struct err *e)
{
	struct elfcore core;
	struct bytes raw;
	bool ok;

	if (!l->gate.headers_size)
		return err_set(e, "what is loaded is not a kernel to jump to");
	if (!elfcore_read_headers(&core, loaded_image_read, l, l->gate.headers_start,
				  l->gate.headers_size, e))
		return err_prefix(e, "the loaded image's elfcorehdr");
	ok = record_of_core(&l->record, &core, e);
	if (ok && elfcore_note(&core, JUMP_RECORD_NOTE_NAME, JUMP_RECORD_NOTE, &raw))
		memcpy(&l->raw_record, raw.data, sizeof(l->raw_record));
	elfcore_deinit(&core);
	return ok;
}

static bool read_gate(struct loaded_image *l, struct err *e)
{
	uint64_t gate = l->entry & PAGE_MASK;

	if (!loaded_image_read(l, gate + GATE_PARAMS, &l->gate, sizeof(l->gate), e))
		return false;
	if (!is_gate(&l->gate))
		return err_set(e, "there is no gate of this version of kexec-jump at %#" PRIx64,
			       gate);
	/* One that goes on in a saved kernel learns it only when it is entered. */
	if (!l->gate.passes_out && l->gate.target == GATE_TO_GATE)
		l->gate.peer = l->gate.entry;
	return true;
}

static bool check_record(const struct loaded_image *l, struct err *e)
{
	uint64_t gate = l->entry & PAGE_MASK;

	if (l->record.lent.gate.start != gate)
		return err_set(e,
			       "the jump record's gate is at %#" PRIx64
			       ", the image's at %#" PRIx64,
			       l->record.lent.gate.start, gate);
	return l->way == LOADED_BY_MODULE || check_list(l, e);
}

bool loaded_image_open_gate(struct loaded_image *l, const struct kernel_memory *k, struct err *e)
{
	const struct host *h = k->host;

	*l = (struct loaded_image){ .kernel = k, .device = -1, .devmem = -1 };
	if (h->recorded)
		return err_set(e, "--host-root: nothing can be loaded there");
	if (h->loaded == NO)
		return err_set(e, "nothing is loaded");
	if ((h->module_loaded ? open_module(l, e) : open_kernel(l, e)) && read_gate(l, e))
		return true;
	loaded_image_close(l);
	return false;
}

bool loaded_image_open(struct loaded_image *l, const struct kernel_memory *k, struct err *e)
{
	if (!loaded_image_open_gate(l, k, e))
		return false;
	if (read_record(l, e) && check_record(l, e))
		return true;
	loaded_image_close(l);
	return false;
}

void loaded_image_close(struct loaded_image *l)
{
	page_list_deinit(&l->pages);
	if (l->device >= 0)
		close(l->device);
	if (l->devmem >= 0)
		close(l->devmem);
	l->device = l->devmem = -1;
}

bool loaded_image_read(void *opaque, uint64_t paddr, void *to, size_t size, struct err *e)
{
	struct loaded_image *l = opaque;

	return l->way == LOADED_BY_MODULE
		       ? ask_module(l, KEXEC_JUMP_READ, paddr, to, size, e)
		       : check_pages(l, paddr, size, e) && read_pages(l, paddr, to, size, e);
}

bool loaded_image_write(struct loaded_image *l, uint64_t paddr, const void *from, size_t size,
			struct err *e)
{
	return l->way == LOADED_BY_MODULE
		       ? ask_module(l, KEXEC_JUMP_WRITE, paddr, from, size, e)
		       : check_pages(l, paddr, size, e) && write_pages(l, paddr, from, size, e);
}

/*
 * A page frame that stands for @source. With CONFIG_STRICT_DEVMEM RAM below 1 MiB seems to be
 * readable, as zeros, and what is written there is lost (arch/x86/mm/init.c devmem_is_allowed()).
 */
static uint64_t tell_tale(const struct loaded_image *l, uint64_t source)
{
	for (size_t i = 0; source < MIB && i < l->pages.count; i++)
		if (l->pages.pairs[i].held >= MIB)
			return l->pages.pairs[i].held;
	return source;
}

bool loaded_image_may_write(struct loaded_image *l, uint64_t paddr, struct err *why)
{
	uint64_t source;
	char byte;

	if (l->way == LOADED_BY_MODULE)
		return true;
	/* What /dev/mem lets be read it lets be written. */
	if (!source_page(l, paddr & PAGE_MASK, &source, why) || !open_devmem(l, why))
		return false;
	source = tell_tale(l, source);
	return pread(l->devmem, &byte, 1, (off_t)source) == 1 ||
	       err_sys(why, errno, "/dev/mem: the page frame at %#" PRIx64, source);
}
