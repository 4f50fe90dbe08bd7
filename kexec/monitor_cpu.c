/* SPDX-License-Identifier: GPL-2.0-only */
#include <inttypes.h>
#include <stdio.h>

#include "monitor_cpu.h"

bool monitor_prepare(struct jump *j, struct err *e)
{
	struct gate_wants *gate = &j->plan->gate_wants;
	const struct cpu *cpu = &j->host->cpu;

	if (cpu->online < 2)
		return err_set(e, "--monitor takes a second CPU that is online, and there is none");
	if (cpu->apic_ids < 2)
		return err_set(e, "--monitor: /proc/cpuinfo does not tell the CPUs' APIC IDs");
	if (!j->plan->low.last)
		return err_set(e, "--monitor: there is no RAM below 640 KB to start a CPU in");
	gate->flags |= GATE_MONITOR;
	gate->monitor_page = (uint32_t)j->plan->low.start;
	gate->monitor_cpu = cpu->apic_id[1];
	return true;
}

bool monitor_prepare_again(struct jump *j, const struct gate_params *gate, struct err *e)
{
	if (!(gate->flags & GATE_MONITOR))
		return true;
	return monitor_prepare(j, e) && (j->plan->gate_wants.monitor_cpu == gate->monitor_cpu ||
					 err_set(e,
						 "it was started on the CPU with APIC ID %" PRIu32
						 ", which is not this machine's second one",
						 gate->monitor_cpu));
}

void monitor_word(const struct jump *j, char *word, size_t size)
{
	snprintf(word, size, "disable_cpu_apicid=%" PRIu32, j->host->cpu.apic_id[0]);
}
