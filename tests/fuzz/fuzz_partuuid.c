/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Partition tables, behind two bytes: the number that is asked for, and the size of a sector
 * divided by 512. A partition has a UUID of one of two forms, or none.
 */
#include <ctype.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "partuuid.h"

static void prove_form(const char *uuid, const char *form)
{
	PROVE(strlen(uuid) == strlen(form));
	for (size_t i = 0; form[i]; i++)
		PROVE(form[i] == '-' ? uuid[i] == '-'
				     : isdigit((unsigned char)uuid[i]) ||
					       (uuid[i] >= 'a' && uuid[i] <= 'f'));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int fd = -1;
	char uuid[PARTUUID_SIZE];
	unsigned sector;

	if (size < 2)
		return 0;
	if (fd < 0)
		fd = memfd_create("disk", MFD_CLOEXEC);
	PROVE(fd >= 0 && !ftruncate(fd, 0));
	PROVE(pwrite(fd, data + 2, size - 2, 0) == (ssize_t)(size - 2));
	sector = data[1] * 512u;
	if (!partuuid_read(fd, sector, data[0], uuid))
		return 0;
	PROVE(data[0]);
	if (strlen(uuid) == 11)
		prove_form(uuid, "00000000-00");
	else
		prove_form(uuid, "00000000-0000-0000-0000-000000000000");
	taken();
	return 0;
}
