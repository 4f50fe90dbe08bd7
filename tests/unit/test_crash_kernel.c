/* SPDX-License-Identifier: GPL-2.0-only */
#include "crash_kernel.h"
#include "hosts.h"
#include "test.h"

static struct crash_kernel c;
static struct err e;

/* Reads a host, changed by a command that runs in its folder. */
static bool read_changed(const char *command)
{
	char all[600];

	snprintf(all, sizeof(all), "rm -rf '%s' && cp -r '%s' '%s' && cd '%s' && %s",
		 host_root("changed"), host_root("x86_64-crash-high"), host_root("changed"),
		 host_root("changed"), command);
	if (!CHECK(!system(all)))
		return false;
	return crash_kernel_read(&c, host_root("changed"), &e);
}

static void check_note(size_t i, uint64_t start, uint64_t size)
{
	CHECK_EQ_U64(c.notes[i].start, start);
	CHECK_EQ_U64(range_size(c.notes[i]), size);
}

TEST(what_the_kernel_tells)
{
	if (CHECK(crash_kernel_read(&c, host_root("x86_64-crash"), &e))) {
		CHECK_EQ_U64(c.note_count, 3);
		check_note(0, 0x1ec1d000, 368);
		check_note(1, 0x1ec5d000, 368);
		check_note(2, 0x2d0b000, 0x1024);
		CHECK_EQ_U64(c.elfcorehdr_size, 459312);
		CHECK_EQ_U64(c.cma.count, 0);
		CHECK_EQ_U64(c.dm_crypt_keys, 0);
	}
	crash_kernel_deinit(&c);
}

/* CPUs that may be there some day have no folder yet. */
TEST(contiguous_memory_and_missing_cpus)
{
	if (CHECK(read_changed("true"))) {
		CHECK_EQ_U64(c.note_count, 3);
		CHECK_EQ_U64(c.elfcorehdr_size, 0);
		CHECK_EQ_U64(c.cma.count, 1);
		CHECK_EQ_U64(c.cma.at[0].start, 0x180000000);
		CHECK_EQ_U64(c.cma.at[0].last, 0x18fffffff);
	}
	crash_kernel_deinit(&c);
}

TEST(older_kernels)
{
	if (CHECK(read_changed("rm sys/devices/system/cpu/cpu*/crash_notes_size && "
			       "echo 2d0b000 1000 >sys/kernel/vmcoreinfo && "
			       "echo 4096 >sys/kernel/crash_elfcorehdr_size"))) {
		CHECK_EQ_U64(c.note_count, 3);
		check_note(0, 0x1bec1d000, 1024);
		check_note(2, 0x2d0b000, 0x1000);
		CHECK_EQ_U64(c.elfcorehdr_size, 4096);
	}
	crash_kernel_deinit(&c);
}

TEST(nothing_is_kept)
{
	if (CHECK(read_changed("rm -r sys/devices"))) {
		CHECK_EQ_U64(c.note_count, 0);
		CHECK(!c.notes);
	}
	crash_kernel_deinit(&c);
}

TEST(dm_crypt_keys)
{
	if (CHECK(read_changed("echo 3 >sys/kernel/config/crash_dm_crypt_keys/count")))
		CHECK_EQ_U64(c.dm_crypt_keys, 3);
	crash_kernel_deinit(&c);
}

TEST(what_no_kernel_writes)
{
	static const char *const commands[] = {
		"echo 3-1 >sys/devices/system/cpu/possible",
		"echo 0-99999 >sys/devices/system/cpu/possible",
		"echo 0-1x >sys/devices/system/cpu/possible",
		"echo 0,0 >sys/devices/system/cpu/possible",
		"echo 1,0-1 >sys/devices/system/cpu/possible",
		"echo zzz >sys/devices/system/cpu/cpu0/crash_notes",
		"echo ffffffffffffff00 >sys/devices/system/cpu/cpu0/crash_notes",
		"echo 0 >sys/devices/system/cpu/cpu0/crash_notes_size",
		"echo 99999999 >sys/devices/system/cpu/cpu1/crash_notes_size",
		"echo 0x1000 >sys/kernel/vmcoreinfo",
		"echo 0x1000 1000 1 >sys/kernel/vmcoreinfo",
		"echo 2-1 >sys/kernel/kexec/crash_cma_ranges",
		"seq -f '%1.0f00000000-ffffffffffff' 1 200 >sys/kernel/kexec/crash_cma_ranges",
		"echo 99999999999 >sys/kernel/kexec/crash_elfcorehdr_size",
		"echo no >sys/kernel/config/crash_dm_crypt_keys/count",
	};

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (!CHECK(!read_changed(commands[i])))
			printf("%s\n", commands[i]);
		else
			CHECK_MATCH(e.text, "/tmp/*/sys/*: not what a kernel writes there");
		crash_kernel_deinit(&c);
	}
}

TEST_MAIN
