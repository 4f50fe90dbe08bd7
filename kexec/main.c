/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The verbs. Only this file of the loader decides on an exit code, and prints: errors itself, a
 * plan by print_plan.h. Every step of a load is one call here (doc/overview.md).
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cmdline.h"
#include "host.h"
#include "ifdown.h"
#include "image.h"
#include "image_core.h"
#include "input.h"
#include "jump.h"
#include "kernel_memory.h"
#include "layout_core.h"
#include "layout_linux.h"
#include "options.h"
#include "plan.h"
#include "print_plan.h"
#include "purgatory.h"
#include "source_pages.h"
#include "state.h"
#include "syscall.h"
#include "window.h"
#include "window_of.h"
#include "x86.h"

enum exit_code {
	EXIT_GOOD = 0,
	EXIT_USAGE = 1,
	EXIT_IS_LOADED = 1, /* of --status */
	EXIT_NO_FILE_CALL = 253,
	EXIT_FAILED = 255,
};

/* What a load works on, from the request to the plan. */
struct load {
	const struct request *r;
	const struct host *host;
	struct kernel_memory kernel;
	struct input file, initrd;
	struct image_bzimage image;
	struct image_core core; /* for saved kernels */
	struct layout_core layout_core;
	char *cmdline;
	struct plan plan;
	struct jump jump;
	bool no_file_call; /* -s, but there is no such system call */
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

/* ---- What is refused before anything is done (jump.c refuses what concerns jumps) ---- */

static bool check_supported(const struct request *r, struct err *e)
{
	static const char *const later[] = {
		"elf-x86_64", "elf-x86",     "multiboot-x86", "multiboot2-x86",
		"uki",	      "beoboot-x86", "nbi-x86",
	};

	if (r->verb == VERB_LOAD_PANIC && r->call == CALL_LOAD)
		return err_set(e, "-p with -c is not supported: use -s, and the kernel makes "
				  "what a crash kernel needs by itself");
	if (r->module_count)
		return err_set(e, "--module is for multiboot images, which are not supported");
	if (r->dtb)
		return err_set(e, "--dtb is not supported");
	if (r->reuse_initrd)
		return err_set(e, "--reuseinitrd is not supported: name the file with --initrd");
	if (!r->type || !strcmp(r->type, "bzImage") || !strcmp(r->type, "bzImage64") ||
	    !strcmp(r->type, "elf-core"))
		return true;
	for (size_t i = 0; i < sizeof(later) / sizeof(later[0]); i++) {
		if (!strcmp(r->type, later[i]))
			return err_set(e, "--type=%s: images of this type are not supported",
				       r->type);
	}
	return err_set(e,
		       "--type=%s: no such type; there are bzImage, bzImage64 "
		       "and elf-core",
		       r->type);
}

static bool is_jump(const struct request *r)
{
	return r->verb == VERB_LOAD_JUMP || r->verb == VERB_LOAD_HELPER;
}

static bool locked_down(const struct host *h, const char *advice, struct err *e)
{
	return err_set(e, "kernel lockdown (%s) forbids kexec_load: %s",
		       h->lockdown == LOCKDOWN_INTEGRITY ? "integrity" : "confidentiality", advice);
}

static bool check_allowed(const struct request *r, const struct host *h, struct err *e)
{
	if (h->recorded && !r->dry_run)
		return err_set(e, "--host-root: nothing can be loaded there; add --dry-run");
	if (h->load_disabled)
		return err_set(e, "loading is switched off until the next boot: "
				  "/proc/sys/kernel/kexec_load_disabled is 1");
	if (h->lockdown == LOCKDOWN_NONE || is_jump(r))
		return true;
	if (r->window_of)
		return locked_down(h, "no other call can confine a kernel to a window", e);
	return r->call != CALL_LOAD || locked_down(h, "leave -c out", e);
}

/* ---- The steps of a load ---- */

static bool not_an_image(const struct load *l, struct err *e)
{
	struct bytes b = l->file.bytes;

	if (b.size >= 4 && !memcmp(b.data, "\177ELF", 4))
		return err_set(e, "%s: an ELF file; only bzImage kernels are supported",
			       l->r->kernel);
	if (b.size >= 2 && !memcmp(b.data, "MZ", 2))
		return err_set(e,
			       "%s: an EFI program without a Linux boot header; only bzImage "
			       "kernels are supported",
			       l->r->kernel);
	return err_set(e, "%s: not a kernel image (bzImage, or one compressed by gzip, xz or zstd)",
		       l->r->kernel);
}

static bool start_plan(struct load *l, enum plan_verb verb, struct err *e)
{
	return plan_init(&l->plan, verb, l->host, syscall_load_limits(l->host), e);
}

static bool read_files(struct load *l, struct err *e)
{
	const struct request *r = l->r;

	if (!input_map(&l->file, r->kernel, e) ||
	    !input_join(&l->initrd, r->initrds, r->initrd_count, e))
		return false;
	return input_decompress(&l->file, e) || err_prefix(e, "%s", r->kernel);
}

static bool parse_image(struct load *l, struct err *e)
{
	switch (image_bzimage_probe(&l->image, l->file.bytes, e)) {
	case PROBE_MINE:
		break;
	case PROBE_NOT_MINE:
		return not_an_image(l, e);
	case PROBE_ERROR:
		return err_prefix(e, "%s", l->r->kernel);
	}
	if (l->r->has_entry)
		return err_set(e, "%s: --entry does not go with a bzImage, which has its own",
			       l->r->kernel);
	return true;
}

/* This kernel's command line without what was meant for this kernel alone. */
static char *reused_cmdline(const struct host *h, bool crash)
{
	static const char *const words[] = {
		"BOOT_IMAGE",
		"elfcorehdr",
		"kexec_jump_back_entry",
		"crashkernel",
	};
	size_t count = sizeof(words) / sizeof(words[0]) - !crash;
	char *line = strdup(h->cmdline ? h->cmdline : "");

	for (size_t i = 0; line && i < count; i++) {
		char *without = cmdline_without(line, words[i]);

		free(line);
		line = without;
	}
	return line;
}

static bool make_cmdline(struct load *l, struct err *e)
{
	const struct request *r = l->r;
	char *reused = r->reuse_cmdline ? reused_cmdline(l->host, r->panic) : strdup("");

	if (reused)
		l->cmdline = cmdline_join(reused, r->append ? r->append : "");
	free(reused);
	return l->cmdline || err_set(e, "out of memory");
}

static bool check_cmdline(const struct load *l, struct err *e)
{
	size_t length = strlen(l->cmdline);

	return length <= l->image.cmdline_max ||
	       err_set(e, "the command line has %zu bytes, but this kernel takes %u", length,
		       l->image.cmdline_max);
}

/* RAM and memory map for a kernel that replaces this one. */
static bool plan_memory(struct plan *p, const struct request *r, const struct host *h,
			struct err *e)
{
	const struct memmap *map = h->firmware.map.count ? &h->firmware.map : &h->iomem.map;
	struct range bounds = { r->mem_min > PAGE_SIZE ? r->mem_min : PAGE_SIZE, r->mem_max };

	if (bounds.start > bounds.last)
		return err_set(e, "--mem-max=%#" PRIx64 " leaves no memory", r->mem_max);
	if (!host_free_ram(h, &p->ram, e))
		return false;
	return (ranges_clip(&p->ram, bounds) && memmap_copy(&p->next, map)) ||
	       err_set(e, "out of memory");
}

static bool layout(struct load *l, struct err *e)
{
	struct layout_linux in = {
		.image = &l->image,
		.host = l->host,
		.request = l->r,
		.initrd = l->initrd.bytes,
		.cmdline = l->cmdline,
	};

	return check_cmdline(l, e) && layout_linux(&l->plan, &in, e);
}

/* The same for one that is confined to the window of a saved kernel. */
static bool plan_window_of(struct load *l, struct err *e)
{
	struct jump_record record;

	return (image_core_read_record(l->r->window_of, &record, e) &&
		window_of_plan(&l->plan, &record, l->host, l->r, &l->image, e) && layout(l, e) &&
		purgatory_place(&l->plan, e)) ||
	       err_prefix(e, "--window-of=%s", l->r->window_of);
}

static bool plan_ordinary(struct load *l, struct err *e)
{
	if (l->r->window_of)
		return plan_window_of(l, e);
	return plan_memory(&l->plan, l->r, l->host, e) && layout(l, e) &&
	       purgatory_place(&l->plan, e);
}

static bool plan_jump(struct load *l, struct err *e)
{
	return jump_prepare(&l->jump, &l->plan, l->host, &l->kernel, l->r, &l->image,
			    l->initrd.bytes.size, &l->cmdline, e) &&
	       layout(l, e) && jump_finish(&l->plan, e);
}

static bool inside(struct bytes outer, struct bytes inner)
{
	uintptr_t offset = (uintptr_t)inner.data - (uintptr_t)outer.data;

	return inner.size && offset < outer.size && inner.size <= outer.size - offset;
}

static void mark_mapped(struct plan *p, const struct input *in)
{
	for (size_t i = 0; in->mapped && i < p->segment_count; i++)
		p->segments[i].mapped |= inside(in->bytes, p->segments[i].data);
}

static bool finish_plan(struct load *l, struct err *e)
{
	mark_mapped(&l->plan, &l->file);
	mark_mapped(&l->plan, &l->initrd);
	plan_sort(&l->plan);
	return purgatory_seal(&l->plan, l->r, e) && plan_check(&l->plan, e);
}

static bool show(const struct load *l, struct err *e)
{
	if (l->r->debug)
		print_plan(stderr, &l->plan);
	if (l->r->dry_run)
		print_plan(stdout, &l->plan);
	return !l->r->map || print_map(stdout, &l->plan, e);
}

static void remember(const struct load *l, enum plan_verb verb)
{
	struct state s = { .verb = verb, .entry = l->plan.entry };
	struct err e;

	memcpy(s.release, l->host->release, sizeof(s.release));
	if (verb != PLAN_LOAD_CRASH && !state_write(l->host->root, &s, &e)) {
		err_append(&e, " (loaded; if it is a jump, run it with kexec -e -x)");
		warn(&e);
	}
}

static uint64_t plan_bytes(const struct plan *p)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < p->segment_count; i++)
		sum += p->segments[i].memsz;
	return sum;
}

/* The file call, where the kernel makes the plan. */
static bool load_by_file(struct load *l, struct err *e)
{
	bool crash = l->r->verb == VERB_LOAD_PANIC;
	unsigned long flags = crash ? KEXEC_FILE_ON_CRASH_FLAG : 0;
	struct file_call call = {
		.kernel = l->r->kernel,
		.kernel_size = l->file.bytes.size,
		.initrd_size = l->initrd.bytes.size,
		.cmdline = l->cmdline,
		.flags = flags,
	};
	int kernel, initrd = -1, errnum;

	if (crash && !l->host->iomem.has_crash_kernel)
		return err_set(e, "no memory is reserved for a crash kernel: boot with "
				  "crashkernel=256M or the like");
	if (l->r->debug)
		print_file_call(stderr, &call);
	if (l->r->dry_run) {
		print_file_call(stdout, &call);
		return true;
	}
	if (!input_fd(&l->file, &kernel, e) ||
	    (l->initrd.bytes.size && !input_fd(&l->initrd, &initrd, e)))
		return false;
	if (!syscall_file_load(kernel, initrd, l->cmdline, flags, l->host, &errnum, e)) {
		l->no_file_call = errnum == ENOSYS;
		return err_prefix(e, "%s", l->r->kernel);
	}
	remember(l, crash ? PLAN_LOAD_CRASH : PLAN_LOAD);
	return true;
}

/* A saved kernel's memory is read while the kernel copies it. */
static bool load_segments(struct load *l, int *errnum, struct err *e)
{
	struct lazy_memory *memory = l->layout_core.memory;
	uint64_t bytes = plan_bytes(&l->plan), available = l->host->mem.available;
	struct err why;
	bool lazy, ok;

	if (!memory)
		return syscall_load(&l->plan, l->host, errnum, e);
	if (!lazy_memory_start(memory, available > bytes ? available - bytes : 0, &lazy, e))
		return false;
	if (!lazy) {
		err_set(&why, "without userfaultfd(2) the image is in memory twice while it is "
			      "loaded");
		warn(&why);
	}
	ok = syscall_load(&l->plan, l->host, errnum, e);
	return lazy_memory_stop(memory, &why) ? ok : err_set(e, "%s", why.text);
}

/* Nothing that the firmware gave is left out silently, unless that was asked for. */
static void tell_of_efi(const struct load *l)
{
	if (l->plan.efi_why_not && !l->r->noefi)
		fprintf(stderr, "kexec: the next kernel gets no EFI: %s\n", l->plan.efi_why_not);
}

static bool load_plan(struct load *l, int *errnum, struct err *e)
{
	*errnum = 0;
	tell_of_efi(l);
	if (!show(l, e) || l->r->dry_run)
		return l->r->dry_run;
	if (!source_pages_check(l->host, l->plan.limits, plan_bytes(&l->plan), e) ||
	    !load_segments(l, errnum, e))
		return false;
	remember(l, l->plan.verb);
	return true;
}

/*
 * kexec_load is tried first, because our own loader explains what it does, keeps what the kernel's
 * drops, and knows jumps. Where a policy forbids it (lockdown, a security module) or the kernel has
 * only the file call, that one may still be allowed, as it checks the image's signature.
 */
static bool load_image(struct load *l, struct err *e)
{
	const struct request *r = l->r;
	bool jump = r->verb == VERB_LOAD_JUMP;
	struct err other;
	int errnum;

	if (!start_plan(l, jump ? PLAN_LOAD_JUMP : PLAN_LOAD, e) || !read_files(l, e) ||
	    !make_cmdline(l, e))
		return false;
	if (r->call == CALL_FILE || r->verb == VERB_LOAD_PANIC)
		return load_by_file(l, e);
	if (l->host->lockdown != LOCKDOWN_NONE && !jump)
		return load_by_file(l, &other) || locked_down(l->host, other.text, e);
	if (!parse_image(l, e) || !(jump ? plan_jump(l, e) : plan_ordinary(l, e)) ||
	    !finish_plan(l, e))
		return false;
	if (load_plan(l, &errnum, e))
		return true;
	if (jump || r->window_of || r->call == CALL_LOAD || (errnum != EPERM && errnum != ENOSYS))
		return false;
	if (load_by_file(l, &other))
		return true;
	return l->no_file_call ? false : err_append(e, "; %s", other.text);
}

/* Whether the image is a saved kernel; false with @e set when that cannot be told. */
static bool find_core(struct load *l, bool *is_core, struct err *e)
{
	const struct request *r = l->r;

	*is_core = false;
	if (r->type && strcmp(r->type, "elf-core"))
		return true;
	switch (image_core_probe(&l->core, r->kernel, e)) {
	case PROBE_MINE:
		*is_core = true;
		return true;
	case PROBE_NOT_MINE:
		return !r->type || err_set(e,
					   "%s: neither an ELF core nor a saved image in a file "
					   "or block device",
					   r->kernel);
	case PROBE_ERROR:
		break;
	}
	return err_prefix(e, "%s", r->kernel);
}

static bool load_core(struct load *l, struct err *e)
{
	const struct request *r = l->r;
	int errnum;

	if (r->verb == VERB_LOAD_PANIC || r->call == CALL_FILE)
		return err_set(e,
			       "%s: the image of a saved kernel, which kexec_load(2) loads, with "
			       "-l",
			       r->kernel);
	if (l->host->lockdown != LOCKDOWN_NONE)
		return locked_down(l->host, "no other call can load a saved kernel", e);
	if (!start_plan(l, PLAN_LOAD_SAVED, e))
		return false;
	if (!layout_core(&l->layout_core, &l->plan, &l->core, l->host, r, e))
		return err_prefix(e, "%s", r->kernel);
	return finish_plan(l, e) && load_plan(l, &errnum, e);
}

/* Not done here: whoever enters the kernel at once, or much later, knows when. */
static void tell_to_mark(const struct load *l)
{
	const struct core_image *image = &l->core.file.image;

	if (!l->r->dry_run && image->saved && image->header.state == IMAGE_VALID)
		printf("kexec: before kexec -e, mark the image as used, so that it is never "
		       "restored a second time: kdump mark %s consumed\n",
		       l->r->kernel);
}

static bool load_kernel(struct load *l, struct err *e)
{
	bool is_core;

	if (!find_core(l, &is_core, e))
		return false;
	if (!is_core)
		return load_image(l, e);
	if (!load_core(l, e))
		return false;
	tell_to_mark(l);
	return true;
}

static bool load_helper(struct load *l, struct err *e)
{
	int errnum;

	return start_plan(l, l->r->one_way ? PLAN_LOAD_SAVED : PLAN_LOAD_HELPER, e) &&
	       jump_helper(&l->jump, &l->plan, l->host, &l->kernel, l->r, e) && finish_plan(l, e) &&
	       load_plan(l, &errnum, e);
}

static void load_deinit(struct load *l)
{
	plan_deinit(&l->plan);
	layout_core_deinit(&l->layout_core);
	image_core_close(&l->core);
	input_close(&l->file);
	input_close(&l->initrd);
	free(l->cmdline);
}

static bool load(struct load *l, struct err *e)
{
	const struct request *r = l->r;
	bool ok;

	if (!check_supported(r, e) || !check_allowed(r, l->host, e))
		return false;
	if (!is_jump(r))
		return load_kernel(l, e);
	if (!kernel_memory_open(&l->kernel, l->host, e))
		return false;
	ok = r->verb == VERB_LOAD_HELPER ? load_helper(l, e) : load_image(l, e);
	kernel_memory_close(&l->kernel);
	return ok;
}

/* ---- The verbs ---- */

static int verb_load(const struct request *r, const struct host *h)
{
	struct load l = {
		.r = r,
		.host = h,
		.file = INPUT_NONE,
		.initrd = INPUT_NONE,
	};
	int code = EXIT_GOOD;
	struct err e;

	if (!load(&l, &e)) {
		fail(&e);
		code = l.no_file_call && r->call == CALL_FILE ? EXIT_NO_FILE_CALL : EXIT_FAILED;
	}
	load_deinit(&l);
	return code;
}

static bool loaded_a_jump(const struct host *h)
{
	struct state s;

	return state_read(h->root, &s) && (s.verb == PLAN_LOAD_JUMP || s.verb == PLAN_LOAD_HELPER);
}

/* Before anything changes: once interfaces are down, their routes are gone for good. */
static bool check_can_exec(const struct request *r, const struct host *h, bool jump, struct err *e)
{
	if (h->recorded)
		return err_set(e, "--host-root: nothing can be run there");
	if (h->loaded == NO)
		return err_set(e, "nothing is loaded: load a kernel first (kexec -l KERNEL)");
	if (h->loaded == UNKNOWN && !jump && !r->no_ifdown)
		return err_set(e, "whether anything is loaded is not known: "
				  "/sys/kernel/kexec_loaded is missing, so this kernel was built "
				  "without kexec, or /sys is not mounted; with -x (interfaces stay "
				  "up) it is tried nevertheless");
	return true;
}

/* Seconds, with those that this kernel was not running. */
static double seconds(void)
{
	struct timespec t = { 0 };

	clock_gettime(CLOCK_BOOTTIME, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int verb_exec(const struct request *r, const struct host *h)
{
	bool jump = loaded_a_jump(h);
	struct err e;
	double start;

	if (!check_can_exec(r, h, jump, &e))
		return fail(&e);
	if (!r->no_sync)
		sync();
	/* After a jump back the interfaces are needed again: the kernel suspends their devices. */
	if (!r->no_ifdown && !jump && !ifdown_all(&e))
		warn(&e);
	start = seconds();
	if (!syscall_exec(h, &e))
		return fail(&e);
	printf("kexec: back in Linux %s after %.1f s\n", h->release, seconds() - start);
	return EXIT_GOOD;
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
	if (!syscall_unload(r->panic, h, &e))
		return fail(&e);
	if (!r->panic)
		state_remove(h->root);
	return EXIT_GOOD;
}

static int verb_status(const struct request *r, const struct host *h)
{
	bool crash = r->panic || !r->load_named;
	enum tristate loaded = crash ? h->crash_loaded : h->loaded;
	const char *name = crash ? "crash image" : "image";
	bool jump = !crash && loaded == YES && loaded_a_jump(h);
	struct err e;

	if (loaded == UNKNOWN) {
		err_set(&e,
			"whether the %s is loaded is not known: %s/sys/kernel/kexec%s_loaded "
			"is missing, so the kernel was built without kexec, or /sys is not mounted",
			name, h->root, crash ? "_crash" : "");
		return fail(&e);
	}
	if (r->json)
		printf("{\"image\": \"%s\", \"loaded\": %s, \"jump\": %s}\n",
		       crash ? "crash" : "normal", loaded == YES ? "true" : "false",
		       jump ? "true" : "false");
	else
		printf("the %s: %s%s\n", name, loaded == YES ? "loaded" : "not loaded",
		       jump ? " (a jump)" : "");
	return loaded == YES ? EXIT_IS_LOADED : EXIT_GOOD;
}

static int verb_crash_size(const struct host *h)
{
	printf("%" PRIu64 "\n", h->iomem.has_crash_kernel ? range_size(h->iomem.crash_kernel) : 0);
	return EXIT_GOOD;
}

/* What a verb has to know of the machine. */
static unsigned parts_for(const struct request *r)
{
	switch (r->verb) {
	case VERB_STATUS:
	case VERB_EXEC:
	case VERB_UNLOAD:
		return HOST_KERNEL;
	case VERB_FORCE:
		return r->kernel ? HOST_ALL : HOST_KERNEL;
	case VERB_CRASH_SIZE:
		return HOST_MEMORY;
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
	default:
		return verb_load(r, h);
	}
}

static bool check_permitted(const struct request *r, struct err *e)
{
	if (r->dry_run || r->verb == VERB_STATUS || r->verb == VERB_CRASH_SIZE || *r->host_root ||
	    syscall_permitted())
		return true;
	return err_set(e, "not permitted: kexec needs the right to boot (CAP_SYS_BOOT), which %s",
		       geteuid() ? "only root has" : "root does not have here");
}

static int run_on_host(const struct request *r)
{
	struct host h;
	struct err e;
	int code;

	if (!check_permitted(r, &e) || !host_read(&h, r->host_root, parts_for(r), &e))
		return fail(&e);
	code = run(r, &h);
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
