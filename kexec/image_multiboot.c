/* SPDX-License-Identifier: GPL-2.0-only */
#include <inttypes.h>
#include <string.h>

#include "image_multiboot.h"
#include "multiboot.h"
#include "x86.h"

/* Where the words of a header that add up to 0 are; false: nowhere. */
static bool find_header(struct bytes file, uint32_t magic, size_t words, uint64_t reach,
			uint64_t step, uint64_t *at)
{
	for (*at = 0; *at + 4 * words <= reach; *at += step) {
		uint32_t word, sum = 0;

		if (!bytes_le32(file, *at, &word))
			return false;
		if (word != magic)
			continue;
		for (size_t i = 0; i < words && bytes_le32(file, *at + 4 * i, &word); i++)
			sum += word;
		if (!sum)
			return true;
	}
	return false;
}

static bool find(struct bytes file, unsigned version, uint64_t *at)
{
	if (version == 1)
		return find_header(file, MULTIBOOT_HEADER_MAGIC, 3, MULTIBOOT_HEADER_REACH,
				   MULTIBOOT_HEADER_ALIGN, at);
	return find_header(file, MULTIBOOT2_HEADER_MAGIC, 4, MULTIBOOT2_HEADER_REACH,
			   MULTIBOOT2_HEADER_ALIGN, at);
}

/* ---- Its memory ---- */

/* As the header's own addresses say; @at is the header's place in the file. */
static bool use_addresses(struct image_multiboot *m, struct bytes file, uint64_t at,
			  const struct multiboot_header *h, struct err *e)
{
	struct elf_load *l = &m->elf.loads[0];
	uint64_t before = h->header_addr - (uint64_t)h->load_addr, size, end = h->load_end_addr;

	if (h->header_addr < h->load_addr || before > at)
		return err_set(e, "its multiboot header is before what it loads");
	size = file.size - (at - before);
	if (!end)
		end = h->load_addr + size;
	if (end < h->load_addr || end - h->load_addr > size)
		return err_set(e,
			       "its multiboot header loads to %#" PRIx64 ", beyond the end of the "
			       "file, which was cut short",
			       end);
	bytes_sub(file, at - before, end - h->load_addr, &l->data);
	l->paddr = l->vaddr = h->load_addr;
	l->memsz = l->data.size;
	if (h->bss_end_addr > end)
		l->memsz = h->bss_end_addr - h->load_addr;
	if (!l->memsz || l->paddr + l->memsz > FOUR_GIB)
		return err_set(e, "its multiboot header loads %#" PRIx64 " bytes at %#" PRIx64,
			       l->memsz, l->paddr);
	m->elf = (struct image_elf){
		.file = file,
		.bits = 32,
		.align = PAGE_SIZE,
		.entry = h->entry_addr,
		.loads = { *l },
		.load_count = 1,
	};
	return true;
}

static bool check_entry(const struct image_multiboot *m, struct err *e)
{
	const struct image_elf *elf = &m->elf;

	for (size_t i = 0; i < elf->load_count; i++) {
		const struct elf_load *l = &elf->loads[i];

		if (elf->entry >= l->paddr && elf->entry - l->paddr < l->memsz)
			return true;
	}
	return err_set(e, "its entry %#" PRIx64 " is in nothing that is loaded", elf->entry);
}

static bool check_reach(const struct image_multiboot *m, struct err *e)
{
	return image_elf_span(&m->elf).last < FOUR_GIB ||
	       err_set(e, "it reaches beyond 4 GiB, but a multiboot kernel is entered in 32-bit "
			  "mode");
}

/* ---- Version 1 ---- */

static enum probe parse1(struct image_multiboot *m, struct bytes file, uint64_t at, struct err *e)
{
	struct multiboot_header h = {};
	enum probe answer;
	size_t size = offsetof(struct multiboot_header, header_addr);

	bytes_copy(file, at, &h, size);
	if (h.flags & MULTIBOOT_ADDRESS_FIELDS) {
		if (!bytes_copy(file, at, &h, sizeof(h))) {
			err_set(e, "a multiboot kernel that ends in its header");
			return PROBE_ERROR;
		}
		answer = use_addresses(m, file, at, &h, e) && check_entry(m, e) ? PROBE_MINE
										: PROBE_ERROR;
	} else {
		answer = image_elf_probe(&m->elf, file, e);
	}
	if (answer != PROBE_MINE)
		return answer;
	m->wants_screen = h.flags & MULTIBOOT_VIDEO_MODE;
	if (h.flags & MULTIBOOT_MUST &
	    ~(MULTIBOOT_PAGE_ALIGN | MULTIBOOT_MEMORY_INFO | MULTIBOOT_VIDEO_MODE)) {
		err_set(e,
			"a multiboot kernel that wants what no loader is known to have "
			"(flags %#" PRIx32 ")",
			h.flags);
		return PROBE_ERROR;
	}
	return check_reach(m, e) ? PROBE_MINE : PROBE_ERROR;
}

/* ---- Version 2 ---- */

/* What was found in the tags, in whatever order they are. */
struct tags {
	struct multiboot_header addresses;
	bool has_addresses, has_entry;
	uint32_t entry;
	uint32_t lowest, highest, align; /* to be moved; align 0: not */
};

static bool known_request(uint32_t type)
{
	switch (type) {
	case MULTIBOOT2_CMDLINE:
	case MULTIBOOT2_LOADER:
	case MULTIBOOT2_MODULE:
	case MULTIBOOT2_MEMORY:
	case MULTIBOOT2_MAP:
	case MULTIBOOT2_FRAMEBUFFER:
	case MULTIBOOT2_LOAD_BASE:
		return true;
	default:
		return false;
	}
}

static bool read_requests(struct bytes body, bool optional, struct err *e)
{
	uint32_t type;

	for (uint64_t at = 0; bytes_le32(body, at, &type); at += sizeof(type)) {
		if (!known_request(type) && !optional)
			return err_set(e,
				       "a multiboot 2 kernel that wants information of type "
				       "%" PRIu32 ", which there is not after a kexec",
				       type);
	}
	return true;
}

static bool read_words(struct bytes body, uint32_t *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!bytes_le32(body, 4 * i, words[i]))
			return false;
	}
	return true;
}

/* False without an error: it is too short. */
static bool read_tag(struct image_multiboot *m, struct tags *t, unsigned type, struct bytes body,
		     bool optional, struct err *e)
{
	struct multiboot_header *h = &t->addresses;

	switch (type) {
	case MULTIBOOT2_HEADER_REQUEST:
		return read_requests(body, optional, e);
	case MULTIBOOT2_HEADER_ADDRESS:
		t->has_addresses = true;
		return read_words(body,
				  (uint32_t *const[]){ &h->header_addr, &h->load_addr,
						       &h->load_end_addr, &h->bss_end_addr },
				  4);
	case MULTIBOOT2_HEADER_ENTRY:
		t->has_entry = true;
		return bytes_le32(body, 0, &t->entry);
	case MULTIBOOT2_HEADER_RELOCATABLE:
		return read_words(body, (uint32_t *const[]){ &t->lowest, &t->highest, &t->align },
				  3);
	case MULTIBOOT2_HEADER_FRAMEBUFFER:
		m->takes_screen = true;
		m->wants_screen = !optional;
		return true;
	case MULTIBOOT2_HEADER_CONSOLE:
	case MULTIBOOT2_HEADER_MODULE_ALIGN:
	/* The ways of EFI's boot services, which are over: it is entered at its 32-bit entry. */
	case MULTIBOOT2_HEADER_EFI_SERVICES:
	case MULTIBOOT2_HEADER_ENTRY_EFI32:
	case MULTIBOOT2_HEADER_ENTRY_EFI64:
		return true;
	default:
		return optional || err_set(e,
					   "a multiboot 2 kernel that wants what no loader is "
					   "known to have (tag %u)",
					   type);
	}
}

static bool read_tags(struct image_multiboot *m, struct tags *t, struct bytes tags, struct err *e)
{
	struct multiboot2_header_tag tag;
	struct bytes body;
	uint64_t at = 0;

	while (bytes_copy(tags, at, &tag, sizeof(tag)) && tag.type != MULTIBOOT2_HEADER_END) {
		e->text[0] = '\0';
		if (tag.size < sizeof(tag) ||
		    !bytes_sub(tags, at + sizeof(tag), tag.size - sizeof(tag), &body) ||
		    !read_tag(m, t, tag.type, body, tag.flags & 1, e))
			return *e->text ? false
					: err_set(e,
						  "its multiboot header has a tag (%u) that is "
						  "cut short",
						  tag.type);
		at += ((uint64_t)tag.size + 7) & ~UINT64_C(7);
	}
	return true;
}

static bool use_places(struct image_multiboot *m, const struct tags *t, struct err *e)
{
	if (!t->align)
		return true;
	if (t->align & (t->align - 1) || t->lowest > t->highest)
		return err_set(e,
			       "its multiboot header wants it between %#" PRIx32 " and %#" PRIx32
			       ", at a multiple of %#" PRIx32,
			       t->lowest, t->highest, t->align);
	m->places = (struct range){ t->lowest, t->highest };
	if (t->align > m->elf.align)
		m->elf.align = t->align;
	return true;
}

static enum probe parse2(struct image_multiboot *m, struct bytes file, uint64_t at, struct err *e)
{
	struct multiboot2_header h;
	struct tags t = {};
	struct bytes tags;
	enum probe answer = PROBE_ERROR;

	bytes_copy(file, at, &h, sizeof(h));
	if (h.architecture != MULTIBOOT2_I386) {
		err_set(e, "a multiboot 2 kernel of architecture %" PRIu32 ": 0 is i386",
			h.architecture);
		return PROBE_ERROR;
	}
	if (h.header_length < sizeof(h) ||
	    !bytes_sub(file, at + sizeof(h), h.header_length - sizeof(h), &tags)) {
		err_set(e, "a multiboot kernel that ends in its header");
		return PROBE_ERROR;
	}
	if (!read_tags(m, &t, tags, e))
		return PROBE_ERROR;
	t.addresses.entry_addr = t.entry;
	if (!t.has_addresses)
		answer = image_elf_probe(&m->elf, file, e);
	else if (use_addresses(m, file, at, &t.addresses, e))
		answer = PROBE_MINE;
	if (answer != PROBE_MINE)
		return answer;
	if (t.has_entry)
		m->elf.entry = t.entry;
	return check_entry(m, e) && check_reach(m, e) && use_places(m, &t, e) ? PROBE_MINE
									      : PROBE_ERROR;
}

enum probe image_multiboot_probe(struct image_multiboot *m, struct bytes file, unsigned version,
				 struct err *e)
{
	uint64_t at;

	*m = (struct image_multiboot){ .version = version };
	if (!find(file, version, &at))
		return PROBE_NOT_MINE;
	return version == 1 ? parse1(m, file, at, e) : parse2(m, file, at, e);
}
