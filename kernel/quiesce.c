// SPDX-License-Identifier: GPL-2.0-only
/*
 * Everything holds still, this kernel is left, and all goes on when it is entered again.
 *
 * hibernate_quiet_exec() freezes tasks and devices and calls us back. What a kernel's own jump
 * does beyond that is done here: the other CPUs go, interrupts and the core's devices (syscore)
 * stop. The devices met another kernel meanwhile, so they are told to RESTORE; the THAW that comes
 * when we return finds nothing left to do.
 */
#include <linux/kernel.h>
#include <linux/pm.h>
#include <linux/suspend.h>
#include <linux/syscore_ops.h>

#include "compat.h"
#include "cpu.h"
#include "jump.h"
#include "relocate.h"

/* Interrupts are off, and no other CPU is there. */
static void leave_and_return(struct jump_image *image)
{
	jump_tables_renew(image);
	jump_cpu_save();
	jump_apic_leave();
	relocate(image->relocate);
	jump_cpu_restore();
	image->rounds++;
}

static int jump_with_one_cpu(struct jump_image *image)
{
	int err;

	local_irq_disable();
	/* As hibernation does: ACPI takes locks in syscore_resume() that are nobody's. */
	system_state = SYSTEM_SUSPEND;
	jump_apic_stop_others();
	err = syscore_suspend();
	/* A wake-up that came just before is over at the second try. */
	if (err == -EBUSY)
		err = syscore_suspend();
	if (!err) {
		leave_and_return(image);
		syscore_resume();
	}
	system_state = SYSTEM_RUNNING;
	local_irq_enable();
	return err;
}

struct trip {
	struct jump_image *image;
	struct jump_cpus *cpus;
};

static int jump_quietly(void *data)
{
	const struct trip *t = data;
	int err = jump_cpus_stop(t->cpus);

	if (!err)
		err = jump_with_one_cpu(t->image);
	jump_cpus_start(t->cpus);
	if (!err) {
		dpm_resume_start(PMSG_RESTORE);
		dpm_resume_end(PMSG_RESTORE);
	}
	return err;
}

int jump_image_exec(struct jump_image *image)
{
	struct trip t = { .image = image, .cpus = jump_cpus_new() };
	int err;

	if (!t.cpus)
		return -ENOMEM;
	err = hibernate_quiet_exec(jump_quietly, &t);
	jump_cpus_free(t.cpus);
	return err;
}
