/* SPDX-License-Identifier: GPL-2.0-only */
#include "multiboot.h"
#include "multiboot_info.h"
#include "test.h"
#include "x86.h"

#define AT UINT32_C(0x345000)

static uint8_t data[1024];
static size_t size;

static const struct multiboot_part modules[] = {
	{ 0x400000, 0x400010, "linux root=/dev/sda" },
	{ 0x500000, 0x512345, "initrd" },
};

static struct mem_entry entries[] = {
	{ { 0, 0x9fbff }, MEM_RAM },
	{ { 0x9fc00, 0xfffff }, MEM_RESERVED },
	{ { MIB, 512 * MIB - 1 }, MEM_RAM },
	{ { 512 * MIB, 513 * MIB - 1 }, MEM_ACPI },
	{ { 513 * MIB, 514 * MIB - 1 }, MEM_NVS },
	{ { 514 * MIB, 515 * MIB - 1 }, MEM_PMEM },
	{ { 515 * MIB, 516 * MIB - 1 }, MEM_UNUSABLE },
};
static const struct memmap map = { .at = entries, .count = 7, .room = 7 };
static const uint32_t types[] = { 1, 2, 1, 3, 4, 2, 5 };

static struct multiboot_wants wants(unsigned version)
{
	return (struct multiboot_wants){
		.version = version,
		.cmdline = "kernel word",
		.modules = modules,
		.module_count = 2,
		.map = &map,
	};
}

static void make(const struct multiboot_wants *w)
{
	memset(data, 0xee, sizeof(data));
	size = multiboot_info_put(w, NULL, 0);
	CHECK(size < sizeof(data));
	CHECK_EQ_U64(multiboot_info_put(w, data, AT), size);
	CHECK_EQ_U64(data[size], 0xee);
}

/* What the kernel finds at a physical address. */
static const void *at(uint32_t address)
{
	CHECK(address >= AT && address < AT + size);
	return data + (address - AT);
}

TEST(version_1)
{
	struct multiboot_wants w = wants(1);
	struct multiboot_info info;
	struct multiboot_module m[2];

	make(&w);
	memcpy(&info, data, sizeof(info));
	CHECK_EQ_U64(info.flags, 0x24d);
	CHECK_EQ_U64(info.mem_lower, 639);
	CHECK_EQ_U64(info.mem_upper, 511 * 1024);
	CHECK_STR(at(info.cmdline), "kernel word");
	CHECK_MATCH(at(info.boot_loader_name), "kexec-jump *");
	CHECK_EQ_U64(info.mods_count, 2);
	memcpy(m, at(info.mods_addr), sizeof(m));
	CHECK(m[0].start == 0x400000 && m[0].end == 0x400010 && m[1].end == 0x512345);
	CHECK_STR(at(m[0].words), "linux root=/dev/sda");
	CHECK_STR(at(m[1].words), "initrd");
	CHECK_EQ_U64(info.mmap_length, 7 * 24);
	for (size_t i = 0; i < 7; i++) {
		struct multiboot_map_entry entry;

		memcpy(&entry, at(info.mmap_addr + (uint32_t)(i * 24)), sizeof(entry));
		CHECK_EQ_U64(entry.size, 20);
		CHECK_EQ_U64(entry.addr, entries[i].range.start);
		CHECK_EQ_U64(entry.len, range_size(entries[i].range));
		CHECK_EQ_U64(entry.type, types[i]);
	}

	w.columns = 80;
	w.lines = 25;
	w.module_count = 0;
	make(&w);
	memcpy(&info, data, sizeof(info));
	CHECK_EQ_U64(info.flags, 0x124d);
	CHECK(info.framebuffer_addr == 0xb8000 && info.framebuffer_pitch == 160 &&
	      info.framebuffer_type == 2 && info.framebuffer_bpp == 16);
}

/* The body of the @nth tag of this type; NULL: there is none. */
static const uint8_t *tag(uint32_t type, unsigned nth, size_t *body)
{
	for (size_t i = 8; i + 8 <= size;) {
		struct multiboot2_tag t;

		memcpy(&t, data + i, sizeof(t));
		CHECK(t.size >= sizeof(t) && t.size <= size - i);
		if (t.type == type && !nth--) {
			*body = t.size - sizeof(t);
			return data + i + sizeof(t);
		}
		i += (t.size + 7) & ~7u;
	}
	return NULL;
}

/* /proc/iomem does not call page 0 RAM. */
TEST(low_memory_without_its_first_page)
{
	static struct mem_entry low[] = {
		{ { 0, 0xfff }, MEM_RESERVED },
		{ { 0x1000, 0x9efff }, MEM_RAM },
	};
	static const struct memmap low_map = { .at = low, .count = 2, .room = 2 };
	struct multiboot_wants w = wants(1);
	struct multiboot_info info;

	w.map = &low_map;
	make(&w);
	memcpy(&info, data, sizeof(info));
	CHECK_EQ_U64(info.mem_lower, 636);
	CHECK_EQ_U64(info.mem_upper, 0);
}

TEST(version_2)
{
	struct multiboot_wants w = wants(2);
	uint32_t total[2], words[2];
	const uint8_t *body;
	size_t length;

	w.columns = 80;
	w.lines = 25;
	w.has_base = true;
	w.base = 0x200000;
	make(&w);
	memcpy(total, data, sizeof(total));
	CHECK(total[0] == size && !total[1] && !(size % 8));
	CHECK_STR((const char *)tag(1, 0, &length), "kernel word");
	CHECK_MATCH((const char *)tag(2, 0, &length), "kexec-jump *");
	body = tag(3, 1, &length);
	if (CHECK(body && length == 15)) {
		memcpy(words, body, sizeof(words));
		CHECK(words[0] == 0x500000 && words[1] == 0x512345);
		CHECK_STR((const char *)body + 8, "initrd");
	}
	CHECK(!tag(3, 2, &length));
	body = tag(4, 0, &length);
	if (CHECK(body && length == 8)) {
		memcpy(words, body, sizeof(words));
		CHECK(words[0] == 639 && words[1] == 511 * 1024);
	}
	body = tag(6, 0, &length);
	if (CHECK(body && length == 8 + 7 * 24)) {
		memcpy(words, body, sizeof(words));
		CHECK(words[0] == 24 && !words[1]);
		for (size_t i = 0; i < 7; i++) {
			struct multiboot2_map_entry entry;

			memcpy(&entry, body + 8 + i * 24, sizeof(entry));
			CHECK_EQ_U64(entry.addr, entries[i].range.start);
			CHECK_EQ_U64(entry.type, types[i]);
		}
	}
	CHECK(tag(8, 0, &length) && length == 24);
	body = tag(21, 0, &length);
	CHECK(body && length == 4 && body[2] == 0x20);
	CHECK(tag(0, 0, &length) == data + size && !length);
}

TEST_MAIN
