/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Another kernel's jump record and the parameters of its gate, as --load-jump-back-helper reads
 * them from /proc/vmcore. The input: a byte (bit 0: an i386 host, bit 1: --one-way, bit 2: the
 * entry is not told but stands on the command line, bit 3: the entry is in this kernel's RAM), and
 * the vmcore. A gate that is gone back through was left through, and lies outside this kernel's
 * RAM; this kernel's own lies inside.
 */
#include <elf.h>

#include "backend.h"
#include "elf_bytes.h"
#include "fuzz.h"
#include "host_root.h"
#include "jump.h"
#include "options.h"

#define ENTRY	     UINT64_C(0xbfe0040)
#define ENTRY_IN_RAM UINT64_C(0x5000040)

/* In place of the gates' code, which is nothing to a plan that is not sealed. */
const uint8_t purgatory32[GATE_SIZE], purgatory64[GATE_SIZE];

static const char iomem[] = "00001000-0009efff : System RAM\n"
			    "00100000-03ffffff : Reserved\n"
			    "04000000-0bfdffff : System RAM\n"
			    "  06000000-071fffff : Kernel code\n"
			    "0bfe0000-1fffffff : Reserved\n";
static struct host hosts[2];
static struct kernel_memory kernels[2];
static int vmcore;

static void make_hosts(void)
{
	static const char *const names[2] = { "x86_64", "i686" };
	static const char *const flags[2] = { "flags : lm pae\n", "flags : fpu\n" };
	int arch, cpuinfo;
	struct err e;

	host_root_make();
	host_root_set(host_root_file("/proc/iomem"), iomem, sizeof(iomem) - 1);
	host_root_set(host_root_file("/proc/cmdline"), "kexec_jump_back_entry=0xbfe0040", 31);
	host_root_set(host_root_file("/proc/sys/kernel/osrelease"), "1", 1);
	host_root_set(host_root_file("/boot/config-1"), "CONFIG_KEXEC_JUMP=y\n", 20);
	host_root_set(host_root_file("/proc/kallsyms"), "c1000000 D gdt_page\n", 20);
	arch = host_root_file("/proc/sys/kernel/arch");
	cpuinfo = host_root_file("/proc/cpuinfo");
	vmcore = host_root_file("/proc/vmcore");
	for (size_t i = 0; i < 2; i++) {
		host_root_set(arch, names[i], strlen(names[i]));
		host_root_set(cpuinfo, flags[i], strlen(flags[i]));
		PROVE(host_read(&hosts[i], host_root, HOST_ALL, &e));
		PROVE(kernel_memory_open(&kernels[i], &hosts[i], &e));
	}
}

static void prove_plan(const struct host *h, uint64_t entry, struct bytes vmcore_bytes,
		       const struct plan *p)
{
	struct range own = { p->gate, p->gate + GATE_SIZE - 1 };
	struct elfcore core;
	struct record peer;
	struct err e;

	PROVE(elfcore_read(&core, pread_bytes, &vmcore_bytes, UINT64_MAX, &e));
	PROVE(record_of_core(&peer, &core, &e));
	elfcore_deinit(&core);
	PROVE(p->gate_wants.peer_bits == (peer.machine == EM_386 ? 32 : 64));
	PROVE(peer.entry == entry);
	PROVE(p->gate_wants.peer_entry == jump_entry(peer.lent.gate.start, p->gate_wants.peer_bits,
						     h->arch == HOST_I386 ? 32 : 64));
	PROVE(!ranges_overlap(&p->system_ram, peer.lent.gate));
	PROVE(p->segment_count == 1 && ranges_contain(&p->system_ram, own));
	PROVE(!range_overlaps(own, h->iomem.kernel) && own.start >= 1 << 20);
	taken();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct request r = { .mem_max = UINT64_MAX };
	const struct host *h;
	struct jump j = { .request = &r };
	struct plan p;
	struct err e = {};

	if (!*host_root)
		make_hosts();
	if (!size)
		return 0;
	h = &hosts[data[0] & 1];
	r.one_way = data[0] & 2;
	r.has_entry = !(data[0] & 4);
	r.entry = data[0] & 8 ? ENTRY_IN_RAM : ENTRY;
	host_root_set(vmcore, data + 1, size - 1);
	j.plan = &p;
	j.host = h;
	j.kernel = &kernels[data[0] & 1];
	PROVE(plan_init(&p, r.one_way ? PLAN_LOAD_SAVED : PLAN_LOAD_HELPER, h,
			&backend_load.limits[h->arch], &e));
	if (jump_helper(&j, &e))
		prove_plan(h, r.has_entry ? r.entry : ENTRY, (struct bytes){ data + 1, size - 1 },
			   &p);
	else
		prove_error(&e);
	plan_deinit(&p);
	return 0;
}
