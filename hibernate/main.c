/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kexec-hibernate: hibernation through a second kernel, kexec-hibernate(8). "A" is the system that
 * is saved, "B" the kernel that A jumps to and that saves it, "C" the one that a later boot
 * starts to restore it; what runs in B and C is hibernate-hook.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "say.h"
#include "verbs.h"

static const struct verb {
	const char *name;
	verb_fn *run;
	const char *help;
	bool makes_run; /* needs the folder of our files */
} verbs[] = {
	{ "setup", do_setup,
	  "setup --image TARGET [--kernel K] [--initrd F] [--append WORDS] [--force]", true },
	{ "now", do_now, "now [--then poweroff|reboot|return] [--force]", true },
	{ "keep", do_keep, "keep         boot the second kernel now, and keep it for later boots",
	  true },
	{ "resume", do_resume, "resume       go back to the system that TARGET holds, if any",
	  true },
	{ "status", do_status, "status [--json]", true },
	{ "discard", do_discard, "discard      forget what TARGET holds", true },
	{ "initrd", do_initrd, "initrd FILE  make the root file system of the second kernel",
	  false },
	{ "renew", do_renew, "renew [--kernel K]  make it again, and for K from now on", true },
	{ "conf", do_conf, "conf KEY     what the configuration says", false },
};

#define VERBS (sizeof(verbs) / sizeof(verbs[0]))

static void usage(FILE *out)
{
	for (size_t i = 0; i < VERBS; i++)
		fprintf(out, "%skexec-hibernate %s\n", i ? "       " : "Usage: ", verbs[i].help);
	fputs("TARGET: /dev/..., PARTUUID=..., FILE:DEVICE:/path, tcp:HOST:PORT or pipe:COMMAND\n"
	      "See kexec-hibernate(8) and kexec-hibernate.conf(5).\n",
	      out);
}

static int run_verb(char **argv, struct err *e)
{
	const struct verb *v = verbs;
	struct hibernate h;
	struct err ignored;
	int code = EXIT_FAILED;

	while (v < verbs + VERBS && strcmp(v->name, argv[0]))
		v++;
	if (v == verbs + VERBS)
		return misused(e, "%s is not a command", argv[0]);
	if (hibernate_init(&h, e)) {
		if (v->makes_run)
			hibernate_make_run(&h, &ignored);
		code = v->run(&h, argv, e);
	}
	hibernate_deinit(&h);
	return code;
}

int main(int argc, char **argv)
{
	struct err e = { 0 };
	int code;

	umask(077);
	if (argc < 2) {
		usage(stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "-h") || !strcmp(argv[1], "--help") || !strcmp(argv[1], "help")) {
		usage(stdout);
		return EXIT_GOOD;
	}
	code = run_verb(argv + 1, &e);
	if (code != EXIT_GOOD)
		complain(&e);
	if (fflush(stdout) || ferror(stdout)) {
		perror("kexec-hibernate: standard output");
		return EXIT_FAILED;
	}
	return code;
}
