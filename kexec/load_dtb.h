/* SPDX-License-Identifier: GPL-2.0-only */
/* The device tree that a kernel is handed over, in setup_data: most PCs have none. */
#ifndef KEXEC_LOAD_DTB_H
#define KEXEC_LOAD_DTB_H

#include "loading.h"

/*
 * That of --dtb, with --force-dtb the running kernel's, else that of a unified kernel image. Called
 * after load_parse_image().
 */
bool load_read_dtb(struct load *l, struct err *e);

#endif
