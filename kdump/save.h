/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KDUMP_SAVE_H
#define KDUMP_SAVE_H

#include "core_memory.h"
#include "seal.h"

enum keep {
	KEEP_NEEDED, /* leave out free pages, unless the kernel may rely on their content */
	KEEP_USED,   /* the same, but take a kernel that says nothing for one that does not */
	KEEP_ALL,
};

struct save_request {
	/* Memory that is not in a file, read by one thread; NULL: @source is to be opened. */
	const struct core_memory *memory;
	const char *source;	       /* /proc/vmcore or a core file; what to call @memory */
	const struct image_keys *keys; /* of @source; NULL: it is not encrypted */
	const char *target;	       /* file, block device, "-" */
	const char *seal;	       /* file of the seal key; NULL: the image is not encrypted */
	uint32_t cipher;	       /* enum image_cipher; 0: the fastest one */
	enum keep keep;
	bool for_analysis;
	bool force;
	bool pages;	  /* with digests of its pages, so that another can be based on it */
	const char *base; /* with pages: the image that it is based on; NULL: none */
	bool plain; /* an uncompressed ELF core of all that the source has, without a header page */
	unsigned threads; /* 0: as many as there are CPUs, up to 8 */
	int level;
	bool adapt;			  /* compress only as much as the target leaves time for */
	void (*report)(const char *line); /* one line of what is being done; never NULL */
};

/* Saves; on failure the target's state says that it holds no image. */
bool save_image(const struct save_request *r, struct err *e);

#endif
