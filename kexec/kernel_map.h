/* SPDX-License-Identifier: GPL-2.0-only */
/* Where the running kernel maps its memory: the virtual addresses of its elfcorehdr. */
#ifndef KEXEC_KERNEL_MAP_H
#define KEXEC_KERNEL_MAP_H

#include "elfcorehdr.h"
#include "kernel_memory.h"

/* w->page_offset and w->direct_last, by /proc/kcore; where that cannot be read, what is usual. */
void kernel_map_direct(struct elfcorehdr_wants *w, const struct kernel_memory *k);
/* w->text, w->text_vaddr and w->has_text: x86_64 maps the kernel once more, as it was linked. */
void kernel_map_text(struct elfcorehdr_wants *w, const struct kernel_memory *k);

#endif
