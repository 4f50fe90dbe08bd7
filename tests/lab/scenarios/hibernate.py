# SPDX-License-Identifier: GPL-2.0-only
"""A hibernates to a raw partition, the machine is switched off and on, and nothing is lost."""

import images
from hibernate import Hibernator, room
from workload import Workload


def run(lab):
    work = Workload(lab)
    target = images.empty_disk(lab.path("target.img"), room(lab))
    h = Hibernator(lab, "/dev/vdb", disks=[work.disk, target])
    a = h.boot()
    a.run("kexec-hibernate setup --image /dev/vdb --initrd /boot/b.img", 120)
    work.start()
    for n in range(1, lab.rounds + 1):
        lab.say(f"round {n}: " + h.now())
        work.check()
    work.finish()
