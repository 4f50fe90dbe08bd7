/* SPDX-License-Identifier: GPL-2.0-only */
/* The parser of bzImages (Documentation/arch/x86/boot.rst). */
#ifndef KEXEC_IMAGE_BZIMAGE_H
#define KEXEC_IMAGE_BZIMAGE_H

#include "err.h"
#include "linux_kernel.h"
#include "probe.h"

enum probe image_bzimage_probe(struct linux_kernel *image, struct bytes file, struct err *e);

#endif
