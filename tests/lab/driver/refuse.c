// SPDX-License-Identifier: GPL-2.0-only
/*
 * A device that does not hold still: its driver refuses the step of a freeze that the parameter
 * "step" names, freeze, freeze_late or freeze_noirq, as often as "times" says.
 */
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/pm.h>

static char *step = "freeze";
module_param(step, charp, 0444);
static int times = 1;
module_param(times, int, 0644);

static int answer(const char *name)
{
	if (strcmp(step, name) || times <= 0)
		return 0;
	times--;
	return -EBUSY;
}

static int refuse_freeze(struct device *dev)
{
	return answer("freeze");
}

static int refuse_freeze_late(struct device *dev)
{
	return answer("freeze_late");
}

static int refuse_freeze_noirq(struct device *dev)
{
	return answer("freeze_noirq");
}

static const struct dev_pm_ops refuse_pm = {
	.freeze = refuse_freeze,
	.freeze_late = refuse_freeze_late,
	.freeze_noirq = refuse_freeze_noirq,
};

static int refuse_probe(struct platform_device *device)
{
	return 0;
}

static struct platform_driver driver = {
	.probe = refuse_probe,
	.driver = {
		.name = "refuse",
		.pm = &refuse_pm,
	},
};

static struct platform_device *device;

static int __init refuse_init(void)
{
	int err = platform_driver_register(&driver);

	if (err)
		return err;
	device = platform_device_register_simple("refuse", -1, NULL, 0);
	if (IS_ERR(device))
		platform_driver_unregister(&driver);
	return PTR_ERR_OR_ZERO(device);
}
module_init(refuse_init);

static void __exit refuse_exit(void)
{
	platform_device_unregister(device);
	platform_driver_unregister(&driver);
}
module_exit(refuse_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("A device of the lab that refuses to be frozen");
