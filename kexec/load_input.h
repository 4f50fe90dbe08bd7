/* SPDX-License-Identifier: GPL-2.0-only */
/* The files of a load: opened, decompressed, and told what they are. */
#ifndef KEXEC_LOAD_INPUT_H
#define KEXEC_LOAD_INPUT_H

#include "loading.h"

/* Opens the kernel file, in which a saved kernel is looked for as it is. */
bool load_open_image(struct load *l, struct err *e);
/* All of the kernel, the modules and the initrds, with what is in a unified kernel image. */
bool load_read_files(struct load *l, struct err *e);
/* What the kernel file is, of what an ordinary load, a jump or a crash takes. */
bool load_parse_image(struct load *l, struct err *e);

#endif
