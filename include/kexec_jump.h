/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * /dev/kexec_jump: the kernel side of a jump, on kernels that were built without CONFIG_KEXEC_JUMP.
 * All structures have the same layout for programs of 32 and of 64 bits. Addresses are physical
 * where they are called paddr; data are the caller's.
 */
#ifndef KEXEC_JUMP_H
#define KEXEC_JUMP_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define KEXEC_JUMP_DEVICE  "/dev/kexec_jump"
#define KEXEC_JUMP_VERSION 1

/* Memory at @paddr, in whole pages: @data_size bytes from @data, then zeros up to @size. */
struct kexec_jump_segment {
	__u64 paddr;
	__u64 size;
	__u64 data;
	__u64 data_size;
};

/* The jump comes back: what was in the memory of the segments is kept meanwhile. */
#define KEXEC_JUMP_PRESERVE 1

struct kexec_jump_load {
	__u32 version; /* KEXEC_JUMP_VERSION */
	__u32 flags;
	__u64 entry;	/* physical address to be called */
	__u64 segments; /* of struct kexec_jump_segment, in any order, none over another */
	__u32 segment_count;
	__u32 reserved; /* 0 */
};

struct kexec_jump_info {
	__u32 version; /* to be set by the caller */
	__u32 flags;   /* KEXEC_JUMP_*, of what is loaded */
	__u64 pages;   /* of all segments; 0: nothing is loaded */
	__u64 entry;   /* next one: the peer's way back after the first jump */
	__u64 rounds;  /* jumps that came back */
	/*
	 * The pages that hold what the segments' pages held, while the other kernel runs: the
	 * first of a list of pages, each with a count u64, the next page's address u64 (0: the
	 * last), and that many pairs of addresses u64, where a page belongs and where it is. Pages
	 * that are not in it hold nothing of this kernel's.
	 */
	__u64 list;
};

/* @size bytes of the loaded image's memory, copied to or from @data. */
struct kexec_jump_access {
	__u64 paddr;
	__u64 data;
	__u64 size;
};

#define KEXEC_JUMP_LOAD	  _IOW('J', 1, struct kexec_jump_load)
#define KEXEC_JUMP_UNLOAD _IO('J', 2)
/* Goes to the other kernel; 0 when it came back. */
#define KEXEC_JUMP_EXEC	 _IO('J', 3)
#define KEXEC_JUMP_INFO	 _IOWR('J', 4, struct kexec_jump_info)
#define KEXEC_JUMP_READ	 _IOW('J', 5, struct kexec_jump_access)
#define KEXEC_JUMP_WRITE _IOW('J', 6, struct kexec_jump_access)

#endif
