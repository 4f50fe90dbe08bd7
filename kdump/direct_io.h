/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KDUMP_DIRECT_IO_H
#define KDUMP_DIRECT_IO_H

/* Offset, size and memory for O_DIRECT are multiples of it: of any disk's logical block. */
#define DIRECT_ALIGN 4096

#endif
