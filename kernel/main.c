// SPDX-License-Identifier: GPL-2.0-only
/* /dev/kexec_jump: see include/kexec_jump.h. */
#include <linux/capability.h>
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/fs_struct.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sched/task.h>
#include <linux/security.h>
#include <linux/sysfs.h>
#include <linux/uaccess.h>

#include "compat.h"
#include "jump.h"
#include "relocate.h"

static DEFINE_MUTEX(lock);
static struct jump_image *loaded;

/* As kexec_load(2): not where the running kernel is to be protected from root. */
static int check_permission(void)
{
	if (!capable(CAP_SYS_BOOT))
		return -EPERM;
	return security_locked_down(LOCKDOWN_KEXEC);
}

/*
 * The switch that keeps kexec_load(2) from loading binds root, too, and nobody exports it: so it is
 * read where the first process would read it, whatever root directory the caller has.
 */
static bool loads_are_disabled(void)
{
	char value = '0';
	struct file *file;
	struct path root;
	loff_t at = 0;

	task_lock(&init_task);
	get_fs_root(init_task.fs, &root);
	task_unlock(&init_task);
	file = open_below(&root, "proc/sys/kernel/kexec_load_disabled");
	path_put(&root);
	if (IS_ERR(file))
		return false;
	kernel_read(file, &value, 1, &at);
	filp_close(file, NULL);
	return value != '0';
}

static u64 entry_of(const struct jump_image *image)
{
	const struct relocate_data *data = image->relocate + RELOCATE_DATA;

	return data->entry;
}

static int load(const struct kexec_jump_load __user *arg)
{
	struct kexec_jump_load l;
	struct jump_image *image;

	if (copy_from_user(&l, arg, sizeof(l)))
		return -EFAULT;
	if (l.version != KEXEC_JUMP_VERSION || (l.flags & ~KEXEC_JUMP_PRESERVE) || l.reserved)
		return -EINVAL;
	if (loads_are_disabled())
		return -EPERM;
	/* The old one first: its pages may be the new one's. */
	jump_image_free(loaded);
	loaded = NULL;
	image = jump_image_load(&l);
	if (IS_ERR(image))
		return PTR_ERR(image);
	loaded = image;
	return 0;
}

static int info(struct kexec_jump_info __user *arg)
{
	struct kexec_jump_info i;

	if (copy_from_user(&i, arg, sizeof(i)))
		return -EFAULT;
	if (i.version != KEXEC_JUMP_VERSION)
		return -EINVAL;
	i = (struct kexec_jump_info){ .version = KEXEC_JUMP_VERSION };
	if (loaded) {
		const struct relocate_data *data = loaded->relocate + RELOCATE_DATA;

		i.flags = loaded->preserve ? KEXEC_JUMP_PRESERVE : 0;
		i.pages = loaded->page_count;
		i.entry = data->entry;
		i.list = data->list;
		i.rounds = loaded->rounds;
	}
	return copy_to_user(arg, &i, sizeof(i)) ? -EFAULT : 0;
}

static int access(const struct kexec_jump_access __user *arg, bool write)
{
	struct kexec_jump_access a;

	if (copy_from_user(&a, arg, sizeof(a)))
		return -EFAULT;
	return loaded ? jump_image_access(loaded, &a, write) : -ENOENT;
}

static int do_ioctl(unsigned int command, void __user *arg)
{
	switch (command) {
	case KEXEC_JUMP_LOAD:
		return load(arg);
	case KEXEC_JUMP_UNLOAD:
		jump_image_free(loaded);
		loaded = NULL;
		return 0;
	case KEXEC_JUMP_EXEC:
		return loaded ? jump_image_exec(loaded) : -ENOENT;
	case KEXEC_JUMP_INFO:
		return info(arg);
	case KEXEC_JUMP_READ:
		return access(arg, false);
	case KEXEC_JUMP_WRITE:
		return access(arg, true);
	}
	return -ENOTTY;
}

/* The structures are the same for programs of 32 bits. */
static long jump_ioctl(struct file *file, unsigned int command, unsigned long arg)
{
	int err = check_permission();

	if (err)
		return err;
	if (!mutex_trylock(&lock))
		return -EBUSY;
	err = do_ioctl(command, (void __user *)arg);
	mutex_unlock(&lock);
	return err;
}

static const struct file_operations operations = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = jump_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.llseek = noop_llseek,
};

/* ---- /sys/class/misc/kexec_jump ---- */

#define NUMBER_ATTRIBUTE(name, format, value) \
	static ssize_t name##_show(struct device *device, struct device_attribute *attribute, \
				   char *buffer) \
	{ \
		ssize_t size; \
\
		mutex_lock(&lock); \
		size = sysfs_emit(buffer, format "\n", loaded ? (u64)(value) : 0); \
		mutex_unlock(&lock); \
		return size; \
	} \
	static DEVICE_ATTR_RO(name)

NUMBER_ATTRIBUTE(loaded, "%llu", 1);
NUMBER_ATTRIBUTE(size, "%llu", (u64)loaded->page_count << PAGE_SHIFT);
NUMBER_ATTRIBUTE(entry, "0x%llx", entry_of(loaded));
NUMBER_ATTRIBUTE(rounds, "%llu", loaded->rounds);

static struct attribute *jump_attrs[] = {
	&dev_attr_loaded.attr,
	&dev_attr_size.attr,
	&dev_attr_entry.attr,
	&dev_attr_rounds.attr,
	NULL,
};
ATTRIBUTE_GROUPS(jump);

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "kexec_jump",
	.mode = 0600,
	.fops = &operations,
	.groups = jump_groups,
};

static int __init jump_init(void)
{
	int err;

	jump_apic_init();
	err = misc_register(&device);
	if (err)
		jump_apic_exit();
	return err;
}
module_init(jump_init);

static void __exit jump_exit(void)
{
	misc_deregister(&device);
	jump_image_free(loaded);
	jump_apic_exit();
}
module_exit(jump_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Jumps to another kernel and back, without CONFIG_KEXEC_JUMP");
