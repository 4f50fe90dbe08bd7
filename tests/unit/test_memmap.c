/* SPDX-License-Identifier: GPL-2.0-only */
#include "memmap.h"
#include "test.h"

#define MAX	       UINT64_MAX
#define R(start, last) ((struct range){ start, last })

static const char *show(const struct memmap *m)
{
	static char text[1024];
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < m->count && used < sizeof(text) - 64; i++)
		used += snprintf(text + used, sizeof(text) - used, "[%" PRIx64 "-%" PRIx64 " %s]",
				 m->at[i].range.start, m->at[i].range.last,
				 mem_type_name(m->at[i].type));
	return text;
}

TEST(set_in_an_empty_map)
{
	struct memmap m = {};

	CHECK(memmap_set(&m, R(0, MAX), MEM_RAM));
	CHECK_STR(show(&m), "[0-ffffffffffffffff RAM]");
	memmap_deinit(&m);
	CHECK(!m.at && !m.count && !m.room);
}

TEST(set_splits)
{
	struct memmap m = {};

	memmap_set(&m, R(0, MAX), MEM_RAM);
	memmap_set(&m, R(0x10, 0x1f), MEM_RESERVED);
	CHECK_STR(show(&m), "[0-f RAM][10-1f reserved][20-ffffffffffffffff RAM]");
	memmap_set(&m, R(0, 0), MEM_NVS);
	memmap_set(&m, R(MAX, MAX), MEM_ACPI);
	CHECK_STR(show(&m), "[0-0 ACPI NVS][1-f RAM][10-1f reserved][20-fffffffffffffffe RAM]"
			    "[ffffffffffffffff-ffffffffffffffff ACPI tables]");
	memmap_set(&m, R(0, MAX), MEM_RAM);
	CHECK_STR(show(&m), "[0-ffffffffffffffff RAM]");
	memmap_deinit(&m);
}

TEST(neighbours_of_one_type_join)
{
	struct memmap m = {};

	memmap_set(&m, R(0x00, 0x0f), MEM_RAM);
	memmap_set(&m, R(0x20, 0x2f), MEM_RAM);
	memmap_set(&m, R(0x30, 0x3f), MEM_RESERVED);
	CHECK_STR(show(&m), "[0-f RAM][20-2f RAM][30-3f reserved]");
	memmap_set(&m, R(0x10, 0x1f), MEM_ACPI);
	CHECK_STR(show(&m), "[0-f RAM][10-1f ACPI tables][20-2f RAM][30-3f reserved]");
	memmap_set(&m, R(0x10, 0x1f), MEM_RAM);
	CHECK_STR(show(&m), "[0-2f RAM][30-3f reserved]");
	memmap_set(&m, R(0x28, 0x2f), MEM_RESERVED);
	CHECK_STR(show(&m), "[0-27 RAM][28-3f reserved]");
	memmap_set(&m, R(0x08, 0x2f), MEM_UNUSABLE);
	CHECK_STR(show(&m), "[0-7 RAM][8-2f unusable][30-3f reserved]");
	memmap_set(&m, R(0x08, 0x2f), MEM_UNUSABLE);
	CHECK_EQ_U64(m.count, 3);
	memmap_set(&m, R(0x0c, 0x0d), MEM_UNUSABLE);
	CHECK_STR(show(&m), "[0-7 RAM][8-2f unusable][30-3f reserved]");
	memmap_deinit(&m);
}

TEST(remove)
{
	struct memmap m = {};

	CHECK(memmap_remove(&m, R(0, MAX)) && !m.count);
	memmap_set(&m, R(0x00, 0x2f), MEM_RAM);
	memmap_set(&m, R(0x30, 0x3f), MEM_RESERVED);
	CHECK(memmap_remove(&m, R(0x10, 0x17)));
	CHECK_STR(show(&m), "[0-f RAM][18-2f RAM][30-3f reserved]");
	CHECK(memmap_remove(&m, R(0x10, 0x17)));
	CHECK_STR(show(&m), "[0-f RAM][18-2f RAM][30-3f reserved]");
	CHECK(memmap_remove(&m, R(0x2f, 0x30)));
	CHECK_STR(show(&m), "[0-f RAM][18-2e RAM][31-3f reserved]");
	CHECK(memmap_remove(&m, R(0x08, 0x3f)));
	CHECK_STR(show(&m), "[0-7 RAM]");
	CHECK(memmap_remove(&m, R(0, MAX)) && !m.count);
	memmap_deinit(&m);
}

TEST(copy_and_ranges)
{
	struct memmap none = {}, m = {}, copy = {};
	struct ranges ram = {};

	memmap_set(&m, R(0, 9), MEM_RAM);
	memmap_set(&m, R(10, 19), MEM_PMEM);
	memmap_set(&m, R(20, MAX), MEM_RAM);
	CHECK(memmap_copy(&copy, &m));
	memmap_set(&m, R(0, 5), MEM_SOFT_RESERVED);
	CHECK_STR(show(&copy), "[0-9 RAM][a-13 persistent memory][14-ffffffffffffffff RAM]");

	CHECK(ranges_add(&ram, R(12, 13)));
	CHECK(memmap_ranges(&copy, MEM_RAM, &ram));
	CHECK_EQ_U64(ram.count, 3);
	CHECK(ranges_contain(&ram, R(0, 9)) && ranges_contain(&ram, R(12, 13)) &&
	      ranges_contain(&ram, R(20, MAX)));
	CHECK(memmap_ranges(&none, MEM_RAM, &ram));
	CHECK_EQ_U64(ram.count, 3);

	CHECK(memmap_copy(&copy, &none));
	CHECK_EQ_U64(copy.count, 0);
	ranges_deinit(&ram);
	memmap_deinit(&m);
	memmap_deinit(&copy);
}

TEST(names)
{
	CHECK_STR(mem_type_name(MEM_SOFT_RESERVED), "soft reserved");
	CHECK_STR(mem_type_name((enum mem_type)13), "unknown");
}

/* Against one type for each of 64 addresses. */
TEST(random_sets_equal_an_array)
{
	static const enum mem_type types[] = { MEM_RAM, MEM_RESERVED, MEM_ACPI };
	struct memmap m = {};
	int array[64] = {};
	uint32_t seed = 4711;

	for (int step = 0; step < 3000; step++) {
		unsigned int a, b, type;

		seed = seed * 1664525 + 1013904223;
		a = seed >> 26;
		b = a + (seed >> 20) % 12 < 64 ? a + (seed >> 20) % 12 : 63;
		type = types[(seed >> 8) % 3];
		CHECK(memmap_set(&m, R(a, b), type));
		for (unsigned int i = a; i <= b; i++)
			array[i] = type;
		for (size_t i = 1; i < m.count; i++) {
			struct mem_entry *left = &m.at[i - 1], *right = &m.at[i];

			if (!CHECK(left->range.last < right->range.start) ||
			    !CHECK(left->type != right->type ||
				   left->range.last + 1 < right->range.start))
				goto out;
		}
		for (unsigned int i = 0; i < 64; i++) {
			int found = 0;

			for (size_t k = 0; k < m.count; k++) {
				if (range_contains(m.at[k].range, R(i, i)))
					found = m.at[k].type;
			}
			if (!CHECK_EQ_U64(found, array[i]))
				goto out;
		}
	}
out:
	memmap_deinit(&m);
}

TEST_MAIN
