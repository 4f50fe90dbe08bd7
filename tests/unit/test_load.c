/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdlib.h>

#include "bzimage.h"
#include "hosts.h"
#include "load.h"
#include "test.h"

static struct host host;
static struct request request;
static struct err e;
static bool no_file_call;

/* What went where; memory of its own. */
enum where { PLAN, DEBUG, MAP, NOTES, WHERES };
static char *said[WHERES];

static const char *kernel(void)
{
	static char path[128];
	struct bzimage b;
	FILE *f;

	snprintf(path, sizeof(path), "%s/kernel-of-test", host_root(""));
	bzimage_init(&b);
	bzimage_header(&b)->xloadflags |= XLF_EFI_KEXEC;
	f = fopen(path, "w");
	if (CHECK(f != NULL)) {
		CHECK(fwrite(b.data, sizeof(b.data), 1, f) == 1);
		fclose(f);
	}
	return path;
}

static bool begin(const char *name)
{
	request = (struct request){
		.kernel = kernel(),
		.dry_run = true,
		.host_root = "",
		.verb = VERB_LOAD,
		.mem_max = UINT64_MAX,
	};
	return CHECK(host_read(&host, host_root(name), HOST_ALL, &e));
}

static bool run(void)
{
	struct load_output to = {};
	FILE *files[WHERES];
	size_t size;
	bool ok;

	for (int i = 0; i < WHERES; i++) {
		free(said[i]);
		said[i] = NULL;
		files[i] = open_memstream(&said[i], &size);
	}
	to.plan = files[PLAN];
	to.debug = request.debug ? files[DEBUG] : NULL;
	to.map = request.map ? files[MAP] : NULL;
	to.notes = to.advice = files[NOTES];
	ok = load(&request, &host, &to, &no_file_call, &e);
	for (int i = 0; i < WHERES; i++)
		fclose(files[i]);
	return ok;
}

static void end(void)
{
	host_deinit(&host);
	for (int i = 0; i < WHERES; i++) {
		free(said[i]);
		said[i] = NULL;
	}
}

TEST(each_thing_goes_where_it_is_wanted)
{
	if (!begin("x86_64-512m"))
		return;
	if (CHECK(run())) {
		CHECK_MATCH(said[PLAN], "plan: load\n*call: kexec_load\n*");
		CHECK_STR(said[DEBUG], "");
		CHECK_STR(said[MAP], "");
		CHECK_STR(said[NOTES], "");
	}
	request.debug = request.map = true;
	if (CHECK(run())) {
		CHECK_STR(said[DEBUG], said[PLAN]);
		CHECK_MATCH(said[MAP], "0x*kernel*");
	}
	end();
}

TEST(the_kernel_makes_the_plan)
{
	if (!begin("x86_64-lockdown"))
		return;
	if (CHECK(run()))
		CHECK_MATCH(said[PLAN], "plan: load\ncall: kexec_file_load\n*");
	request.call = CALL_LOAD;
	CHECK_FAILS(run(), &e, "kernel lockdown (*) forbids kexec_load: leave -c out");
	CHECK(!no_file_call);
	end();
}

TEST(what_is_left_out_is_noted)
{
	if (!begin("x86_64-efi"))
		return;
	CHECK(run());
	CHECK_STR(said[NOTES], "");
	request.verb = VERB_LOAD_JUMP;
	if (CHECK(run()))
		CHECK_MATCH(said[NOTES], "kexec: the next kernel gets no EFI: *\n");
	request.noefi = true;
	if (CHECK(run()))
		CHECK_STR(said[NOTES], "");
	end();
}

TEST(refused_before_a_file_is_opened)
{
	if (!begin("x86_64-disabled"))
		return;
	request.kernel = "/nonexistent";
	CHECK_FAILS(run(), &e, "loading is switched off until the next boot: *");
	end();
	if (!begin("x86_64-512m"))
		return;
	request.kernel = "/nonexistent";
	request.type = "nbi-x86";
	CHECK_FAILS(run(), &e,
		    "--type=nbi-x86: an NBI image (Etherboot), which is not supported: *");
	request.type = NULL;
	request.dry_run = false;
	CHECK_FAILS(run(), &e, "--host-root: nothing can be loaded there; *");
	request.dry_run = true;
	CHECK_FAILS(run(), &e, "/nonexistent: cannot open: *");
	end();
}

TEST_MAIN
