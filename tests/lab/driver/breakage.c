// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks the kernel that it is loaded into, in the way whose name is written to /proc/breakage:
 * oops, interrupt, lockup, hard (interrupts off, too), other (on a CPU that is not the boot CPU).
 * The parameter "restore" breaks it when devices are restored after a jump.
 */
#include <linux/delay.h>
#include <linux/irqflags.h>
#include <linux/irq_work.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/pm.h>
#include <linux/proc_fs.h>
#include <linux/smp.h>
#include <linux/uaccess.h>

static bool restore;
module_param(restore, bool, 0644);

static void panic_in_interrupt(struct irq_work *work)
{
	panic("a panic in an interrupt");
}

static void panic_on_cpu(void *ignored)
{
	panic("a panic on CPU %d", smp_processor_id());
}

static void stay(bool interrupts)
{
	unsigned long flags;

	preempt_disable();
	if (!interrupts)
		local_irq_save(flags);
	for (;;)
		cpu_relax();
}

static struct irq_work work;

static ssize_t breakage_write(struct file *file, const char __user *from, size_t size, loff_t *at)
{
	char name[16] = "";

	if (size >= sizeof(name) || copy_from_user(name, from, size))
		return -EINVAL;
	if (!strncmp(name, "oops", 4)) {
		*(volatile int *)8 = 1;
	} else if (!strncmp(name, "interrupt", 9)) {
		init_irq_work(&work, panic_in_interrupt);
		irq_work_queue(&work);
		msleep(1000);
	} else if (!strncmp(name, "lockup", 6)) {
		stay(true);
	} else if (!strncmp(name, "hard", 4)) {
		stay(false);
	} else if (!strncmp(name, "other", 5)) {
		smp_call_function_single(1, panic_on_cpu, NULL, 0);
		msleep(1000);
	} else {
		return -EINVAL;
	}
	return size;
}

static const struct proc_ops operations = {
	.proc_write = breakage_write,
};

static int breakage_restore(struct device *device)
{
	BUG_ON(restore);
	return 0;
}

static int breakage_freeze(struct device *device)
{
	return 0;
}

static const struct dev_pm_ops breakage_pm = {
	.freeze = breakage_freeze,
	.restore = breakage_restore,
};

static int breakage_probe(struct platform_device *device)
{
	return 0;
}

static struct platform_driver driver = {
	.probe = breakage_probe,
	.driver = {
		.name = "breakage",
		.pm = &breakage_pm,
	},
};

static struct platform_device *device;

static int __init breakage_init(void)
{
	int err = platform_driver_register(&driver);

	if (err)
		return err;
	device = platform_device_register_simple("breakage", -1, NULL, 0);
	if (IS_ERR(device)) {
		platform_driver_unregister(&driver);
		return PTR_ERR(device);
	}
	proc_create("breakage", 0200, NULL, &operations);
	return 0;
}
module_init(breakage_init);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Breaks the kernel, for tests");
