/* SPDX-License-Identifier: GPL-2.0-only */
/* The only file that knows kernel versions. */
#ifndef KEXEC_JUMP_COMPAT_H
#define KEXEC_JUMP_COMPAT_H

#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 10, 0)
#error "kexec_jump needs Linux 5.10 or later: hibernate_quiet_exec() and what it calls"
#endif
#if !IS_ENABLED(CONFIG_HIBERNATION)
#error "kexec_jump needs CONFIG_HIBERNATION=y: hibernate_quiet_exec()"
#endif

#include <linux/fs.h>
#include <linux/highmem.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/irqdesc.h>
#include <linux/irqnr.h>
#include <linux/path.h>
#include <asm/msr.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 11, 0)
#define kmap_local_page(page) kmap(page)
#define kunmap_local(address) kunmap(kmap_to_page(address))
#endif

static inline struct file *open_below(const struct path *root, const char *name)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 13, 0)
	return file_open_root(root->dentry, root->mnt, name, O_RDONLY, 0);
#else
	return file_open_root(root, name, O_RDONLY, 0);
#endif
}

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
#define irq_numbers() ((unsigned int)nr_irqs)
#else
#define irq_numbers() irq_get_nr_irqs()
#endif

/* Before it was exported one could only do the same and leave a hint for user space. */
static inline int set_irq_affinity(unsigned int irq, const struct cpumask *mask)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 14, 0)
	struct irq_desc *desc = irq_data_to_desc(irq_get_irq_data(irq));
	const struct cpumask *hint = desc->affinity_hint;
	int err = irq_set_affinity_hint(irq, mask);

	desc->affinity_hint = hint;
	return err;
#else
	return irq_set_affinity(irq, mask);
#endif
}

/* Renamed in 6.16. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 16, 0)
#define rdmsrq_safe(msr, value) rdmsrl_safe(msr, value)
#define wrmsrq_safe(msr, value) wrmsrl_safe(msr, value)
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 19, 0)
#include <linux/mem_encrypt.h>
static inline bool memory_is_encrypted(void)
{
	return mem_encrypt_active();
}
#else
#include <linux/cc_platform.h>
static inline bool memory_is_encrypted(void)
{
	return cc_platform_has(CC_ATTR_MEM_ENCRYPT);
}
#endif

#endif
