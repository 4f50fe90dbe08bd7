/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The image of a jump that this kernel holds: kernel B's memory, while A runs. Where our module
 * loaded it, the module reads and writes it. Where the kernel did, its pages are found in the
 * kernel's own list: struct kimage behind the symbol kexec_image. No word of that structure is
 * taken for what it should be: a list counts only if it visits all pages that the image's own jump
 * record says were lent, each once, and ends.
 */
#ifndef HOST_LOADED_IMAGE_H
#define HOST_LOADED_IMAGE_H

#include "kernel_memory.h"
#include "page_list.h"
#include "purgatory_abi.h"
#include "record.h"

enum loaded_way {
	LOADED_BY_KERNEL,
	LOADED_BY_MODULE,
};

struct loaded_image {
	const struct kernel_memory *kernel; /* borrowed */
	enum loaded_way way;
	uint64_t entry;		/* where the next jump goes: GATE_FIRST or GATE_FORWARD */
	struct page_list pages; /* LOADED_BY_KERNEL: of all of it */
	int device;		/* LOADED_BY_MODULE: /dev/kexec_jump */
	int devmem;		/* LOADED_BY_KERNEL: /dev/mem, -1 before it is needed */

	struct gate_params gate; /* of A's gate, as it was when this was opened */
	struct jump_record raw_record;
	struct record record; /* raw_record, checked */
};

/*
 * Errors say that nothing is loaded, that what is loaded is no kernel to jump to, or why it cannot
 * be read. To be closed with loaded_image_close() only after success.
 */
bool loaded_image_open(struct loaded_image *l, const struct kernel_memory *k, struct err *e);
/* The same of any image with a gate that returns, such as a program's: without a jump record. */
bool loaded_image_open_gate(struct loaded_image *l, const struct kernel_memory *k, struct err *e);
void loaded_image_close(struct loaded_image *l);

/*
 * @size bytes of B's memory at physical address @paddr. @opaque is the struct loaded_image. Fails
 * when a byte of it is not B's. Not for several threads.
 */
bool loaded_image_read(void *opaque, uint64_t paddr, void *to, size_t size, struct err *e);
/*
 * Whether loaded_image_write() may do it; if not, @why has the reason: without the module, a kernel
 * with CONFIG_STRICT_DEVMEM lets nobody write, and on i386 nobody reaches high memory.
 */
bool loaded_image_may_write(struct loaded_image *l, uint64_t paddr, struct err *why);
/* False, and nothing written, when a byte of it is not B's. */
bool loaded_image_write(struct loaded_image *l, uint64_t paddr, const void *from, size_t size,
			struct err *e);

#endif
