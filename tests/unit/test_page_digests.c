/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdlib.h>
#include <string.h>

#include "elf_bytes.h"
#include "page_digests.h"
#include "test.h"
#include "x86.h"

#define PAGES 70 /* more than one word of bits */

static struct err e;

/* What an image's frames hold: one page of headers, the own pages, and what is told of all. */
struct content {
	uint8_t at[(PAGES + 1) * PAGE_SIZE + 4096];
	size_t size;
	struct image_pages *about;
	uint64_t *digests, *own;
};

/* Every third page is its own where there is a base. */
static void make(struct content *c, const char *base)
{
	size_t own = *base ? (PAGES + 2) / 3 : PAGES, at = (1 + own) * PAGE_SIZE;

	memset(c, 0, sizeof(*c));
	c->digests = (uint64_t *)(c->at + at);
	for (size_t i = 0; i < PAGES; i++)
		c->digests[i] = i;
	at += PAGES * sizeof(uint64_t);
	c->own = (uint64_t *)(c->at + at);
	for (size_t i = 0; *base && i < PAGES; i += 3)
		c->own[i / 64] |= UINT64_C(1) << i % 64;
	at += *base ? 2 * sizeof(uint64_t) : 0;
	c->about = (struct image_pages *)(c->at + at);
	*c->about = (struct image_pages){
		.magic = IMAGE_PAGES_MAGIC, .headers_size = PAGE_SIZE, .pages = PAGES, .own = own
	};
	strcpy(c->about->base_name, base);
	c->size = at + sizeof(*c->about);
}

static bool read_it(struct page_digests *d, const struct content *c)
{
	struct bytes file = { c->at, c->size };

	return page_digests_read(d, pread_bytes, &file, c->size, &e);
}

TEST(all_pages_or_some)
{
	struct content *c = malloc(sizeof(*c));
	struct page_digests d;
	uint64_t place;

	make(c, "");
	CHECK(read_it(&d, c));
	CHECK_EQ_U64(*(uint64_t *)(c->at + page_digests_offset(&d, 69)), 69);
	CHECK(page_digests_find(&d, 69, &place) && place == 69);
	page_digests_deinit(&d);

	make(c, "base");
	CHECK(read_it(&d, c));
	for (uint64_t n = 0; n < PAGES; n++)
		CHECK(page_digests_find(&d, n, &place) == (n % 3 == 0) && place == (n + 2) / 3);
	CHECK_EQ_U64(*(uint64_t *)(c->at + page_digests_offset(&d, 69)), 69);
	page_digests_deinit(&d);
	free(c);
}

static void check_refused(const struct content *c, const char *why)
{
	struct page_digests d;

	CHECK_FAILS(read_it(&d, c), &e, why);
	page_digests_deinit(&d);
}

TEST(damaged)
{
	static const char damaged[] = "the digests of its pages are damaged";
	struct content *c = malloc(sizeof(*c));

#define DAMAGE(base, what, why) \
	do { \
		make(c, base); \
		what; \
		check_refused(c, why); \
	} while (0)

	DAMAGE("", c->about->magic[0] ^= 1, "the digests of its pages are not at its end");
	DAMAGE("", c->size -= 1, "the digests of its pages are not at its end");
	DAMAGE("", c->size = 100, "the digests of its pages are not at its end");
	DAMAGE("", c->about->pages--, damaged);
	DAMAGE("", c->about->pages = UINT64_MAX, damaged);
	DAMAGE("", c->about->pages = UINT64_MAX / 8, damaged);
	DAMAGE("", c->about->own--, damaged);
	DAMAGE("", c->about->own = UINT64_MAX / PAGE_SIZE, damaged);
	DAMAGE("", c->about->headers_size++, damaged);
	DAMAGE("", c->about->headers_size = -(uint64_t)PAGE_SIZE, damaged);
	DAMAGE("b", c->about->own++, damaged);
	DAMAGE("b", c->about->base_name[0] = 0, damaged);
	DAMAGE("b", memset(c->about->base_name, 'x', sizeof(c->about->base_name)), damaged);
	DAMAGE("../b", (void)0, damaged);
	DAMAGE("..", (void)0, damaged);
	DAMAGE("b", c->own[0] ^= 2, "the list of its own pages is damaged");
	/* As many as there should be, but of a page that there is not. */
	DAMAGE("b", (c->own[0] ^= 1, c->own[1] ^= 1 << 7), "the list of its own pages is damaged");
	free(c);
}

TEST_MAIN
