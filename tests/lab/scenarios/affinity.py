# SPDX-License-Identifier: GPL-2.0-only
"""What is bound to a CPU that the jump takes offline is bound to it afterwards: pinned tasks, a cpuset, interrupts."""

from machine import Failure

BIND = """
mkdir -p /cg && mount -t cgroup2 cgroup2 /cg && echo +cpuset >/cg/cgroup.subtree_control && mkdir /cg/last
last=$(($(nproc) - 1))
echo $last >/cg/last/cpuset.cpus
sleep 100000 & echo $! >/cg/last/cgroup.procs; echo $! >/run/in-cpuset
taskset -c $last sleep 100000 & echo $! >/run/pinned
for at in /proc/irq/*/smp_affinity_list; do echo $last >$at 2>/dev/null; done
true
"""
SHOW = """
cat /cg/last/cpuset.cpus /cg/last/cpuset.cpus.effective
for of in in-cpuset pinned; do grep Cpus_allowed_list /proc/$(cat /run/$of)/status; done
grep . /proc/irq/*/smp_affinity_list
"""


def run(lab):
    a = lab.boot(lab.make_b())
    a.run(BIND)
    before = a.run(SHOW)
    last = str(lab.options.cpus - 1)
    if before.count(f":{last}\n") + before.endswith(f":{last}") < 3:
        raise Failure(f"hardly an interrupt can be bound: {before}")
    lab.load_b()
    for n in range(1, lab.rounds + 1):
        lab.visit()
        lab.say(f"round {n}: {lab.home()}")
        after = a.run(SHOW)
        if after != before:
            raise Failure(f"bound otherwise: {set(after.splitlines()) ^ set(before.splitlines())}")
    lab.say(before)
    lab.finish()
