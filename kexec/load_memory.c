/* SPDX-License-Identifier: GPL-2.0-only */
#include "load_memory.h"
#include "source_pages.h"

/* The kernel gives the image that is loaded back only when the next one is there. */
bool load_check_memory(const struct load *l, const struct limits *limits, uint64_t bytes,
		       struct err *e)
{
	bool jump = l->r->verb == VERB_LOAD_JUMP;

	if (source_pages_check(l->host, limits, bytes, e))
		return true;
	err_append(e, "; %send programs, empty tmpfs file systems, or make it smaller (%s)",
		   l->host->loaded == YES ? "unload what is loaded (kexec -u), " : "",
		   jump ? "its initrd, --window-size=" : "its initrd");
	return false;
}
