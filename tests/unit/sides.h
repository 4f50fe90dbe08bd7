/* SPDX-License-Identifier: GPL-2.0-only */
/* The two kernels of a jump, for tests. */
#ifndef TEST_SIDES_H
#define TEST_SIDES_H

#include <elf.h>
#include <fcntl.h>
#include <stdlib.h>

#include "hosts.h"
#include "jump.h"
#include "plans.h"

/* A running kernel as recorded in tests/hosts, and a load on it. */
struct side {
	struct host host;
	struct kernel_memory kernel;
	struct plan plan;
	struct jump jump;
	struct request request;
	struct linux_kernel image;
	char *cmdline;
	struct err e;
};

static struct linux_kernel image(bool is64)
{
	return (struct linux_kernel){
		.protocol = 0x20f,
		.has_64bit_entry = is64,
		.relocatable = true,
		.align = 2 * MIB,
		.preferred = 16 * MIB,
		.init_size = 32 * MIB,
	};
}

static bool open_side(struct side *s, const char *name)
{
	*s = (struct side){ .request = { .mem_max = UINT64_MAX } };
	s->cmdline = strdup("console=ttyS0");
	if (!CHECK(host_read(&s->host, host_root(name), HOST_ALL, &s->e)) ||
	    !CHECK(kernel_memory_open(&s->kernel, &s->host, &s->e))) {
		printf("%s: %s\n", name, s->e.text);
		return false;
	}
	s->image = image(s->host.arch == HOST_X86_64);
	return true;
}

static void close_side(struct side *s)
{
	kernel_memory_close(&s->kernel);
	host_deinit(&s->host);
	plan_deinit(&s->plan);
	free(s->cmdline);
}

static inline bool begin_side(struct side *s, enum plan_verb verb)
{
	plan_deinit(&s->plan);
	s->jump = (struct jump){
		.plan = &s->plan,
		.host = &s->host,
		.kernel = &s->kernel,
		.request = &s->request,
	};
	return begin_on(&s->plan, verb, &s->host);
}

static inline bool prepare(struct side *s)
{
	return begin_side(s, PLAN_LOAD_JUMP) &&
	       jump_prepare(&s->jump, &s->image, 0, &s->cmdline, &s->e);
}

static inline bool prepared(struct side *s, const char *name)
{
	if (!open_side(s, name))
		return false;
	if (CHECK(prepare(s)))
		return true;
	printf("%s: %s\n", name, s->e.text);
	return false;
}

static inline void set_cmdline(struct side *s, const char *line)
{
	free(s->host.cmdline);
	s->host.cmdline = strdup(line);
}

static inline uint64_t pages(uint64_t n)
{
	return (n + 4095) & ~4095ull;
}

/*
 * What B's kernel makes of the elfcorehdr (fs/proc/vmcore.c): all in one file, the notes at the
 * page behind the headers, then each PT_LOAD. Of A's memory only the gate has content.
 */
static inline bool make_vmcore(struct side *a, const char *path, const struct gate_params *params)
{
	struct segment *s = plan_find(&a->plan, "elfcorehdr");
	Elf64_Phdr phdr[16];
	uint64_t end;
	Elf64_Ehdr ehdr;
	int fd;

	if (!CHECK(s != NULL) || !CHECK_EQ_U64(s->data.size, s->memsz))
		return false;
	CHECK_EQ_U64(s->paddr, a->plan.headers.start);
	memcpy(&ehdr, s->data.data, sizeof(ehdr));
	if (!CHECK(ehdr.e_phnum >= 2 && ehdr.e_phnum <= 16))
		return false;
	memcpy(phdr, s->data.data + sizeof(ehdr), ehdr.e_phnum * sizeof(phdr[0]));
	if (!CHECK(phdr[0].p_offset - s->paddr + phdr[0].p_memsz <= s->memsz))
		return false;

	unlink(path);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
	end = pages(sizeof(ehdr) + ehdr.e_phnum * sizeof(phdr[0]));
	CHECK_EQ_U64(pwrite(fd, s->data.data + (phdr[0].p_offset - s->paddr), phdr[0].p_filesz,
			    (off_t)end),
		     phdr[0].p_filesz);
	phdr[0].p_offset = end;
	phdr[0].p_memsz = phdr[0].p_filesz;
	end += pages(phdr[0].p_filesz);
	for (unsigned int i = 1; i < ehdr.e_phnum; i++) {
		CHECK_EQ_U64(phdr[i].p_offset % 4096, 0);
		phdr[i].p_offset = end;
		end += pages(phdr[i].p_memsz);
		if (phdr[i].p_paddr == a->plan.gate)
			CHECK_EQ_U64(pwrite(fd, params, sizeof(*params),
					    (off_t)(phdr[i].p_offset + GATE_PARAMS)),
				     sizeof(*params));
	}
	CHECK_EQ_U64(pwrite(fd, &ehdr, sizeof(ehdr), 0), sizeof(ehdr));
	CHECK_EQ_U64(pwrite(fd, phdr, ehdr.e_phnum * sizeof(phdr[0]), sizeof(ehdr)),
		     ehdr.e_phnum * sizeof(phdr[0]));
	return CHECK(ftruncate(fd, (off_t)end) == 0 && close(fd) == 0);
}

/* A gate that A's kernel has left through. */
static inline struct gate_params left_gate(unsigned int bits)
{
	return (struct gate_params){
		.magic = GATE_MAGIC,
		.version = GATE_VERSION,
		.bits = bits,
		.flags = GATE_CALLED | GATE_STOP_CPUS,
		.return_address = 0x1a3f011a,
		.passes_out = 1,
	};
}

static inline const char *temporary(void)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/vmcore-of-test", host_root(""));
	return path;
}

#endif
