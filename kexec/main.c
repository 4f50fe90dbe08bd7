/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The verbs. Only this file of the loader decides on an exit code, and prints; the steps of a load
 * are load.c's, which is told where its plans and notes go.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "backend.h"
#include "called.h"
#include "cmdline.h"
#include "crashed.h"
#include "default_kernel.h"
#include "file_io.h"
#include "host.h"
#include "ifdown.h"
#include "jump.h"
#include "load.h"
#include "message.h"
#include "options.h"
#include "print_menu.h"
#include "state.h"
#include "syscall.h"
#include "usb_scan.h"
#include "x86.h"

#define USB_SCAN_SECONDS 15

enum exit_code {
	EXIT_GOOD = 0,
	EXIT_USAGE = 1,
	EXIT_IS_LOADED = 1, /* of --status */
	EXIT_NOTHING = 2,   /* of --received */
	EXIT_NO_FILE_CALL = 253,
	EXIT_CRASHED = 254, /* of -e: the other kernel */
	EXIT_FAILED = 255,
};

static int fail(const struct err *e)
{
	fflush(stdout);
	fprintf(stderr, "kexec: %s\n", e->text);
	return EXIT_FAILED;
}

static void warn(const struct err *e)
{
	fprintf(stderr, "kexec: warning: %s\n", e->text);
}

static int verb_load(const struct request *r, const struct host *h)
{
	const struct load_output to = {
		.plan = r->dry_run ? stdout : NULL,
		.debug = r->debug ? stderr : NULL,
		.map = r->map ? stdout : NULL,
		.notes = stderr,
		.advice = stdout,
	};
	bool no_file_call;
	struct err e;

	if (load(r, h, &to, &no_file_call, &e))
		return EXIT_GOOD;
	fail(&e);
	return no_file_call ? EXIT_NO_FILE_CALL : EXIT_FAILED;
}

/* Which side of a jump this kernel is, by what it has loaded. */
enum side { NO_JUMP, SIDE_A, SIDE_B, SIDE_CALL };

static enum side side_of(const struct host *h, struct state *s)
{
	*s = (struct state){ 0 };
	if (!state_read(h->root, s))
		return NO_JUMP;
	switch (s->verb) {
	case PLAN_LOAD_JUMP:
		return SIDE_A;
	case PLAN_LOAD_HELPER:
		return SIDE_B;
	case PLAN_LOAD_CALL:
		return SIDE_CALL;
	default:
		return NO_JUMP;
	}
}

/* Before anything changes. Without /sys the kernel alone knows, and tells when it is asked. */
static bool check_can_exec(const struct host *h, struct err *e)
{
	if (h->recorded)
		return err_set(e, "--host-root: nothing can be run there");
	if (h->loaded == NO)
		return err_set(e, "nothing is loaded: load a kernel first (kexec -l KERNEL)");
	return true;
}

/* Seconds, with those that this kernel was not running. */
static double seconds(void)
{
	struct timespec t = { 0 };

	clock_gettime(CLOCK_BOOTTIME, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- what goes along with a jump ---- */

static bool check_message(const struct request *r, enum side side, const struct state *s,
			  struct err *e)
{
	if (r->limit && !s->monitored)
		return err_set(e, "--limit takes a CPU that waits: load the kernel with --monitor");
	if (r->send && side != SIDE_A && side != SIDE_B)
		return err_set(e, "--send goes with a jump, and what is loaded is none");
	if (r->has_status && side != SIDE_B)
		return err_set(e, "--status is for the kernel that was jumped to, on its way back");
	return true;
}

/* @path "-": standard input. @data has room for one byte more than may be sent. */
static bool read_file(const char *path, uint8_t *data, size_t *size, struct err *e)
{
	int fd = strcmp(path, "-") ? open(path, O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
	ssize_t n = fd < 0 ? -1 : 1;

	for (*size = 0; n > 0 && *size <= JUMP_DATA_MAX; *size += n > 0 ? n : 0)
		n = read(fd, data + *size, JUMP_DATA_MAX + 1 - *size);
	if (n < 0)
		err_sys(e, errno, "--send=%s", path);
	else if (*size > JUMP_DATA_MAX)
		err_set(e, "--send=%s: more than %d bytes, the most that a jump can carry", path,
			JUMP_DATA_MAX);
	if (fd > STDIN_FILENO)
		close(fd);
	return n >= 0 && *size <= JUMP_DATA_MAX;
}

/*
 * In A: a place for B's answer is made for every jump; where that cannot be, B hears of it when it
 * answers. In B: only what is asked for.
 */
static bool send(const struct request *r, const struct host *h, enum side side, struct message *m,
		 struct err *e)
{
	static uint8_t buffer[JUMP_DATA_MAX + 1];
	struct bytes data = { 0 };
	uint64_t limit;

	*m = (struct message){ 0 };
	limit = r->limit ? r->limit * cpu_tsc_rate() : 0;
	if (r->limit && !limit)
		return err_set(e, "--limit takes a CPU with a time stamp counter");
	if (r->send) {
		if (!read_file(r->send, buffer, &data.size, e))
			return false;
		data.data = buffer;
	}
	if (side == SIDE_B)
		return (!r->send && !r->has_status) ||
		       message_reply(h->root, data, (unsigned)r->status, e);
	if (side != SIDE_A || message_begin(m, h->root, data, limit, e))
		return true;
	message_end(m);
	return !r->send && !r->limit;
}

/* B can be looked at, but not jumped to any more. */
static int tell_of_crash(const struct host *h, enum jump_end end, double after)
{
	struct state s = { .verb = PLAN_LOAD_JUMP };
	char line[256];
	struct err e, ignored;

	if (end == JUMP_END_NO_CPU) {
		err_set(&e, "the other kernel was not entered: the CPU that it was to run on did "
			    "not start");
		return fail(&e);
	}
	if (state_read(h->root, &s)) {
		s.crashed = true;
		state_write(h->root, &s, &ignored);
	}
	state_write_received(h->root, (struct bytes){ 0 }, &ignored);
	err_set(&e,
		end == JUMP_END_LIMIT ? "the other kernel was stopped after %.1f s"
				      : "the other kernel crashed after %.1f s",
		after);
	if (crashed_last_words(line, sizeof(line), &ignored))
		err_append(&e, ", its last words: \"%s\"", line);
	err_append(&e, "; its memory is there (kimgcore dmesg, kimgcore save) until kexec -u");
	fail(&e);
	return EXIT_CRASHED;
}

/* B's answer: kept for --received; its status is the code to exit with. */
static int take_answer(const struct host *h, struct message *m, double after)
{
	struct answer a;
	struct err e;
	bool ok = !m->room.data || message_answer(m, h->root, &a, &e);

	if (ok && m->room.data && a.crashed)
		return tell_of_crash(h, a.end, after);
	printf("kexec: back in Linux %s after %.1f s\n", h->release, after);
	if (!m->room.data)
		return EXIT_GOOD;
	if (!ok || !state_write_received(h->root, a.has_data ? a.data : (struct bytes){ 0 }, &e))
		return fail(&e);
	if (a.is_there && a.has_data)
		printf("kexec: the other kernel sent %zu bytes (kexec --received)\n", a.data.size);
	if (a.is_there && a.status)
		printf("kexec: the other kernel's status is %u\n", a.status);
	return (int)a.status;
}

static bool write_out(const char *path, const struct called *c, struct err *e)
{
	bool to_stdout = !strcmp(path, "-");
	int fd = to_stdout ? STDOUT_FILENO
			   : open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	bool ok;

	if (fd < 0)
		return err_sys(e, errno, "--out=%s", path);
	ok = file_write(fd, c->block, c->block_size) || err_sys(e, errno, "--out=%s", path);
	if (!to_stdout && close(fd) && ok)
		ok = err_sys(e, errno, "--out=%s", path);
	return ok;
}

/* Registers to standard error where standard output has the block. */
static bool tell_called(const struct request *r, struct err *e)
{
	FILE *to = r->out && !strcmp(r->out, "-") ? stderr : stdout;
	struct called c;
	bool ok;

	if (!called_read(&c, e))
		return false;
	ok = !r->out || write_out(r->out, &c, e);
	if (ok)
		fprintf(to,
			"eax=%08" PRIx32 " ebx=%08" PRIx32 " ecx=%08" PRIx32 " edx=%08" PRIx32
			" esi=%08" PRIx32 " edi=%08" PRIx32 " ebp=%08" PRIx32 " eflags=%08" PRIx32
			"\n",
			c.registers.eax, c.registers.ebx, c.registers.ecx, c.registers.edx,
			c.registers.esi, c.registers.edi, c.registers.ebp, c.registers.eflags);
	free(c.block);
	return ok;
}

/* Before a jump. */
static void wait_for_usb(const struct host *h)
{
	struct err e;

	if (!h->module_loaded && !usb_scan_wait(h->root, USB_SCAN_SECONDS, &e))
		warn(&e);
}

/* Returns when a jump has come back, or at once where it failed. */
static bool enter(const struct host *h, struct err *e)
{
	return h->module_loaded ? backend_module_exec(h, e) : syscall_exec(h, e);
}

static void tell_call(const struct request *r, const char *call)
{
	if (r->debug)
		fprintf(stderr, "call: %s\n", call);
}

static int verb_exec(const struct request *r, const struct host *h)
{
	struct state state;
	enum side side = side_of(h, &state);
	bool jump = side != NO_JUMP;
	struct message message;
	struct err e;
	double start;
	int code;

	if (!check_can_exec(h, &e) || !check_message(r, side, &state, &e))
		return fail(&e);
	if (state.crashed) {
		err_set(&e, "the kernel that is loaded has crashed: look at it with kimgcore, then "
			    "load it anew");
		return fail(&e);
	}
	if (!r->no_sync)
		sync();
	/*
	 * Once interfaces are down, their routes are gone for good: not before it is sure that
	 * something is loaded, and not for a jump, during which the kernel suspends their devices.
	 */
	if (!r->no_ifdown && !jump && h->loaded == YES && !ifdown_all(&e))
		warn(&e);
	if (jump)
		wait_for_usb(h);
	tell_call(r, h->module_loaded ? "KEXEC_JUMP_EXEC of /dev/kexec_jump"
				      : "reboot(LINUX_REBOOT_CMD_KEXEC)");
	start = seconds();
	if (!send(r, h, side, &message, &e) || !enter(h, &e)) {
		message_end(&message);
		return fail(&e);
	}
	code = take_answer(h, &message, seconds() - start);
	message_end(&message);
	if (side == SIDE_CALL && !tell_called(r, &e))
		return fail(&e);
	return code;
}

static bool print_bytes(const void *data, size_t size, struct err *e)
{
	return fwrite(data, 1, size, stdout) == size ||
	       err_set(e, "cannot write to standard output");
}

/* In B: what is in A's memory. */
static int print_from_peer(const struct host *h)
{
	uint8_t *data = NULL;
	size_t size = 0;
	struct err e;
	bool ok;

	switch (message_receive(h->root, &data, &size, &e)) {
	case RECEIVED_ERROR:
		return fail(&e);
	case RECEIVED_NOTHING:
		return EXIT_NOTHING;
	case RECEIVED_DATA:
		break;
	}
	ok = print_bytes(data, size, &e);
	free(data);
	return ok ? EXIT_GOOD : fail(&e);
}

/* In A: what the last jump brought back. */
static int print_kept(const struct host *h)
{
	uint8_t buffer[4096];
	int fd = state_open_received(h->root);
	bool ok = true;
	struct err e;
	ssize_t n;

	if (fd < 0)
		return EXIT_NOTHING;
	while (ok && (n = read(fd, buffer, sizeof(buffer))) > 0)
		ok = print_bytes(buffer, n, &e);
	close(fd);
	return ok ? EXIT_GOOD : fail(&e);
}

/* Which side this is, the command line tells: B need not have loaded its way back. */
static int verb_received(const struct host *h)
{
	char *word = cmdline_value(h->cmdline, JUMP_WORD_ENTRY);
	bool in_b = word != NULL;

	free(word);
	return in_b ? print_from_peer(h) : print_kept(h);
}

/* Load, jump, read back, unload: nothing is left behind, whatever fails. */
static int verb_call(const struct request *r, const struct host *h)
{
	int code = verb_load(r, h);
	struct host now;
	struct err e, ignored;
	bool ok;

	if (code != EXIT_GOOD || r->dry_run)
		return code;
	if (!host_read(&now, h->root, HOST_KERNEL, &e))
		return fail(&e);
	ok = check_can_exec(&now, &e);
	if (ok) {
		wait_for_usb(&now);
		ok = enter(&now, &e) && tell_called(r, &e);
	}
	backend_unload(false, &now, &ignored);
	state_remove(now.root);
	host_deinit(&now);
	return ok ? EXIT_GOOD : fail(&e);
}

static int verb_force(const struct request *r, const struct host *h)
{
	int code = r->kernel ? verb_load(r, h) : EXIT_GOOD;
	struct host now;
	struct err e;

	if (code != EXIT_GOOD || r->dry_run)
		return code;
	/* What is loaded has changed since the host was read. */
	if (!host_read(&now, h->root, HOST_KERNEL, &e))
		return fail(&e);
	code = verb_exec(r, &now);
	host_deinit(&now);
	return code;
}

static int verb_load_and_reboot(const struct request *r, const struct host *h)
{
	static const char *const paths[] = {
		"/sbin/shutdown",
		"/usr/sbin/shutdown",
		"/bin/shutdown",
		"/usr/bin/shutdown",
	};
	int code = verb_load(r, h);
	struct err e;

	if (code != EXIT_GOOD || r->dry_run)
		return code;
	if (r->by_systemd && !access("/run/systemd/system", F_OK))
		execlp("systemctl", "systemctl", "kexec", (char *)NULL);
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		execl(paths[i], "shutdown", "-r", "now", (char *)NULL);
	err_set(&e, "the kernel is loaded, but there is no shutdown program to run: use kexec -e");
	return fail(&e);
}

static int verb_unload(const struct request *r, const struct host *h)
{
	struct err e;

	if (h->recorded) {
		err_set(&e, "--host-root: nothing can be unloaded there");
		return fail(&e);
	}
	tell_call(r, r->panic ? "unload the crash kernel" : "unload");
	if (!backend_unload(r->panic, h, &e))
		return fail(&e);
	if (!r->panic)
		state_remove(h->root);
	return EXIT_GOOD;
}

/* What the image is for, where this program has loaded it; NULL: an ordinary one, or not known. */
static const char *kind_of(const struct host *h)
{
	struct state s;

	switch (side_of(h, &s)) {
	case SIDE_A:
		return s.crashed     ? "a jump, whose kernel has crashed"
		       : s.monitored ? "a jump, with a CPU that waits"
				     : "a jump";
	case SIDE_B:
		return "the way back of a jump";
	case SIDE_CALL:
		return "a program to call";
	case NO_JUMP:
		break;
	}
	return NULL;
}

static void print_status(const char *name, bool loaded, const char *kind)
{
	printf("the %s: %s%s%s%s\n", name, loaded ? "loaded" : "not loaded", kind ? " (" : "",
	       kind ? kind : "", kind ? ")" : "");
}

static void print_status_json(const struct host *h, bool crash, bool loaded)
{
	static const char *const sides[] = {
		[SIDE_A] = "there",
		[SIDE_B] = "back",
		[SIDE_CALL] = "call",
	};
	struct state s;
	enum side side = !crash && loaded ? side_of(h, &s) : NO_JUMP;

	printf("{\"image\": \"%s\", \"loaded\": %s, \"jump\": %s", crash ? "crash" : "normal",
	       loaded ? "true" : "false", side == NO_JUMP ? "false" : "true");
	if (side != NO_JUMP)
		printf(", \"side\": \"%s\", \"monitored\": %s, \"crashed\": %s", sides[side],
		       s.monitored ? "true" : "false", s.crashed ? "true" : "false");
	puts("}");
}

static int verb_status(const struct request *r, const struct host *h)
{
	bool crash = r->panic || !r->load_named, both = !r->panic && !r->load_named;
	enum tristate loaded = crash ? h->crash_loaded : h->loaded;
	const char *name = crash ? "crash image" : "image";
	const char *kind = h->loaded == YES ? kind_of(h) : NULL;
	struct err e;

	if (loaded == UNKNOWN) {
		err_set(&e,
			"cannot tell whether the %s is loaded: %s/sys/kernel/kexec%s_loaded "
			"is missing, so the kernel was built without kexec, or /sys is not mounted",
			name, h->root, crash ? "_crash" : "");
		return fail(&e);
	}
	if (r->json)
		print_status_json(h, crash, loaded == YES);
	else
		print_status(name, loaded == YES, crash ? NULL : kind);
	/* Who looks at a terminal wants to know of the other one, too. */
	if (both && !r->json && isatty(STDOUT_FILENO) && h->loaded != UNKNOWN)
		print_status("image", h->loaded == YES, kind);
	return loaded == YES ? EXIT_IS_LOADED : EXIT_GOOD;
}

static int verb_crash_size(const struct host *h)
{
	printf("%" PRIu64 "\n", h->iomem.has_crash_kernel ? range_size(h->iomem.crash_kernel) : 0);
	return EXIT_GOOD;
}

static int verb_list(const struct request *r, const struct host *h)
{
	struct boot_menu m;
	struct err e;
	bool ok = boot_menu_read(&m, h->root, h->release, &e);

	if (ok)
		print_menu(stdout, &m, r->json);
	boot_menu_deinit(&m);
	return ok ? EXIT_GOOD : fail(&e);
}

/* What a verb has to know of the machine. */
static unsigned parts_for(const struct request *r)
{
	switch (r->verb) {
	case VERB_STATUS:
	case VERB_EXEC:
	case VERB_UNLOAD:
	case VERB_RECEIVED:
	case VERB_LIST:
		return HOST_KERNEL;
	case VERB_FORCE:
		return r->kernel || r->load_named ? HOST_ALL : HOST_KERNEL;
	case VERB_CRASH_SIZE:
		return HOST_MEMORY;
	case VERB_LOAD_PANIC:
		return HOST_ALL | HOST_CRASH;
	default:
		return HOST_ALL;
	}
}

static int run(const struct request *r, const struct host *h)
{
	switch (r->verb) {
	case VERB_STATUS:
		return verb_status(r, h);
	case VERB_LOAD_AND_REBOOT:
		return verb_load_and_reboot(r, h);
	case VERB_EXEC:
		return verb_exec(r, h);
	case VERB_FORCE:
		return verb_force(r, h);
	case VERB_UNLOAD:
		return verb_unload(r, h);
	case VERB_CRASH_SIZE:
		return verb_crash_size(h);
	case VERB_RECEIVED:
		return verb_received(h);
	case VERB_CALL:
		return verb_call(r, h);
	case VERB_LIST:
		return verb_list(r, h);
	default:
		return verb_load(r, h);
	}
}

static bool check_permitted(const struct request *r, struct err *e)
{
	if (r->dry_run || r->verb == VERB_STATUS || r->verb == VERB_CRASH_SIZE ||
	    r->verb == VERB_RECEIVED || r->verb == VERB_LIST || *r->host_root ||
	    syscall_permitted())
		return true;
	return err_set(e, "not permitted: kexec needs the right to boot (CAP_SYS_BOOT), which %s",
		       geteuid() ? "only root has" : "root does not have here");
}

/* A jump that the kernel itself cannot make, or is not asked to make. */
static bool needs_module(const struct request *r, const struct host *h)
{
	bool jump = r->verb == VERB_LOAD_JUMP || r->verb == VERB_CALL ||
		    (r->verb == VERB_LOAD_HELPER && !r->one_way);

	if (!jump || h->recorded || h->has_module || r->jump_via == VIA_KERNEL)
		return false;
	return r->jump_via == VIA_MODULE || backend_load_preserves(h) != YES;
}

static bool wants_default(const struct request *r)
{
	return !r->kernel && (r->verb == VERB_LOAD || r->verb == VERB_LOAD_AND_REBOOT ||
			      (r->verb == VERB_FORCE && r->load_named));
}

static int run_default(const struct request *r, const struct host *h)
{
	struct default_kernel d;
	struct err e, chosen;
	int code;

	if (default_kernel_choose(&d, r, h, &chosen, &e)) {
		fprintf(stderr, "kexec: %s\n", chosen.text);
		code = run(&d.request, h);
	} else {
		code = fail(&e);
	}
	default_kernel_deinit(&d);
	return code;
}

static int run_on_host(const struct request *r)
{
	struct host h;
	struct err e;
	int code;

	if (!check_permitted(r, &e) || !host_read(&h, r->host_root, parts_for(r), &e))
		return fail(&e);
	if (needs_module(r, &h))
		h.has_module = backend_module_insert(r->dry_run);
	code = wants_default(r) ? run_default(r, &h) : run(r, &h);
	host_deinit(&h);
	return code;
}

int main(int argc, char **argv)
{
	struct request r;
	struct err e;
	int code = EXIT_GOOD;

	if (!options_parse(&r, argc, argv, &e)) {
		fail(&e);
		code = EXIT_USAGE;
	} else if (r.verb == VERB_HELP) {
		fputs(options_help(), stdout);
	} else if (r.verb == VERB_VERSION) {
		puts("kexec-jump " PACKAGE_VERSION);
	} else {
		code = run_on_host(&r);
	}
	request_deinit(&r);
	if (fflush(stdout) || ferror(stdout)) {
		err_set(&e, "cannot write to standard output");
		return fail(&e);
	}
	return code;
}
