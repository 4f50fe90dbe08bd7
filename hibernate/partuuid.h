/* SPDX-License-Identifier: GPL-2.0-only */
/* PARTUUID= of a partition, from the partition table: there may be neither udev nor blkid. */
#ifndef HIBERNATE_PARTUUID_H
#define HIBERNATE_PARTUUID_H

#include <stdbool.h>

#define PARTUUID_SIZE 37 /* with its NUL */

/*
 * Of partition @number, from 1, of the disk behind @fd, whose sectors have @sector bytes, in lower
 * case: GPT's own UUID, or the MBR's SSSSSSSS-NN. False: the table has none, or is not there.
 */
bool partuuid_read(int fd, unsigned sector, unsigned number, char uuid[PARTUUID_SIZE]);

#endif
