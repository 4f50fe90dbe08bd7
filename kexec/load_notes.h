/* SPDX-License-Identifier: GPL-2.0-only */
/* What a user is told of a plan beside the plan: nothing that was left out is so silently. */
#ifndef KEXEC_LOAD_NOTES_H
#define KEXEC_LOAD_NOTES_H

#include "loading.h"

void load_tell_of_firmware(const struct load *l);
/* Of devices that go on when the next kernel crashes. */
void load_tell_of_pci(const struct load *l);

#endif
