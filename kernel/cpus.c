// SPDX-License-Identifier: GPL-2.0-only
/*
 * The other CPUs go and come back, and with them what was bound to them: a CPU that goes offline
 * takes the affinities of its interrupts along, and the kernel brings back those alone that it
 * manages itself. Tasks keep theirs: they are frozen, and nobody asks where they may run until they
 * are woken.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/device.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/irqdesc.h>
#include <linux/slab.h>

#include "compat.h"
#include "jump.h"

/* Made while memory can still be had. */
struct jump_cpus {
	struct cpumask stopped;
	unsigned int irq_count;
	void *affinities; /* irq_count masks of cpumask_size() bytes */
};

static struct cpumask *affinity(const struct jump_cpus *c, unsigned int irq)
{
	return c->affinities + irq * cpumask_size();
}

struct jump_cpus *jump_cpus_new(void)
{
	struct jump_cpus *c = kzalloc(sizeof(*c), GFP_KERNEL);

	if (!c)
		return NULL;
	c->irq_count = irq_numbers();
	c->affinities = kvcalloc(c->irq_count, cpumask_size(), GFP_KERNEL);
	if (c->affinities)
		return c;
	kfree(c);
	return NULL;
}

void jump_cpus_free(struct jump_cpus *c)
{
	kvfree(c->affinities);
	kfree(c);
}

/* What somebody asked for may still wait for the next interrupt. */
static const struct cpumask *wanted_affinity(struct irq_data *data)
{
#ifdef CONFIG_GENERIC_PENDING_IRQ
	if (irqd_is_setaffinity_pending(data))
		return irq_data_to_desc(data)->pending_mask;
#endif
	return irq_data_get_affinity_mask(data);
}

/* What has none, or is the kernel's own business, stays empty. */
static void affinities_save(struct jump_cpus *c)
{
	unsigned int irq;

	for (irq = 0; irq < c->irq_count; irq++) {
		struct irq_data *data = irq_get_irq_data(irq);

		if (data && irq_data_get_irq_chip(data) && !irqd_affinity_is_managed(data))
			cpumask_copy(affinity(c, irq), wanted_affinity(data));
	}
}

static void affinities_restore(struct jump_cpus *c)
{
	unsigned int irq;

	for (irq = 0; irq < c->irq_count; irq++) {
		const struct cpumask *was = affinity(c, irq);
		struct irq_data *data = irq_get_irq_data(irq);

		if (!data || cpumask_empty(was) || cpumask_equal(was, wanted_affinity(data)))
			continue;
		if (set_irq_affinity(irq, was))
			pr_warn("interrupt %u does not go back to its CPUs\n", irq);
	}
}

/*
 * Not remove_cpu(), which takes a lock that hibernate_quiet_exec() has in newer kernels. Only the
 * boot CPU may be left: what is parked is woken by the same means as at boot.
 */
int jump_cpus_stop(struct jump_cpus *c)
{
	int cpu, err = 0;

	affinities_save(c);
	cpu_hotplug_enable();
	for_each_online_cpu(cpu) {
		if (!cpu)
			continue;
		err = cpu_subsys.offline(get_cpu_device(cpu));
		if (err) {
			pr_err("CPU %d cannot be taken offline: %d\n", cpu, err);
			break;
		}
		cpumask_set_cpu(cpu, &c->stopped);
	}
	cpu_hotplug_disable();
	return err;
}

void jump_cpus_start(struct jump_cpus *c)
{
	int cpu, err;

	cpu_hotplug_enable();
	for_each_cpu(cpu, &c->stopped) {
		err = cpu_subsys.online(get_cpu_device(cpu));
		if (err)
			pr_err("CPU %d does not come back: %d\n", cpu, err);
	}
	cpu_hotplug_disable();
	affinities_restore(c);
}
