/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What to load where no kernel is named: what the boot loader would boot, or the entry of its menu
 * that is asked for (--entry-of).
 */
#ifndef KEXEC_DEFAULT_KERNEL_H
#define KEXEC_DEFAULT_KERNEL_H

#include "boot_menu.h"
#include "host.h"
#include "options.h"

struct default_kernel {
	struct boot_menu menu;
	struct request request; /* the given one, with the entry's files and command line */
	char *paths[1 + BOOT_INITRDS_MAX]; /* below the host's root; owned */
	size_t path_count;
	const char **initrds;
};

/*
 * Completes @given, whose command line and initrds count before the entry's; @note says what was
 * chosen. Errors: there is no such entry, or no default. To be freed with default_kernel_deinit()
 * in every case; until then d->request may be used.
 */
bool default_kernel_choose(struct default_kernel *d, const struct request *given,
			   const struct host *h, struct err *note, struct err *e);
void default_kernel_deinit(struct default_kernel *d);

#endif
