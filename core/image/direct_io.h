/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_IMAGE_DIRECT_IO_H
#define CORE_IMAGE_DIRECT_IO_H

/* Offset, size and memory for O_DIRECT are multiples of it: of any disk's logical block. */
#define DIRECT_ALIGN 4096

#endif
