/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KDUMP_KEY_H
#define KDUMP_KEY_H

#include <stdbool.h>

#include "err.h"

/* "kdump key": makes keys for encrypted images, and the slots of a private key. */
int key_command(int argc, char **argv);

#endif
