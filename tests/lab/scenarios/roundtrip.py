# SPDX-License-Identifier: GPL-2.0-only
"""A jumps to B and back, again and again, and nothing is lost in either."""

from lab import expect
from workload import Workload

# From 6.17 on: whether file systems are frozen with the tasks. It must not matter.
FREEZE = "/sys/power/freeze_filesystems"


def run(lab):
    work = Workload(lab)
    a = lab.boot(lab.make_b(), disks=[work.disk])
    a.run(lab.model.parts)
    work.start()
    lab.load_b()
    for n in range(1, lab.rounds + 1):
        lab.say(f"round {n}")
        if lab.options.module:
            a.run(f"[ ! -e {FREEZE} ] || echo {n % 2} >{FREEZE}")
        boot_id = lab.visit()
        if n == 1:
            first_boot_id = boot_id
        expect(boot_id, first_boot_id, "B, which must be the same,")
        work.use_in_b(n)
        said = lab.home()
        lab.say(f"   {said}")
        expect(said, "back in Linux", "kexec -e")
        work.check()
        a.run(lab.model.parts)
    work.finish()
