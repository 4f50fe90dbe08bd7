/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A compressed kernel in an EFI program that unpacks and starts it (zboot; in Linux
 * drivers/firmware/efi/libstub/zboot-header.S). Every byte of it is untrusted.
 */
#ifndef KEXEC_IMAGE_ZBOOT_H
#define KEXEC_IMAGE_ZBOOT_H

#include "bytes.h"
#include "err.h"
#include "probe.h"

/* *@payload: what is compressed in it, borrowed from the file. */
enum probe image_zboot_probe(struct bytes *payload, struct bytes file, struct err *e);

#endif
