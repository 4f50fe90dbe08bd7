/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "backend.h"
#include "explain.h"
#include "hosts.h"
#include "test.h"

static struct host host;
static struct kernel_memory kernel;
static struct request request;
static struct backend_choice way;
static struct err e;

static bool open_host(const char *name)
{
	request = (struct request){ .verb = VERB_LOAD, .mem_max = UINT64_MAX };
	return CHECK(host_read(&host, host_root(name), HOST_ALL, &e)) &&
	       CHECK(kernel_memory_open(&kernel, &host, &e));
}

static void close_host(void)
{
	kernel_memory_close(&kernel);
	host_deinit(&host);
}

static bool choose(enum plan_verb verb)
{
	const struct backend_wants want = {
		.request = &request,
		.host = &host,
		.kernel = &kernel,
		.verb = verb,
	};

	return backend_choose(&way, &want, &e);
}

static bool jump(enum verb verb, enum plan_verb plan_verb)
{
	request.verb = verb;
	return choose(plan_verb);
}

static void check_ways(const struct backend *first, const struct backend *second)
{
	CHECK(way.first == first);
	CHECK(way.second == second);
}

TEST(our_own_plan_comes_first)
{
	if (!open_host("x86_64-512m"))
		return;
	CHECK(choose(PLAN_LOAD));
	check_ways(&backend_load, &backend_file);
	CHECK_STR(way.passed_over.text, "");
	close_host();
}

TEST(what_was_asked_for)
{
	if (!open_host("x86_64-512m"))
		return;
	request.call = CALL_LOAD;
	CHECK(choose(PLAN_LOAD));
	check_ways(&backend_load, NULL);
	request.call = CALL_FILE;
	CHECK(choose(PLAN_LOAD));
	check_ways(&backend_file, NULL);
	CHECK_STR(way.passed_over.text, "");
	close_host();
}

TEST(what_only_one_can)
{
	if (!open_host("x86_64-512m"))
		return;
	CHECK(choose(PLAN_LOAD_SAVED));
	check_ways(&backend_load, NULL);
	CHECK(jump(VERB_LOAD_JUMP, PLAN_LOAD_JUMP));
	check_ways(&backend_load, NULL);
	CHECK(jump(VERB_LOAD_HELPER, PLAN_LOAD_HELPER));
	check_ways(&backend_load, NULL);
	request.jump_via = VIA_MODULE;
	CHECK_FAILS(jump(VERB_LOAD_JUMP, PLAN_LOAD_JUMP), &e,
		    "--jump-via=module: the module is not there (modprobe kexec_jump)");
	host.has_module = true;
	CHECK(jump(VERB_LOAD_JUMP, PLAN_LOAD_JUMP));
	check_ways(&backend_module, NULL);
	/* A saved kernel of any size, but the way back of one that krestore restored is as ever. */
	request = (struct request){ .verb = VERB_LOAD, .mem_max = UINT64_MAX };
	CHECK(choose(PLAN_LOAD_SAVED));
	check_ways(&backend_module, NULL);
	request.call = CALL_LOAD;
	CHECK(choose(PLAN_LOAD_SAVED));
	check_ways(&backend_load, NULL);
	request = (struct request){ .verb = VERB_LOAD_HELPER, .one_way = true };
	CHECK(choose(PLAN_LOAD_SAVED));
	check_ways(&backend_load, NULL);
	request = (struct request){ .verb = VERB_LOAD, .mem_max = UINT64_MAX };
	CHECK(choose(PLAN_LOAD));
	check_ways(&backend_load, &backend_file);
	host.has_module = false;
	request = (struct request){ .verb = VERB_LOAD, .window_of = "IMAGE" };
	CHECK(choose(PLAN_LOAD));
	check_ways(&backend_load, NULL);
	close_host();
}

TEST(crash_kernels)
{
	if (!open_host("x86_64-512m"))
		return;
	request.verb = VERB_LOAD_PANIC;
	CHECK(choose(PLAN_LOAD_CRASH));
	check_ways(&backend_load, &backend_file);
	request.core_headers = CORE_ELF32;
	CHECK(choose(PLAN_LOAD_CRASH));
	check_ways(&backend_load, NULL);
	request.call = CALL_FILE;
	CHECK_FAILS(choose(PLAN_LOAD_CRASH), &e,
		    "kexec_file_load(2) does not know --elf32-core-headers: leave it or -s out");
	request.core_headers = CORE_ELF64;
	CHECK(choose(PLAN_LOAD_CRASH));
	check_ways(&backend_file, NULL);
	request.pass_memmap = true;
	CHECK_FAILS(choose(PLAN_LOAD_CRASH), &e,
		    "*does not know --pass-memmap-cmdline: leave it or -s out");
	/* The keys go with one call only: -c is obeyed all the same. */
	request = (struct request){ .verb = VERB_LOAD_PANIC, .mem_max = UINT64_MAX };
	host.crash.dm_crypt_keys = 2;
	CHECK(choose(PLAN_LOAD_CRASH));
	check_ways(&backend_file, NULL);
	CHECK_STR(way.passed_over.text, "only kexec_file_load hands over the dm-crypt keys that "
					"the kernel keeps for a crash kernel");
	request.call = CALL_LOAD;
	CHECK(choose(PLAN_LOAD_CRASH));
	check_ways(&backend_load, NULL);
	close_host();
}

TEST(lockdown)
{
	if (!open_host("x86_64-lockdown"))
		return;
	CHECK(choose(PLAN_LOAD));
	check_ways(&backend_file, NULL);
	CHECK_STR(way.passed_over.text, "kernel lockdown (integrity) forbids kexec_load");
	request.call = CALL_FILE;
	CHECK(choose(PLAN_LOAD));
	check_ways(&backend_file, NULL);
	CHECK_STR(way.passed_over.text, "");
	request.call = CALL_LOAD;
	CHECK_FAILS(choose(PLAN_LOAD), &e,
		    "kernel lockdown (integrity) forbids kexec_load: leave -c out");
	request.call = CALL_AUTO;
	request.window_of = "IMAGE";
	CHECK_FAILS(choose(PLAN_LOAD), &e, "*: no other call can confine a kernel to a window");
	request.window_of = NULL;
	CHECK_FAILS(choose(PLAN_LOAD_SAVED), &e, "*: no other call can load a saved kernel");
	CHECK_FAILS(jump(VERB_LOAD_JUMP, PLAN_LOAD_JUMP), &e,
		    "kernel lockdown (integrity) forbids kexec_load(2), and * lockdown off");
	CHECK_FAILS(jump(VERB_LOAD_HELPER, PLAN_LOAD_SAVED), &e,
		    "kernel lockdown (integrity) forbids kexec_load(2), and * lockdown off");
	close_host();
}

/* The configuration as a plain file too, for a build that cannot read /proc/config.gz. */
static void put_config(const struct host *h, const char *text)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/boot", h->root);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/boot/config-%s", h->root, h->release);
	f = fopen(path, "w");
	if (!CHECK(f != NULL))
		return;
	fputs(text, f);
	fclose(f);
}

TEST(a_kernel_that_cannot_jump)
{
	if (!open_host("x86_64-nojump"))
		return;
	put_config(&host, "CONFIG_KEXEC=y\n# CONFIG_KEXEC_JUMP is not set\n");
	CHECK_FAILS(jump(VERB_LOAD_JUMP, PLAN_LOAD_JUMP), &e,
		    "this kernel (6.12.117) cannot jump: it was built without "
		    "CONFIG_KEXEC_JUMP=y: load the module kexec_jump, by which it can *");
	CHECK_FAILS(jump(VERB_LOAD_HELPER, PLAN_LOAD_HELPER), &e, "* cannot jump: *");
	host.has_module = true;
	CHECK(jump(VERB_LOAD_JUMP, PLAN_LOAD_JUMP));
	check_ways(&backend_module, NULL);
	CHECK(jump(VERB_LOAD_HELPER, PLAN_LOAD_HELPER));
	check_ways(&backend_module, NULL);
	request.jump_via = VIA_KERNEL;
	CHECK_FAILS(jump(VERB_LOAD_JUMP, PLAN_LOAD_JUMP), &e,
		    "* cannot jump: *: leave --jump-via=kernel out");
	request.jump_via = VIA_AUTO;
	host.lockdown = LOCKDOWN_INTEGRITY;
	CHECK_FAILS(jump(VERB_LOAD_JUMP, PLAN_LOAD_JUMP), &e,
		    "kernel lockdown (integrity) forbids kexec_load(2), and * lockdown off");
	host.lockdown = LOCKDOWN_NONE;
	host.has_module = false;
	/* Left for good, with --one-way, it need not be able to. */
	CHECK(jump(VERB_LOAD_HELPER, PLAN_LOAD_SAVED));
	check_ways(&backend_load, NULL);
	close_host();
}

TEST(when_the_next_way_may_do)
{
	static const int forbidden_or_missing[] = { EPERM, EACCES, ENOSYS };

	for (size_t i = 0; i < 3; i++)
		CHECK(explain_other_way(ASKED_LOAD, forbidden_or_missing[i]));
	/* The kernel makes a plan of its own. */
	CHECK(explain_other_way(ASKED_LOAD, EINVAL));
	CHECK(explain_other_way(ASKED_LOAD, EADDRNOTAVAIL));
	CHECK(!explain_other_way(ASKED_LOAD, ENOMEM));
	CHECK(!explain_other_way(ASKED_LOAD, EBUSY));
	CHECK(!explain_other_way(ASKED_FILE, EPERM));
	CHECK(!explain_other_way(ASKED_LOAD, 0));
	CHECK(!explain_other_way(ASKED_LOAD, 4095));
}

TEST(limits_of_kexec_load)
{
	const struct limits *l = backend_load.limits;

	CHECK_EQ_U64(l[HOST_I386].segments, 16);
	CHECK_EQ_U64(l[HOST_I386].last, 0xffffefff);
	CHECK_EQ_U64(l[HOST_I386].source_last, 0xffffffff);
	CHECK_EQ_U64(l[HOST_X86_64].segments, 16);
	CHECK_EQ_U64(l[HOST_X86_64].source_last, UINT64_MAX);
	CHECK(l[HOST_I386].half_of_ram && l[HOST_X86_64].half_of_ram);
}

TEST_MAIN
