/* SPDX-License-Identifier: GPL-2.0-only */
#include <sys/reboot.h>
#include <unistd.h>

#include "hook.h"

void machine_off(bool restart, unsigned seconds)
{
	sync();
	reboot(restart ? RB_AUTOBOOT : RB_POWER_OFF);
	sleep(seconds);
}
