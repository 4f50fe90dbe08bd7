/* SPDX-License-Identifier: GPL-2.0-only */
/* Targets that are streams: through a command of the user's, or through nc to another machine. */
#ifndef HIBERNATE_STREAM_H
#define HIBERNATE_STREAM_H

#include "hibernate.h"

/* The network as NET= has it, where it says something. */
bool stream_up(const struct hibernate *h, struct err *e);
void stream_down(const struct hibernate *h);

/* Runs a program that writes an image to its standard output, or reads one from its input. */
bool stream_save(const struct hibernate *h, const char *const *argv, struct err *e);
bool stream_restore(const struct hibernate *h, const char *const *argv, struct err *e);
/*
 * The first page of what is offered, in a file of ours: tells enough. False: nothing came, in time
 * or at all; who sends nothing must not stop a boot.
 */
bool stream_header(const struct hibernate *h, char path[PATH_MAX]);
/* The other side is to forget the image; false: it did not say that it did. */
bool stream_discard(const struct hibernate *h);

#endif
