/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KDUMP_INFO_H
#define KDUMP_INFO_H

#include <stdio.h>

#include "core_file.h"

/* Prints what a core or image is of, as words or as one JSON object. */
void info_print(const struct core_file *f, bool json, FILE *out);

#endif
