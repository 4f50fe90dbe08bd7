/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "file_io.h"
#include "header.h"
#include "header_page.h"

bool header_page_read(const char *path, struct image_header *header, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	bool ok;

	if (fd < 0)
		return err_sys(e, errno, "%s", path);
	ok = (file_read_at(fd, 0, header, sizeof(*header), e) && image_header_is_ours(header)) ||
	     err_set(e, "no image header");
	close(fd);
	return ok;
}
