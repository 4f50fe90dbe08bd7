/* SPDX-License-Identifier: GPL-2.0-only */
#include <elf.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "boot_params.h"
#include "host.h"
#include "host_file.h"
#include "hosts.h"
#include "identity.h"
#include "kernel_log.h"
#include "test.h"

#define KIB 1024ull

TEST(meminfo)
{
	struct meminfo m = { .available = 7 };

	meminfo_parse(&m, "MemTotal:         507632 kB\nMemFree:          457004 kB\n"
			  "SwapTotal: 5 kB\n");
	CHECK_EQ_U64(m.total, 507632 * KIB);
	CHECK_EQ_U64(m.free, 457004 * KIB);
	CHECK_EQ_U64(m.available, 7);
	meminfo_parse(&m, "MemFree: 99999999999999999999999 kB\nMemTotal: kB\nMemAvailable:");
	CHECK_EQ_U64(m.total, 507632 * KIB);
	CHECK_EQ_U64(m.free, 457004 * KIB);
	meminfo_parse(&m, "MemTotal: 18014398509481984 kB\n");
	CHECK_EQ_U64(m.total, 507632 * KIB);
}

TEST(cpuinfo)
{
	static const char text[] =
		"processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 143\n"
		"model name\t: A CPU 7\nstepping\t: 8\nflags\t\t: fpu pae la57x lm\n\n"
		"processor\t: 1\nvendor_id\t: AuthenticAMD\nmodel\t\t: 1\nflags\t\t: la57\n";
	struct cpu c;

	cpu_parse_cpuinfo(&c, text);
	CHECK_EQ_U64(c.online, 2);
	CHECK(!memcmp(c.vendor, "GenuineIntel", 12));
	CHECK_EQ_U64(c.signature, 0x806f8);
	CHECK(c.has_flags && c.pae && !c.la57);
	CHECK_EQ_U64(c.apic_ids, 0);
	cpu_parse_cpuinfo(&c, "processor\t: 0\ncpu family\t: 25\nmodel\t\t: 1\nstepping\t: 1\n"
			      "flags\t\t: fpu la57");
	CHECK_EQ_U64(c.signature, 0xa00f11);
	CHECK(c.has_flags && !c.pae && c.la57);
	cpu_parse_cpuinfo(&c, "processor\t: 0\napicid\t\t: 4\ninitial apicid\t: 5\n\n"
			      "processor\t: 3\napicid\t\t: 6\n\nprocessor\t: 4\napicid\t\t: 7\n");
	CHECK_EQ_U64(c.online, 3);
	CHECK_EQ_U64(c.apic_ids, 2);
	CHECK_EQ_U64(c.apic_id[0], 4);
	CHECK_EQ_U64(c.apic_id[1], 6);
	/* The second CPU's is not taken for the first one's. */
	cpu_parse_cpuinfo(&c, "processor\t: 0\n\nprocessor\t: 1\napicid\t\t: 1\n");
	CHECK_EQ_U64(c.apic_ids, 0);
	cpu_parse_cpuinfo(&c, "processor\t: 0\napicid\t\t: 4294967296\n");
	CHECK_EQ_U64(c.apic_ids, 0);
	cpu_parse_cpuinfo(&c, "");
	CHECK(!c.online && !c.has_flags && !c.pae && !c.la57);
}

TEST(lockdown)
{
	CHECK(host_parse_lockdown("[none] integrity confidentiality\n") == LOCKDOWN_NONE);
	CHECK(host_parse_lockdown("none [integrity] confidentiality\n") == LOCKDOWN_INTEGRITY);
	CHECK(host_parse_lockdown("none integrity [confidentiality]\n") ==
	      LOCKDOWN_CONFIDENTIALITY);
	CHECK(host_parse_lockdown("") == LOCKDOWN_NONE);
}

TEST(systab)
{
	struct efi_systab s;

	firmware_efi_parse_systab(&s, "ACPI=0x7fb7e000\nACPI20=0x7fb7e014\nSMBIOS=0x7\n");
	CHECK_EQ_U64(s.rsdp, 0x7fb7e014);
	CHECK_EQ_U64(s.smbios, 7);
	firmware_efi_parse_systab(&s, "SMBIOS3=0x8\nACPI=0x7fb7e000");
	CHECK_EQ_U64(s.rsdp, 0x7fb7e000);
	CHECK_EQ_U64(s.smbios, 0);
	firmware_efi_parse_systab(&s, "ACPI20=zz\n");
	CHECK_EQ_U64(s.rsdp, 0);
}

static const char *told(const char *record)
{
	static char out[64];

	return kernel_log_parse(record, out, sizeof(out)) ? out : NULL;
}

TEST(kernel_log)
{
	CHECK_STR(told("5,812,31000,-;Lockdown: kexec: kexec is restricted\n SUBSYSTEM=x\n"),
		  "Lockdown: kexec: kexec is restricted");
	CHECK_STR(told("3,1,2,-,caller=T12;kexec_core: two\n"), "kexec_core: two");
	CHECK_STR(told("3,1,2,c;refuse refuse: PM: failed to freeze: error -16\n"),
		  "refuse refuse: PM: failed to freeze: error -16");
	CHECK_STR(told("6,1,2,-;eth0: up\n"), NULL);
	CHECK_STR(told("6,1,2,-;\n"), NULL);
	CHECK_STR(told("no record of kexec"), NULL);
	CHECK_STR(told(""), NULL);
}

TEST(kernel_log_is_cut)
{
	char small[8];

	CHECK(kernel_log_parse("6,1,2,-;kexec: 0123456789\n", small, sizeof(small)));
	CHECK_STR(small, "kexec: ");
}

TEST(log_of_recorded_hosts_is_not_ours)
{
	struct host h = { .root = "/nowhere", .recorded = true };
	struct err e = { "failed" };

	CHECK(kernel_log_mark(&h) == -1);
	kernel_log_append(-1, &e);
	CHECK_STR(e.text, "failed");
}

/* ---- recorded hosts ---- */

static const struct {
	const char *name;
	enum host_arch arch;
	unsigned paging_levels;
	uint64_t ram, kernel; /* bytes, address */
	size_t firmware;
} recorded[] = {
	{ "x86_64-512m", HOST_X86_64, 4, 0x1fee0000 + 0x9ec00, 0x13000000, 7 },
	{ "x86_64-6g", HOST_X86_64, 4, 0xbfee0000 + 0xc0000000ull + 0x9ec00, 0x13f000000, 8 },
	{ "x86_64-la57", HOST_X86_64, 5, 0xbfee0000 + 0xc0000000ull + 0x9ec00, 0x13f000000, 8 },
	{ "i386-512m", HOST_I386, 2, 0x1fee0000 + 0x9ec00, 0xd400000, 7 },
	{ "i386-pae-6g", HOST_I386, 3, 0xbfee0000 + 0xc0000000ull + 0x9ec00, 0x8c00000, 8 },
	{ "x86_64-jumped", HOST_X86_64, 4, 0x7fe0000 + 0x9e000, 0x6000000, 7 },
	{ "i386-jumped", HOST_I386, 2, 0x7fe0000 + 0x9e000, 0x5400000, 7 },
};

static uint64_t ram_size(const struct memmap *m)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < m->count; i++)
		if (m->at[i].type == MEM_RAM)
			sum += range_size(m->at[i].range);
	return sum;
}

TEST(recorded_hosts)
{
	for (size_t i = 0; i < sizeof(recorded) / sizeof(*recorded); i++) {
		struct host h;
		struct err e;

		if (!host_read(&h, host_root(recorded[i].name), HOST_ALL, &e)) {
			test_fail(__FILE__, __LINE__, "%s: %s", recorded[i].name, e.text);
			continue;
		}
		CHECK(h.recorded);
		CHECK_EQ_U64(h.arch, recorded[i].arch);
		CHECK_STR(h.release, "6.12.117");
		CHECK_MATCH(h.build, "#1 SMP *");
		CHECK_EQ_U64(h.paging_levels, recorded[i].paging_levels);
		CHECK_EQ_U64(ram_size(&h.iomem.map), recorded[i].ram);
		CHECK_EQ_U64(h.iomem.kernel.start, recorded[i].kernel);
		CHECK_EQ_U64(h.firmware.map.count, recorded[i].firmware);
		CHECK_EQ_U64(h.firmware.boot_params.size, 4096);
		CHECK_EQ_U64(h.firmware.rsdp, 0xf52d0);
		CHECK(!strchr(h.cmdline, '\n') && strstr(h.cmdline, "console=ttyS0"));
		CHECK_EQ_U64(h.lockdown, LOCKDOWN_NONE);
		CHECK(!h.load_disabled && h.crash_loaded == NO);
		CHECK_EQ_U64(h.cpu.online, 2);
		CHECK_EQ_U64(h.cpu.signature, 0x60fb1);
		host_deinit(&h);
	}
}

static bool read_host(const char *name, struct host *h)
{
	struct err e;

	return host_read(h, host_root(name), HOST_ALL, &e) ||
	       (test_fail(__FILE__, __LINE__, "%s: %s", name, e.text), false);
}

TEST(recorded_state)
{
	struct host h;

	if (read_host("x86_64-lockdown", &h)) {
		CHECK_EQ_U64(h.lockdown, LOCKDOWN_INTEGRITY);
		host_deinit(&h);
	}
	if (read_host("x86_64-disabled", &h)) {
		CHECK(h.load_disabled);
		host_deinit(&h);
	}
	if (read_host("x86_64-la57", &h)) {
		CHECK_EQ_U64(h.loaded, YES);
		host_deinit(&h);
	}
	if (read_host("x86_64-512m", &h)) {
		CHECK_EQ_U64(h.loaded, NO);
		host_deinit(&h);
	}
	if (read_host("x86_64-many-e820", &h)) {
		CHECK_EQ_U64(h.firmware.map.count, 200);
		CHECK_EQ_U64(
			((const struct boot_params *)h.firmware.boot_params_data)->e820_entries,
			128);
		host_deinit(&h);
	}
}

TEST(firmware_digest)
{
	struct host a, b;

	if (!read_host("x86_64-512m", &a))
		return;
	if (read_host("i386-512m", &b)) {
		CHECK(!memcmp(a.firmware.map_sha256, b.firmware.map_sha256, 32));
		host_deinit(&b);
	}
	if (read_host("x86_64-6g", &b)) {
		CHECK(memcmp(a.firmware.map_sha256, b.firmware.map_sha256, 32));
		host_deinit(&b);
	}
	host_deinit(&a);
}

/* A part that was not asked for is not read, whatever stands there. */
TEST(parts)
{
	struct host h;
	struct err e;

	if (!CHECK(host_read(&h, host_root("x86_64-unprivileged"), HOST_KERNEL, &e)))
		return;
	CHECK_STR(h.release, "6.12.117");
	CHECK(h.loaded == NO && !h.iomem.map.count && !h.mem.total && !h.cpu.online);
	CHECK(!h.firmware.map.count && !h.firmware.boot_params_data && !h.paging_levels);
	host_deinit(&h);
	if (!CHECK(host_read(&h, host_root("x86_64-unprivileged"), HOST_CPU | HOST_FIRMWARE, &e)))
		return;
	CHECK(h.cpu.online == 2 && h.paging_levels == 4 && h.firmware.map.count == 7);
	CHECK(!h.iomem.map.count && !h.mem.total);
	host_deinit(&h);
	CHECK_FAILS(host_read(&h, host_root("x86_64-unprivileged"), HOST_MEMORY, &e), &e,
		    "*/x86_64-unprivileged/proc/iomem: all addresses are hidden*run as root");
}

/* ---- broken records ---- */

/* Copies a host, runs the shell words @change in it, and reads it. */
static bool changed(const char *change, struct host *h, struct err *e)
{
	static char root[600];
	char command[2048];

	snprintf(root, sizeof(root), "%s/changed", host_root(""));
	snprintf(command, sizeof(command), "rm -rf '%s' && cp -a '%s' '%s' && cd '%s' && %s", root,
		 host_root("x86_64-512m"), root, root, change);
	if (system(command))
		return err_set(e, "cannot run: %s", change);
	return host_read(h, root, HOST_ALL, e);
}

TEST(broken_records)
{
	static const struct {
		const char *change, *error;
	} bad[] = {
		{ "rm proc/sys/kernel/arch", "*/proc/sys/kernel/arch: missing*" },
		{ "echo aarch64 >proc/sys/kernel/arch", "*architecture is aarch64, not *" },
		{ "rm proc/iomem", "*/proc/iomem: No such file*" },
		{ "rm proc/iomem; mkfifo proc/iomem", "*/proc/iomem: not a regular file" },
		{ "rm proc/iomem; mkdir proc/iomem", "*/proc/iomem: not a regular file" },
		{ "truncate -s 2M proc/iomem", "*/proc/iomem: larger than 1048576 bytes" },
		{ "echo x >proc/iomem", "*/proc/iomem: line 1 is not *" },
		{ "truncate -s 4095 sys/kernel/boot_params/data",
		  "*/boot_params/data: 4095 bytes instead of 4096" },
		{ "echo 12z >sys/firmware/memmap/3/start", "*/sys/firmware/memmap/3: *12z*" },
		{ "echo 0x1 >sys/firmware/memmap/3/end", "*/memmap/3: ends before it starts" },
		{ "rm sys/firmware/memmap/3/end", "*/sys/firmware/memmap/3: *" },
	};
	struct host h;
	struct err e;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		CHECK_FAILS(changed(bad[i].change, &h, &e), &e, bad[i].error);
}

TEST(sparse_records)
{
	struct host h;
	struct err e;

	if (!CHECK(changed("rm -r sys proc/cpuinfo proc/cmdline proc/meminfo proc/zoneinfo && "
			   "mkdir -p sys/firmware/efi && "
			   "echo ACPI20=0x7fb7e014 >sys/firmware/efi/systab",
			   &h, &e)))
		return;
	CHECK_EQ_U64(h.firmware.rsdp, 0x7fb7e014);
	CHECK_EQ_U64(h.firmware.boot_params.size, 0);
	CHECK_EQ_U64(h.firmware.map.count, 0);
	CHECK_EQ_U64(h.loaded, UNKNOWN);
	CHECK_EQ_U64(h.mem.free, 0);
	CHECK_STR(h.cmdline, "");
	host_deinit(&h);
}

/* Newer kernels tell it in a folder of its own; the older names are for where that is silent. */
TEST(loaded_in_old_and_new_places)
{
	static const struct {
		const char *change;
		enum tristate loaded, crash_loaded;
	} cases[] = {
		{ "echo 1 >sys/kernel/kexec_loaded", YES, NO },
		{ "mkdir sys/kernel/kexec; echo 1 >sys/kernel/kexec/loaded; "
		  "echo 1 >sys/kernel/kexec/crash_loaded; rm sys/kernel/kexec_*loaded",
		  YES, YES },
		{ "mkdir sys/kernel/kexec; echo 0 >sys/kernel/kexec/loaded; "
		  "echo 1 >sys/kernel/kexec/crash_loaded; echo 1 >sys/kernel/kexec_loaded",
		  NO, YES },
		{ "mkdir sys/kernel/kexec; echo 1 >sys/kernel/kexec/crash_loaded; "
		  "rm sys/kernel/kexec_*loaded",
		  UNKNOWN, YES },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct host h;
		struct err e;

		if (!CHECK(changed(cases[i].change, &h, &e)))
			continue;
		CHECK_EQ_U64(h.loaded, cases[i].loaded);
		CHECK_EQ_U64(h.crash_loaded, cases[i].crash_loaded);
		host_deinit(&h);
	}
}

/* Frame 255 is no RAM; nothing is looked for where the kernel counts nothing. */
#define BREAK_FRAME(frame) \
	"truncate -s 1M proc/kpageflags; " \
	"printf '\\0\\0\\010\\0\\0\\0\\0\\0' | dd of=proc/kpageflags bs=8 conv=notrunc " \
	"status=none seek=" #frame "; "

/* What our module has loaded counts, also where the kernel has no kexec at all. */
TEST(loaded_by_the_module)
{
	static const char make[] = "mkdir -p sys/class/misc/kexec_jump; ";
	struct host h;
	struct err e;
	char change[160];

	for (int loaded = 0; loaded < 2; loaded++) {
		snprintf(change, sizeof(change), "%secho %d >sys/class/misc/kexec_jump/loaded",
			 make, loaded);
		if (!CHECK(changed(change, &h, &e)))
			return;
		CHECK(h.has_module);
		CHECK_EQ_U64(h.module_loaded, loaded);
		CHECK_EQ_U64(h.loaded, loaded ? YES : NO);
		host_deinit(&h);
	}
	snprintf(change, sizeof(change),
		 "%secho 0 >sys/class/misc/kexec_jump/loaded; "
		 "rm -r sys/kernel/kexec*",
		 make);
	if (CHECK(changed(change, &h, &e))) {
		CHECK_EQ_U64(h.loaded, NO);
		host_deinit(&h);
	}
	if (CHECK(changed("true", &h, &e))) {
		CHECK(!h.has_module && !h.module_loaded);
		host_deinit(&h);
	}
}

TEST(broken_memory)
{
	struct ranges ram = { 0 }, all = { 0 };
	struct host h;
	struct err e;

	if (!CHECK(changed(BREAK_FRAME(255) BREAK_FRAME(256) BREAK_FRAME(4096) BREAK_FRAME(
				   4098) "echo 'HardwareCorrupted:    12 kB' >>proc/meminfo",
			   &h, &e)))
		return;
	CHECK_EQ_U64(h.mem.corrupted, 12 * KIB);
	CHECK_EQ_U64(h.broken.count, 3);
	CHECK(host_ram(&h, &all, &e) && host_free_ram(&h, &ram, &e));
	CHECK_EQ_U64(ranges_size(&all) - ranges_size(&ram), 3 * 4096);
	CHECK(ranges_contain(&all, range_of(1 << 20, 4096)));
	CHECK(!ranges_overlap(&ram, range_of(1 << 20, 4096)));
	CHECK(!ranges_overlap(&ram, range_of(16 << 20, 4096)));
	CHECK(ranges_contain(&ram, range_of((16 << 20) + 4096, 4096)));
	ranges_deinit(&all);
	ranges_deinit(&ram);
	host_deinit(&h);
	if (CHECK(changed(BREAK_FRAME(256) "true", &h, &e))) {
		CHECK_EQ_U64(h.broken.count, 0);
		host_deinit(&h);
	}
}

/* Where it cannot be found, no page is surely good. */
TEST(broken_memory_that_is_not_named)
{
	static const char *const changes[] = {
		"echo 'HardwareCorrupted:    4 kB' >>proc/meminfo",
		"echo 'HardwareCorrupted: 4 kB' >>proc/meminfo; truncate -s 4096 proc/kpageflags",
	};
	struct host h;
	struct err e;

	for (size_t i = 0; i < 2; i++)
		CHECK_FAILS(changed(changes[i], &h, &e), &e,
			    "some memory of this machine is broken *proc/kpageflags: *");
}

/* Two machines of which nothing is known are not the same one. */
TEST(no_firmware_map)
{
	struct record r = { .machine = EM_X86_64 };
	struct ranges ram = { 0 };
	struct host h;
	struct err e;

	if (!CHECK(changed("rm -r sys/firmware/memmap", &h, &e)))
		return;
	CHECK(host_ram(&h, &ram, &e));
	r.ram_bytes = ranges_size(&ram);
	memcpy(r.firmware_map, h.firmware.map_sha256, sizeof(r.firmware_map));
	CHECK_FAILS(identity_check(&r, &h, &e), &e,
		    "cannot compare the firmware's memory map: /sys/firmware/memmap is missing*");
	ranges_deinit(&ram);
	host_deinit(&h);
}

TEST(host_file_limit)
{
	struct err e;
	size_t size = 0;
	char *text = host_file(host_root("x86_64-512m"), "/proc/sys/kernel/arch", 7, &size, &e);

	CHECK_STR(text, "x86_64\n");
	CHECK_EQ_U64(size, 7);
	free(text);
	CHECK_FAILS(host_file(host_root("x86_64-512m"), "/proc/sys/kernel/arch", 6, &size, &e), &e,
		    "*/x86_64-512m/proc/sys/kernel/arch: larger than 6 bytes");
}

TEST_MAIN
