# SPDX-License-Identifier: GPL-2.0-only
"""A device that does not hold still: the jump by the module does not take place, the system goes on and says which
device it was, and later it jumps."""

import os

from lab import expect
from machine import Failure
from workload import Workload

STEPS = "freeze", "freeze_late", "freeze_noirq"


def run(lab):
    lab.options.module = True
    work = Workload(lab)
    driver = os.path.join(os.path.dirname(lab.modules()[-1]), "refuse.ko")
    a = lab.boot({**lab.make_b(), "lib/refuse.ko": driver}, disks=[work.disk])
    work.start()
    lab.load_b()
    for step in STEPS:
        a.run(f"insmod /lib/refuse.ko step={step}")
        said = a.refuses("kexec -e 2>&1", "refuse", timeout=120)
        lab.say(f"{step}: {said}")
        expect(a.run("cat /sys/power/suspend_stats/last_failed_dev"), "^refuse$", "last_failed_dev")
        expect(a.run("cat /sys/class/misc/kexec_jump/rounds"), "^0$", "rounds")
        work.check()
        a.run("rmmod refuse")
    # What it refused is in the log; nothing else may be.
    log = a.run("dmesg -c")
    if "refuse" not in log:
        raise Failure("the kernel's log does not name the device")
    for _ in range(lab.rounds):
        lab.visit()
        lab.say(lab.home())
        work.check()
    work.finish()
