/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KEXEC_USB_SCAN_H
#define KEXEC_USB_SCAN_H

#include "err.h"

#include <stdbool.h>

/*
 * Waits for at most @seconds until the kernel has looked at each USB disk below ROOT/sys that was
 * plugged in; false, with @e naming one, if one is left. To be called before a jump by the kernel's
 * own means: kernel_kexec() freezes user space alone, not the work queue on which usb-storage looks
 * for disks a second after they came (drivers/usb/storage/usb.c usb_stor_scan_dwork()), and a disk
 * that is found while devices are suspended keeps the kernel waiting for ever. Hibernation, and so
 * our module, freezes that too. A disk that was found is a "target" below its host.
 */
bool usb_scan_wait(const char *root, unsigned int seconds, struct err *e);

#endif
