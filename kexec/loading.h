/* SPDX-License-Identifier: GPL-2.0-only */
/* What the steps of a load work on and share. */
#ifndef KEXEC_LOADING_H
#define KEXEC_LOADING_H

#include "backend.h"
#include "crash.h"
#include "image.h"
#include "image_uki.h"
#include "jump.h"
#include "layout_multiboot.h"
#include "load.h"
#include "saved_memory.h"

/* What a load works on, from the request to the plan. */
struct load {
	const struct request *r;
	const struct host *host;
	const struct load_output *to;
	struct kernel_memory kernel; /* for jumps and crashes */
	struct input file, initrd, dtb;
	struct input uki; /* what @file, and perhaps @initrd, is a part of */
	struct image_uki uki_parts;
	const char *type; /* that was asked for; NULL: none */
	struct input modules[MODULES_MAX];
	size_t module_count; /* of those that were opened */
	struct image image;
	struct saved_memory saved; /* for saved kernels */
	char *cmdline;
	struct plan plan;
	struct backend_result result; /* of the last call */
	bool no_file_call;
};

struct load loading_begin(const struct request *r, const struct host *h,
			  const struct load_output *to);
void loading_end(struct load *l);

/* What jumps and crash kernels are prepared with. */
struct jump loading_jump(struct load *l);
struct crash loading_crash(struct load *l);

/* Says @why, which gets a prefix. */
void loading_warn(const struct load *l, struct err *why);
void loading_tell_of_crash(const struct load *l, const struct crash *c, enum crash_note note);
/* After a load: with --debug the call that did it, and always what this kernel does not know. */
void loading_tell_result(const struct load *l, const struct backend *way);

#endif
