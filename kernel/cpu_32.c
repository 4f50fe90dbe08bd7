// SPDX-License-Identifier: GPL-2.0-only
/* The boot CPU's registers: a 32-bit kernel lets modules use what its own suspend uses. */
#include <linux/suspend.h>

#include "cpu.h"

void jump_cpu_save(void)
{
	save_processor_state();
}

void jump_cpu_restore(void)
{
	restore_processor_state();
}
