/* SPDX-License-Identifier: GPL-2.0-only */
#include "core.h"
#include "peer_symbols.h"
#include "test.h"

/* Where the tables of a fake kernel's symbols are. */
#define NAMES	0x200000u
#define COUNT	0x210000u
#define TOKENS	0x211000u
#define INDEX	0x212000u
#define OFFSETS 0x213000u
#define BASE	0x214000u

static struct err e;

enum form { RELATIVE, PERCPU, SELF, ABSOLUTE };

static const char *const names[] = {
	"Tfirst_of_all", "T_stext", "Dlinux_banner", "Aan_absolute_one", "tlinux_banner",
};

#define SYMBOLS (sizeof(names) / sizeof(names[0]))

static uint64_t address_of(const struct fake *f, size_t i)
{
	return f->page_offset + 0x100000 + 0x1110 * i;
}

/* How a kernel of this form keeps an address. */
static uint32_t word_of(const struct fake *f, enum form form, size_t i)
{
	uint64_t address = address_of(f, i), base = f->page_offset + 0x1000;

	switch (form) {
	case RELATIVE:
		return address - base;
	case PERCPU:
		return base - 1 - address;
	case SELF:
		return address - (f->page_offset + OFFSETS + 4 * i);
	default:
		return address;
	}
}

/* One token for each byte, but "linux_" is token 1; the third name's length takes two bytes. */
static void put_names(struct fake *f)
{
	uint8_t *at = f->ram + NAMES;

	for (size_t i = 0; i < SYMBOLS; i++) {
		const char *name = names[i];
		uint8_t *length = at++;

		if (i == 2)
			at++;
		for (const char *c = name; *c;) {
			bool token = !strncmp(c, "linux_", 6);

			*at++ = token ? 1 : *c;
			c += token ? 6 : 1;
		}
		*length = at - length - 1;
		if (i == 2) {
			length[1] = 0;
			length[0] = 0x80 | (at - length - 2);
		}
	}
	for (unsigned byte = 0, offset = 0; byte < 256; byte++) {
		char text[8] = { byte };

		if (byte == 1)
			strcpy(text, "linux_");
		strcpy((char *)f->ram + TOKENS + offset, text);
		put(f, INDEX + 2 * byte, offset, 2);
		offset += strlen(text) + 1;
	}
}

static void make_symbols(struct fake *f, enum form form)
{
	static const struct {
		const char *name;
		uint64_t at;
	} tables[] = {
		{ "kallsyms_names", NAMES },	    { "kallsyms_num_syms", COUNT },
		{ "kallsyms_token_table", TOKENS }, { "kallsyms_token_index", INDEX },
		{ "kallsyms_offsets", OFFSETS },
	};

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		info(f, "SYMBOL(%s)=%" PRIx64 "\n", tables[i].name, f->page_offset + tables[i].at);
	if (form < SELF)
		info(f, "SYMBOL(kallsyms_relative_base)=%" PRIx64 "\n", f->page_offset + BASE);
	info(f, "SYMBOL(_stext)=%" PRIx64 "\n", address_of(f, 1));
	put_names(f);
	put(f, COUNT, SYMBOLS, 4);
	put_word(f, BASE, f->page_offset + 0x1000);
	for (size_t i = 0; i < SYMBOLS; i++)
		put(f, OFFSETS + 4 * i, word_of(f, form, i), 4);
}

static bool find(struct fake *f, const char *name, uint64_t *vaddr)
{
	struct fake_peer p;
	bool ok;

	f->load_count = 0;
	load_all(f);
	fake_open(&p, f);
	ok = peer_symbol(&p.kernel, name, vaddr, &e);
	fake_close(&p);
	return ok;
}

TEST(all_forms)
{
	for (unsigned levels = 2; levels <= 5; levels++) {
		for (enum form form = RELATIVE; form <= ABSOLUTE; form++) {
			struct fake *f = fake_kernel(levels, 4 * MIB);
			uint64_t vaddr = 0;

			if (form == ABSOLUTE && levels > 3) {
				fake_free(f);
				continue;
			}
			make_symbols(f, form);
			CHECK(find(f, "linux_banner", &vaddr));
			CHECK_EQ_U64(vaddr, address_of(f, 2));
			CHECK(find(f, "first_of_all", &vaddr));
			CHECK_EQ_U64(vaddr, address_of(f, 0));
			/* VMCOREINFO's own, which is not among them. */
			CHECK(find(f, levels > 3 ? "init_top_pgt" : "swapper_pg_dir", &vaddr));
			CHECK_FAILS(find(f, "linux_banne", &vaddr), &e,
				    "symbol linux_banne: the kernel does not know it *");
			fake_free(f);
		}
	}
}

TEST(absolute_among_relative_ones)
{
	struct fake *f = fake_kernel(4, 4 * MIB);
	uint64_t vaddr = 0;

	make_symbols(f, PERCPU);
	put(f, OFFSETS + 4 * 3, 0x1c000, 4);
	CHECK(find(f, "an_absolute_one", &vaddr));
	CHECK_EQ_U64(vaddr, 0x1c000);
	fake_free(f);
}

TEST(tables_that_do_not_help)
{
	struct fake *f = fake_kernel(4, 4 * MIB);
	uint64_t vaddr;

	CHECK_FAILS(find(f, "linux_banner", &vaddr), &e,
		    "symbol linux_banner: *VMCOREINFO has no SYMBOL(kallsyms_names)");
	make_symbols(f, RELATIVE);
	put(f, OFFSETS + 4, 0x12345, 4);
	CHECK_FAILS(find(f, "linux_banner", &vaddr), &e, "*in an unknown form");
	put(f, COUNT, UINT32_MAX, 4);
	CHECK_FAILS(find(f, "linux_banner", &vaddr), &e, "*more than any kernel has");
	put(f, COUNT, 7000000, 4);
	CHECK_FAILS(find(f, "nobody", &vaddr), &e, "*does not know it *");
	memset(f->ram + INDEX, 0xff, 512);
	CHECK_FAILS(find(f, "linux_banner", &vaddr), &e, "*does not know it *");
	fake_free(f);
}

TEST_MAIN
