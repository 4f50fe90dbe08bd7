/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdlib.h>

#include "options.h"
#include "test.h"

#define WORDS_MAX 24

static struct request r;
static struct err e;

/* Parses "kexec LINE", split at blanks; single quotes keep blanks together. */
static bool parse(const char *line)
{
	static char text[512];
	char *argv[WORDS_MAX + 1] = { (char *)"kexec" }, *p = text;
	int argc = 1;

	request_deinit(&r);
	snprintf(text, sizeof(text), "%s", line);
	while (*p && argc < WORDS_MAX) {
		bool quoted = false;
		char *to = p;

		argv[argc++] = p;
		for (; *p && (quoted || *p != ' '); p++) {
			if (*p == '\'')
				quoted = !quoted;
			else
				*to++ = *p;
		}
		if (*p)
			p++;
		*to = '\0';
	}
	return options_parse(&r, argc, argv, &e);
}

static bool good(const char *file, int at, const char *line)
{
	return parse(line) || (test_fail(file, at, "%s: %s", line, e.text), false);
}

#define GOOD(line)	   good(__FILE__, __LINE__, line)
#define BAD(line, pattern) CHECK_FAILS(parse(line), &e, pattern)

TEST(every_line_of_the_callers)
{
	static const struct {
		const char *line;
		enum verb verb;
		enum load_call call;
		const char *kernel, *append, *initrd;
	} lines[] = {
		{ "-l K --initrd=I --append='root=/dev/sda1 ro'", VERB_LOAD, CALL_AUTO, "K",
		  "root=/dev/sda1 ro", "I" },
		{ "-e", VERB_EXEC, CALL_AUTO, NULL, NULL, NULL },
		{ "-p -s --args-linux --command-line='a b' --initrd=F K", VERB_LOAD_PANIC,
		  CALL_FILE, "K", "a b", "F" },
		{ "-p -u", VERB_UNLOAD, CALL_AUTO, NULL, NULL, NULL },
		{ "-s -p -u", VERB_UNLOAD, CALL_FILE, NULL, NULL, NULL },
		{ "-s --elf64-core-headers -p --command-line=x --initrd=F K", VERB_LOAD_PANIC,
		  CALL_FILE, "K", "x", "F" },
		{ "-p K --append=x --initrd=F -a", VERB_LOAD_PANIC, CALL_AUTO, "K", "x", "F" },
		{ "-a -p -u", VERB_UNLOAD, CALL_AUTO, NULL, NULL, NULL },
		{ "--load K --append O --initrd F", VERB_LOAD, CALL_AUTO, "K", "O", "F" },
		{ "--load bzImage --kexec-syscall-auto --initrd=F --no-checks --command-line 'a'",
		  VERB_LOAD, CALL_AUTO, "bzImage", "a", "F" },
		{ "-a -l K --initrd=F --command-line=c", VERB_LOAD, CALL_AUTO, "K", "c", "F" },
		{ "-u -a", VERB_UNLOAD, CALL_AUTO, NULL, NULL, NULL },
		{ "-l K --command-line 'c' --module 'F args'", VERB_LOAD, CALL_AUTO, "K", "c",
		  NULL },
		{ "-s --debug --initrd=F --dtb=D --append=A IMAGE", VERB_LOAD_AND_REBOOT, CALL_FILE,
		  "IMAGE", "A", "F" },
		{ "-e -f", VERB_FORCE, CALL_AUTO, NULL, NULL, NULL },
		{ "-l -s --reuse-cmdline K --initrd=F", VERB_LOAD, CALL_FILE, "K", NULL, "F" },
		{ "--noefi -l K", VERB_LOAD, CALL_AUTO, "K", NULL, NULL },
		{ "-l K --console-serial --append=", VERB_LOAD, CALL_AUTO, "K", "", NULL },
		{ "-su", VERB_UNLOAD, CALL_FILE, NULL, NULL, NULL },
		{ "--load-panic --kexec-syscall-auto K", VERB_LOAD_PANIC, CALL_AUTO, "K", NULL,
		  NULL },
		{ "--load-preserve-context K --mem-min=0x100000 --mem-max=0xffffff "
		  "--elf64-core-headers --initrd=F",
		  VERB_LOAD_JUMP, CALL_AUTO, "K", NULL, "F" },
		{ "--load-jump-back K --initrd=F", VERB_LOAD_JUMP, CALL_AUTO, "K", NULL, "F" },
		{ "--load-jump-back-helper=0x1234", VERB_LOAD_HELPER, CALL_AUTO, NULL, NULL, NULL },
		{ "--load-jump-back-helper --entry=0x1234", VERB_LOAD_HELPER, CALL_AUTO, NULL, NULL,
		  NULL },
		{ "-l --args-none --entry=0x1234 dump.elf", VERB_LOAD, CALL_AUTO, "dump.elf", NULL,
		  NULL },
		{ "-j", VERB_EXEC, CALL_AUTO, NULL, NULL, NULL },
		{ "-b", VERB_EXEC, CALL_AUTO, NULL, NULL, NULL },
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		if (!GOOD(lines[i].line))
			continue;
		CHECK_EQ_U64(r.verb, lines[i].verb);
		CHECK_EQ_U64(r.call, lines[i].call);
		CHECK_STR(r.kernel, lines[i].kernel);
		CHECK_STR(r.append, lines[i].append);
		CHECK_STR(r.initrd_count ? r.initrds[0] : NULL, lines[i].initrd);
	}
}

TEST(defaults)
{
	if (!GOOD("K"))
		return;
	CHECK_EQ_U64(r.verb, VERB_LOAD_AND_REBOOT);
	CHECK_STR(r.host_root, "");
	CHECK_EQ_U64(r.mem_min, 0);
	CHECK_EQ_U64(r.mem_max, UINT64_MAX);
	CHECK(!r.has_entry && !r.panic && !r.no_checks && !r.dry_run && !r.reuse_cmdline);
}

TEST(numbers)
{
	if (GOOD("-l K --mem-min=1M --mem-max 0x3fffffff")) {
		CHECK_EQ_U64(r.mem_min, 1 << 20);
		CHECK_EQ_U64(r.mem_max, 0x3fffffff);
	}
	if (GOOD("--load-preserve-context K --jump-via=module"))
		CHECK_EQ_U64(r.jump_via, VIA_MODULE);
	if (GOOD("--load-jump-back-helper --jump-via=kernel"))
		CHECK_EQ_U64(r.jump_via, VIA_KERNEL);
	if (GOOD("--load-preserve-context K --window-size=160M"))
		CHECK_EQ_U64(r.window_size, 160 << 20);
	if (GOOD("-l K --serial=ttyS1 --serial-baud=115200")) {
		CHECK_EQ_U64(r.serial_port, 0x2f8);
		CHECK_EQ_U64(r.serial_baud, 115200);
	}
	if (GOOD("-l K --serial=0xb040"))
		CHECK_EQ_U64(r.serial_port, 0xb040);
	if (GOOD("--load-jump-back-helper=0x8000000000")) {
		CHECK(r.has_entry);
		CHECK_EQ_U64(r.entry, 0x8000000000);
	}
	BAD("-l K --mem-min=12x", "--mem-min=12x: *");
	BAD("-l K --mem-min=", "--mem-min=: *");
	BAD("-l K --mem-min=-1", "--mem-min=-1: *");
	BAD("-l K --mem-min=2M --mem-max=1M", "--mem-min is above --mem-max");
	BAD("-l K --entry=0x", "--entry=0x: *");
	BAD("-l K --entry=99999999999999999999", "--entry=9*: *");
	BAD("-l K --serial=ttyS4", "--serial=ttyS4: *");
	BAD("-l K --serial=0x10000", "--serial=0x10000: neither an I/O port *");
	BAD("-l K --serial-baud=115201", "--serial-baud=115201: not a speed *");
	BAD("-l K --serial-baud=0", "--serial-baud=0: not a speed *");
	BAD("-l K --serial-baud=110000", "--serial-baud=110000: not a speed *");
	BAD("--load-jump-back-helper=1 --entry=2", "--entry=2: a different entry was given before");
	CHECK(GOOD("--load-jump-back-helper=2 --entry=2"));
}

TEST(append_sets_and_initrds_add)
{
	if (!GOOD("-l K --append=two --initrd=a --command-line=two --ramdisk b --initrd=c"))
		return;
	CHECK_STR(r.append, "two");
	if (CHECK_EQ_U64(r.initrd_count, 3)) {
		CHECK_STR(r.initrds[0], "a");
		CHECK_STR(r.initrds[1], "b");
		CHECK_STR(r.initrds[2], "c");
	}
}

TEST(letters)
{
	if (GOOD("-exyd"))
		CHECK(r.no_ifdown && r.no_sync && r.debug);
	if (GOOD("-id -ltbzImage K")) {
		CHECK(r.no_checks && r.debug);
		CHECK_STR(r.type, "bzImage");
	}
	if (GOOD("-lt bzImage -- -K"))
		CHECK_STR(r.kernel, "-K");
	if (GOOD("-h"))
		CHECK_EQ_U64(r.verb, VERB_HELP);
	if (GOOD("-?"))
		CHECK_EQ_U64(r.verb, VERB_HELP);
	if (GOOD("-v -e -p"))
		CHECK_EQ_U64(r.verb, VERB_VERSION);
	BAD("-lq K", "unknown option -q *--help*");
	BAD("-l K -t", "-t needs a value");
}

TEST(load_and_exec_in_any_order)
{
	static const char *const lines[] = { "-l -e K", "-e -l K", "K -el",  "-e K --load",
					     "-f K",	"-l -f K", "-f -e K" };

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		if (GOOD(lines[i]))
			CHECK_EQ_U64(r.verb, VERB_FORCE);
	}
	BAD("-e K", "-e runs what is loaded: to load \"K\" first, add -l");
	GOOD("-e -l");
	CHECK(r.verb == VERB_FORCE && r.load_named && !r.kernel);
}

TEST(status)
{
	if (GOOD("-S"))
		CHECK(r.verb == VERB_STATUS && !r.panic && !r.load_named);
	if (GOOD("-S -l --json"))
		CHECK(r.verb == VERB_STATUS && r.load_named && r.json);
	if (GOOD("-p -S"))
		CHECK(r.verb == VERB_STATUS && r.panic);
	BAD("-l K --json", "--json does not go with -l, but with -S, --list");
}

TEST(contradictions)
{
	BAD("-p -e K", "-p loads the kernel for a crash, *");
	BAD("-p --load-preserve-context K", "-p does not go with --load-preserve-context*");
	if (GOOD("-p --load-jump-back-helper"))
		CHECK(r.verb == VERB_LOAD_HELPER && r.panic);
	BAD("-p --load-jump-back-helper --one-way", "-p is one way by itself*");
	BAD("-l K --return-on-panic",
	    "--return-on-panic does not go with -l, but with --load-preserve-context");
	BAD("-l K --monitor", "--monitor does not go with -l, but with --load-preserve-context");
	BAD("-l K --limit=3", "--limit does not go with -l, but with -e");
	BAD("-e --limit=0", "--limit=0: not a number from 1 to 1000000");
	BAD("-e --limit=1000001", "--limit=1000001: not a number from 1 to *");
	BAD("-e --status=125", "--status=125: not a number from 0 to 124");
	BAD("-e --status x", "--status x: *");
	BAD("-e --status", "--status with -e takes a number from 0 to 124");
	BAD("-S --status=3", "--status=3 goes with -e only");
	if (GOOD("-e --status 7"))
		CHECK(r.verb == VERB_EXEC && r.has_status && r.status == 7 && !r.kernel);
	if (GOOD("-e --status=7 --send=F"))
		CHECK(r.verb == VERB_EXEC && r.status == 7 && !strcmp(r.send, "F"));
	BAD("-l K --send=F", "--send does not go with -l, but with -e");
	BAD("-u -l K", "-u does not go with a load*");
	BAD("-u -e", "-u leaves nothing *");
	BAD("-u K", "-u takes no kernel (\"K\")");
	BAD("--load-preserve-context --load-jump-back-helper K", "*give one");
	BAD("--load-preserve-context -e K", "a jump is two commands*");
	BAD("-s --load-preserve-context K", "-s cannot load a jump*");
	BAD("--load-jump-back-helper K", "--load-jump-back-helper takes no kernel (\"K\")");
	BAD("--load-preserve-context K --entry=1", "--entry does not go with *");
	BAD("-l K --jump-via=module", "--jump-via does not go with -l, but with *");
	BAD("--load-jump-back-helper --one-way --jump-via=kernel",
	    "--jump-via goes with a jump that comes back only");
	BAD("--load-preserve-context K --jump-via=both",
	    "--jump-via=both: neither kernel nor module");
	BAD("-l K --window-size=1M",
	    "--window-size does not go with -l, but with --load-preserve-context");
	BAD("-e --dry-run", "--dry-run does not go with -e, but with *");
	BAD("-l K X", "name one kernel, not two: \"K\" and \"X\"");
	GOOD("-l");
	CHECK(r.verb == VERB_LOAD && !r.kernel);
	GOOD("--load --entry-of=x");
	CHECK_STR(r.entry_of, "x");
	GOOD("--reboot");
	CHECK(r.verb == VERB_LOAD_AND_REBOOT && r.by_systemd);
	GOOD("-l --reboot K --append=x");
	CHECK(r.verb == VERB_LOAD_AND_REBOOT && r.by_systemd);
	GOOD("--list --json");
	CHECK(r.verb == VERB_LIST && r.json);
	BAD("--reboot -e", "--reboot goes with -l alone");
	BAD("--reboot -u", "--reboot goes with -l alone");
	BAD("--list K", "--list takes no kernel (\"K\")");
	BAD("-e --entry-of=x", "--entry-of does not go with -?, but with -l, --reboot, -f");
	BAD("-p K --entry-of=x", "--entry-of does not go with -?, but with -l, --reboot, -f");
	BAD("-l K --entry-of=x", "--entry-of=x or a kernel, \"K\": one of them");
	BAD("-p", "no kernel to load was named");
	BAD("", "nothing to do: *--help");
	BAD("-d", "nothing to do: *--help");
}

TEST(unknown_options)
{
	BAD("-l K --inird=F", "unknown option --inird: did you mean --initrd? *--help*");
	BAD("-l K --comand-lin=F", "unknown option --comand-lin: did you mean --command-line? *");
	BAD("-l K --frobnicate", "unknown option --frobnicate (kexec --help lists the options)");
	BAD("--aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	    "unknown option --aaa*... *");
	BAD("--load=K", "--load takes no value, but was given \"K\"");
	BAD("-l K --initrd", "--initrd needs a value");
	BAD("-l K --mem=1", "option --mem is ambiguous: --mem-min or --mem-max *");
	BAD("-l K --=1", "unknown option -- *");
	if (GOOD("-l K --reuse-c"))
		CHECK(r.reuse_cmdline);
	if (GOOD("--load-jump-back K"))
		CHECK_EQ_U64(r.verb, VERB_LOAD_JUMP);
}

TEST(restoring_saved_kernels)
{
	if (GOOD("--load-jump-back-helper=0x1040 --one-way --vmcore=F")) {
		CHECK(r.one_way && r.has_entry);
		CHECK_STR(r.vmcore, "F");
	}
	if (GOOD("-l K --initrd=I --window-of IMAGE"))
		CHECK_STR(r.window_of, "IMAGE");
	GOOD("-l -c K --window-of=IMAGE");
	GOOD("-f K --window-of=IMAGE");
	GOOD("-l --args-none --entry=0x1040 dump.elf");
	GOOD("-l -t elf-core IMAGE");
	BAD("-l K --one-way", "--* does not go with -l, but with --load-jump-back-helper");
	BAD("-l K --vmcore=F", "--* does not go with -l, but with --load-jump-back-helper");
	BAD("-p K --window-of=I", "--window-of does not go with -*, but with -l, --reboot, -f");
	BAD("-e --window-of=I", "--window-of does not go with -*, but with -l, --reboot, -f");
	BAD("--load-preserve-context K --window-of=I",
	    "--window-of does not go with -*, but with -l, --reboot, -f");
	BAD("--load-jump-back-helper --window-of=I",
	    "--window-of does not go with -*, but with -l, --reboot, -f");
	BAD("-l -s K --window-of=I", "-s cannot confine a kernel to a window*");
}

TEST(crash_kernels)
{
	if (GOOD("-p --hotplug K --pass-memmap-cmdline"))
		CHECK(r.panic && r.hotplug && r.pass_memmap);
	if (GOOD("-p K"))
		CHECK(r.panic && !r.hotplug && !r.pass_memmap);
	BAD("-l K --hotplug", "--hotplug does not go with -l, but with -p");
	BAD("-p -u --pass-memmap-cmdline",
	    "--pass-memmap-cmdline does not go with -u, but with -p");
	BAD("-p --load-jump-back-helper --hotplug", "--hotplug does not go with *, but with -p");
}

/* What other loaders have and is nothing to do here, in any order, before or after a kernel. */
TEST(accepted_without_effect)
{
	GOOD("K --reuse-video-type -l");
	CHECK(strstr(options_help(), "Accepted, without effect here: --reuse-video-type\n"));
	CHECK(strstr(options_help(), "Not supported, and refused: --reuseinitrd\n"));
}

TEST(what_an_elf_file_is_handed)
{
	GOOD("-l K");
	CHECK(r.args == ARGS_AUTO);
	GOOD("--args-elf -l K");
	CHECK(r.args == ARGS_ELF);
	GOOD("-p --args-linux K");
	CHECK(r.args == ARGS_LINUX);
	BAD("K --args-elf --args-none -l", "--args-none: --args-elf was given before: *");
	BAD("-l K --args-none=1", "--args-none takes no value, but was given \"1\"");
}

TEST(help_is_as_wide_as_a_terminal)
{
	for (const char *p = options_help(); *p; p += strcspn(p, "\n") + 1)
		CHECK(strcspn(p, "\n") <= 90);
}

TEST(help_is_short_and_names_every_verb)
{
	static const char *const words[] = { "--load",
					     "--exec",
					     "--force",
					     "--unload",
					     "--status",
					     "--load-preserve-context",
					     "--load-jump-back-helper",
					     "--initrd",
					     "--append",
					     "--reuse-cmdline",
					     "--dry-run",
					     "--map",
					     "--window-size",
					     "--window-of",
					     "--one-way",
					     "Exit status" };
	unsigned lines = 0;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		CHECK(strstr(options_help(), words[i]));
	for (const char *p = options_help(); (p = strchr(p, '\n')); p++)
		lines++;
	CHECK(lines >= 30 && lines <= 60);
	request_deinit(&r);
}

TEST_MAIN
