/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a parser of one type of image says of a file. A probe has no side effect; what it rejects is
 * cleaned up.
 */
#ifndef KEXEC_PROBE_H
#define KEXEC_PROBE_H

enum probe { PROBE_NOT_MINE, PROBE_MINE, PROBE_ERROR };

#endif
