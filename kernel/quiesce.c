// SPDX-License-Identifier: GPL-2.0-only
/*
 * Everything holds still, this kernel is left, and all goes on when it is entered again.
 *
 * hibernate_quiet_exec() freezes tasks and devices and calls us back. What a kernel's own jump
 * does beyond that is done here: the other CPUs go, interrupts and the core's devices (syscore)
 * stop. The devices met another kernel meanwhile, so they are told to RESTORE; the THAW that comes
 * when we return finds nothing left to do.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cpu.h>
#include <linux/device.h>
#include <linux/pm.h>
#include <linux/suspend.h>
#include <linux/syscore_ops.h>

#include "compat.h"
#include "jump.h"
#include "relocate.h"

/*
 * Not remove_cpu(), which takes a lock that our caller has in newer kernels. Only the boot CPU may
 * be left: what is parked is woken by the same means as at boot.
 */
static int cpus_stop(struct cpumask *stopped)
{
	int cpu, err = 0;

	cpu_hotplug_enable();
	for_each_online_cpu(cpu)
	{
		if (!cpu)
			continue;
		err = cpu_subsys.offline(get_cpu_device(cpu));
		if (err) {
			pr_err("CPU %d cannot be taken offline: %d\n", cpu, err);
			break;
		}
		cpumask_set_cpu(cpu, stopped);
	}
	cpu_hotplug_disable();
	return err;
}

static void cpus_start(const struct cpumask *stopped)
{
	int cpu, err;

	cpu_hotplug_enable();
	for_each_cpu(cpu, stopped)
	{
		err = cpu_subsys.online(get_cpu_device(cpu));
		if (err)
			pr_err("CPU %d does not come back: %d\n", cpu, err);
	}
	cpu_hotplug_disable();
}

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
	jump_apic_stop_others();
	err = syscore_suspend();
	/* A wake-up that came just before is over at the second try. */
	if (err == -EBUSY)
		err = syscore_suspend();
	if (!err) {
		leave_and_return(image);
		syscore_resume();
	}
	local_irq_enable();
	return err;
}

static int jump_quietly(void *data)
{
	cpumask_var_t stopped;
	int err;

	if (!zalloc_cpumask_var(&stopped, GFP_KERNEL))
		return -ENOMEM;
	err = cpus_stop(stopped);
	if (!err)
		err = jump_with_one_cpu(data);
	cpus_start(stopped);
	free_cpumask_var(stopped);
	if (!err) {
		dpm_resume_start(PMSG_RESTORE);
		dpm_resume_end(PMSG_RESTORE);
	}
	return err;
}

int jump_image_exec(struct jump_image *image)
{
	return hibernate_quiet_exec(jump_quietly, image);
}
