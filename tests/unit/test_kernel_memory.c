/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdlib.h>

#include "hosts.h"
#include "kernel_memory.h"
#include "test.h"
#include "vmcoreinfo.h"

static bool open_root(const char *root, struct host *h, struct kernel_memory *k)
{
	struct err e;

	if (!host_read(h, root, HOST_ALL, &e)) {
		test_fail(__FILE__, __LINE__, "%s", e.text);
		return false;
	}
	if (kernel_memory_open(k, h, &e))
		return true;
	host_deinit(h);
	test_fail(__FILE__, __LINE__, "%s", e.text);
	return false;
}

static void close_both(struct host *h, struct kernel_memory *k)
{
	kernel_memory_close(k);
	host_deinit(h);
}

/*
 * A copy of the host @name with the mkcore recipe @kcore as its kcore (NULL: its own), changed by
 * the shell words @change. A static buffer.
 */
static const char *changed(const char *name, const char *kcore, const char *change)
{
	static char root[128];
	const char *src = getenv("SRC");
	char recipe[128], command[2048];
	FILE *f;

	snprintf(root, sizeof(root), "%s", host_root("changed"));
	snprintf(recipe, sizeof(recipe), "%s", host_root("recipe"));
	f = fopen(recipe, "w");
	if (!CHECK(f))
		return root;
	fputs(kcore ? kcore : "", f);
	fclose(f);
	snprintf(command, sizeof(command),
		 "rm -rf %s && cp -a %s %s && "
		 "{ [ ! -s %s ] || '%s/tests/makers/mkcore' %s %s/proc/kcore; } && cd %s && %s",
		 root, host_root(name), root, recipe, src ? src : ".", recipe, root, root, change);
	CHECK(system(command) == 0);
	return root;
}

static bool open_changed(const char *change, struct host *h, struct kernel_memory *k)
{
	return open_root(changed("x86_64-512m", NULL, change), h, k);
}

static const struct {
	const char *name;
	uint64_t text, gdt;
	uint32_t gdt_limit;
	enum tristate restores_gdt;
} recorded[] = {
	{ "x86_64-512m", 0xffffffff9a000000, 0xffff92cadfa0b000, 127, YES },
	{ "x86_64-6g", 0xffffffff8d200000, 0xffff8f1ebfa0b000, 127, YES },
	{ "x86_64-la57", 0xffffffff8d200000, 0xff16a3c1bfa0b000, 127, YES },
	{ "i386-512m", 0xcd400000, 0xdf9c6000, 255, NO },
	{ "i386-pae-6g", 0xc8c00000, 0xf75a6000, 255, NO },
};

TEST(recorded_kernels)
{
	for (size_t i = 0; i < sizeof(recorded) / sizeof(*recorded); i++) {
		struct host h;
		struct kernel_memory k;
		uint64_t value = 0;
		uint32_t limit = 0;
		char release[32];
		struct err e;

		if (!open_root(host_root(recorded[i].name), &h, &k))
			continue;
		CHECK(vmcoreinfo_text(k.vmcoreinfo, "OSRELEASE", release, sizeof(release)));
		CHECK_STR(release, "6.12.117");
		CHECK(kernel_symbol(&k, "_text", &value, &e));
		CHECK_EQ_U64(value, recorded[i].text);
		if (CHECK(kernel_gdt(&k, &value, &limit, &e))) {
			CHECK_EQ_U64(value, recorded[i].gdt);
			CHECK_EQ_U64(limit, recorded[i].gdt_limit);
		} else {
			puts(e.text);
		}
		CHECK_EQ_U64(kernel_restores_gdt(&k), recorded[i].restores_gdt);
#if HAVE_ZLIB
		CHECK_EQ_U64(kernel_config(&k, "CONFIG_KEXEC_JUMP"), YES);
		CHECK_EQ_U64(kernel_config(&k, "CONFIG_KEXEC_JUM"), NO);
		CHECK_EQ_U64(kernel_config(&k, "CONFIG_X86_PAE"),
			     !strcmp(recorded[i].name, "i386-pae-6g") ? YES : NO);
#endif
		close_both(&h, &k);
	}
}

TEST(kernel_read_bounds)
{
	uint64_t text = 0xffffffff9a000000, size = 0x1218000;
	struct host h;
	struct kernel_memory k;
	uint8_t bytes[16];
	struct err e;

	if (!open_root(host_root("x86_64-512m"), &h, &k))
		return;
	CHECK(kernel_read(&k, text + 0x3b151, bytes, 10, &e));
	CHECK(!memcmp(bytes, "\x48\xc7\xc0\xe0\x73\x00\x9b\x0f\x01\x90", 10));
	CHECK(kernel_read(&k, text + size - 16, bytes, 16, &e));
	CHECK_FAILS(kernel_read(&k, text + size - 15, bytes, 16, &e), &e,
		    "*nothing at virtual address 0xffffffff9b218000");
	CHECK_FAILS(kernel_read(&k, 0, bytes, 1, &e), &e, "*nothing at virtual address 0");
	CHECK_FAILS(kernel_read(&k, 0xffffffffc0000000, bytes, 1, &e), &e, "/proc/kcore: ends *");
	close_both(&h, &k);
}

TEST(reads_cross_loads)
{
	struct host h;
	struct kernel_memory k;
	uint64_t words[2];
	struct err e;

	const char *recipe = "core 64 x86_64 0\n"
			     "load 0xffff800000001000 0x1000 0x1000\n"
			     "    0xffff800000001ff8 u64 1\n"
			     "load 0xffff800000003000 0x3000 0x1000\n"
			     "load 0xffff800000002000 0x2000 0x1000\n"
			     "    0xffff800000002000 u64 2\n";

	if (!open_root(changed("x86_64-512m", recipe, "true"), &h, &k))
		return;
	CHECK(kernel_read(&k, 0xffff800000001ff8, words, 16, &e));
	CHECK_EQ_U64(words[0], 1);
	CHECK_EQ_U64(words[1], 2);
	CHECK(!k.vmcoreinfo_data && !k.vmcoreinfo.size);
	close_both(&h, &k);
}

/* Before 4.19 kcore has no note: /sys/kernel/vmcoreinfo says where in memory it is. */
TEST(vmcoreinfo_through_sysfs)
{
	/* "VMCOREINFO", type 0, "CONFIG_X86_PAE=y\n" and the zeros behind it */
	const char *recipe = "core 32 i386 0\n"
			     "load 0xc0001000 0x1000 0x1000\n"
			     "    0xc0001800 u32 11 20 0\n"
			     "    0xc000180c text VMCOREINFO\n"
			     "    0xc0001818 text CONFIG_X86_PAE=y\n"
			     "    0xc0001828 hex 0a\n";
	static const struct {
		const char *place;
		unsigned int levels;
	} cases[] = {
		{ "0x00001800 400", 3 },      { "0x00001800 801", 0 }, /* more than kcore has */
		{ "0x00002800 400", 0 },      { "0x00001800 0", 0 },
		{ "0x00001800 ffffffff", 0 }, { "words", 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct host h;
		struct kernel_memory k;
		char change[128], value[4];

		snprintf(change, sizeof(change), "echo %s >sys/kernel/vmcoreinfo", cases[i].place);
		if (!open_root(changed("i386-512m", recipe, change), &h, &k))
			continue;
		CHECK_EQ_U64(h.paging_levels, cases[i].levels);
		if (CHECK_EQ_U64(!!k.vmcoreinfo_data, cases[i].levels == 3) && k.vmcoreinfo_data)
			CHECK(vmcoreinfo_text(k.vmcoreinfo, "CONFIG_X86_PAE", value,
					      sizeof(value)));
		close_both(&h, &k);
	}
}

TEST(per_cpu_offset_of_kernels_without_smp)
{
	struct host h;
	struct kernel_memory k;
	uint64_t base = 0;
	uint32_t limit;
	struct err e;

	if (!open_changed("sed -i /__per_cpu_offset/d proc/kallsyms", &h, &k))
		return;
	CHECK(kernel_gdt(&k, &base, &limit, &e));
	CHECK_EQ_U64(base, 0xb000);
	close_both(&h, &k);
}

TEST(symbols_that_cannot_be_had)
{
	static const struct {
		const char *change, *error;
	} bad[] = {
		{ "sed -i '/ gdt_page$/d' proc/kallsyms", "*/proc/kallsyms: no symbol gdt_page*" },
		{ "sed -i 's/gdt_page$/&\\t[mod]/' proc/kallsyms", "*no symbol gdt_page*" },
		{ "sed -i 's/^[^ ]*/0000000000000000/' proc/kallsyms",
		  "*are hidden*kptr_restrict*" },
		{ "rm proc/kallsyms", "the kernel's symbols cannot be read: *No such file*" },
		{ ": >proc/kallsyms", "*/proc/kallsyms: is empty" },
		{ "echo gdt_page >proc/kallsyms", "*a line is not \"VALUE TYPE NAME\"" },
		{ "head -c 5000 /dev/zero | tr '\\0' a >proc/kallsyms", "*a line is not *" },
		{ "rm proc/kcore", "__per_cpu_offset*memory cannot be read*kcore: No such file*" },
	};
	struct host h;
	struct kernel_memory k;
	uint64_t base;
	uint32_t limit;
	struct err e;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		if (!open_changed(bad[i].change, &h, &k))
			continue;
		CHECK_FAILS(kernel_gdt(&k, &base, &limit, &e), &e, bad[i].error);
		close_both(&h, &k);
	}
	if (open_root(host_root("x86_64-hidden"), &h, &k)) {
		CHECK_FAILS(kernel_symbol(&k, "_text", &base, &e), &e, "*are hidden*");
		CHECK_EQ_U64(kernel_restores_gdt(&k), UNKNOWN);
		close_both(&h, &k);
	}
}

static enum tristate restores(const char *symbols, const char *code)
{
	enum tristate answer;
	char recipe[512], change[512];
	struct kernel_memory k;
	struct host h;

	snprintf(recipe, sizeof(recipe),
		 "core 64 x86_64 0\nload 0xffffffff81000000 0x1000000 0x4000\n"
		 "    0xffffffff81001100 hex 48 89 e8 %s\n",
		 code);
	snprintf(change, sizeof(change), "printf '%s' >proc/kallsyms", symbols);
	if (!open_root(changed("x86_64-512m", recipe, change), &h, &k))
		return UNKNOWN;
	answer = kernel_restores_gdt(&k);
	close_both(&h, &k);
	return answer;
}

#define OLD "ffffffff81001000 T relocate_kernel\\n"
#define NEW \
	"ffffffff81001000 D __relocate_kernel_start\\n" \
	"ffffffff81001080 d relocate_kernel\\n" \
	"ffffffff81001200 D __relocate_kernel_end\\n"

TEST(what_restores_the_gdt)
{
	CHECK_EQ_U64(restores(OLD, "0f 01 90 0a 01 00 00"), YES);    /* lgdt 0x10a(%rax) */
	CHECK_EQ_U64(restores(OLD, "0f 01 50 0a"), YES);	     /* lgdt 0xa(%rax) */
	CHECK_EQ_U64(restores(OLD, "0f 01 15 00 10 00 00"), YES);    /* lgdt 0x1000(%rip) */
	CHECK_EQ_U64(restores(OLD, "41 0f 01 97 00 10 00 00"), YES); /* lgdt 0x1000(%r15) */
	CHECK_EQ_U64(restores(OLD, "0f 01 14 24"), NO);		     /* lgdt (%rsp) */
	CHECK_EQ_U64(restores(OLD, "0f 01 54 24 08"), NO);	     /* lgdt 8(%rsp) */
	CHECK_EQ_U64(restores(OLD, "0f 01 98 0a 01 00 00"), NO);     /* lidt */
	CHECK_EQ_U64(restores(OLD, "0f 01 d0"), NO);		     /* xgetbv */
	CHECK_EQ_U64(restores(NEW, "0f 01 14 24 0f 01 90 0a 01 00 00"), YES);
	CHECK_EQ_U64(restores("ffffffff81002000 T relocate_kernel\\n", "0f 01 90 0a 01 00 00"), NO);
	CHECK_EQ_U64(restores("ffffffff81003900 T relocate_kernel\\n", "90"), UNKNOWN);
	CHECK_EQ_U64(restores("ffffffff81003000 T kernel_kexec\\n", "90"), UNKNOWN);
}

TEST(kernel_configs)
{
	struct host h;
	struct kernel_memory k;

#if HAVE_ZLIB
	if (open_root(host_root("x86_64-nojump"), &h, &k)) {
		CHECK_EQ_U64(kernel_config(&k, "CONFIG_KEXEC_JUMP"), NO);
		CHECK_EQ_U64(kernel_config(&k, "CONFIG_KEXEC"), YES);
		close_both(&h, &k);
	}
#endif
	if (open_changed("rm proc/config.gz", &h, &k)) {
		CHECK_EQ_U64(kernel_config(&k, "CONFIG_KEXEC"), UNKNOWN);
		close_both(&h, &k);
	}
	/* A damaged config.gz counts as none; the last line may lack its newline. */
	if (open_changed("echo x >proc/config.gz; mkdir boot; "
			 "printf 'CONFIG_A=m\nCONFIG_KEXEC=y' >boot/config-6.12.117",
			 &h, &k)) {
		CHECK_EQ_U64(kernel_config(&k, "CONFIG_KEXEC"), YES);
		CHECK_EQ_U64(kernel_config(&k, "CONFIG_A"), NO);
		close_both(&h, &k);
	}
	if (open_changed("rm proc/config.gz; mkdir -p lib/modules/6.12.117; "
			 "echo CONFIG_KEXEC=y >lib/modules/6.12.117/config",
			 &h, &k)) {
		CHECK_EQ_U64(kernel_config(&k, "CONFIG_KEXEC"), YES);
		close_both(&h, &k);
	}
	if (open_changed("rm proc/config.gz; echo ../config >proc/sys/kernel/osrelease; "
			 "mkdir -p boot/config-..; echo CONFIG_KEXEC=y >boot/config",
			 &h, &k)) {
		CHECK_EQ_U64(kernel_config(&k, "CONFIG_KEXEC"), UNKNOWN);
		close_both(&h, &k);
	}
}

TEST(malformed_kcore)
{
	struct host h;
	struct kernel_memory k;
	struct err e;

	if (!host_read(&h, changed("x86_64-512m", NULL, "echo x >proc/kcore"), HOST_ALL, &e)) {
		test_fail(__FILE__, __LINE__, "%s", e.text);
		return;
	}
	CHECK_FAILS(kernel_memory_open(&k, &h, &e), &e, "*/changed/proc/kcore: *");
	host_deinit(&h);
}

TEST_MAIN
