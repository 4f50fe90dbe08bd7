# SPDX-License-Identifier: GPL-2.0-only
"""Paging levels differ between the saved kernel, the boot that finds it, and the one that restores it."""

import images
from hibernate import Hibernator, room
from workload import Workload

arches = ("x86_64",)


def run(lab):
    work = Workload(lab)
    target = images.empty_disk(lab.path("target.img"), room(lab))
    h = Hibernator(lab, "/dev/vdb", disks=[work.disk, target])
    a = h.boot()
    a.run("kexec-hibernate setup --image /dev/vdb --initrd /boot/b.img", 120)
    work.start()
    h.save()
    lab.say("resume with no5lvl: " + h.resume(append="no5lvl"))
    work.check()
    h.save()
    lab.say("resume with 5 levels: " + h.resume())
    work.finish()
