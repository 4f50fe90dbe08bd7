# SPDX-License-Identifier: GPL-2.0-only
"""The image is a file on a file system that A does not have mounted."""

import images
from hibernate import Hibernator, room
from workload import Workload


def run(lab):
    work = Workload(lab)
    target = images.ext4_disk(lab.path("target.img"), room(lab))
    h = Hibernator(lab, "FILE:/dev/vdb:/saved.img", disks=[work.disk, target])
    a = h.boot()
    a.run("mount /dev/vdb /tmp")
    a.refuses("kexec-hibernate setup --image FILE:/dev/vdb:/saved.img --initrd /boot/b.img",
              "/dev/vdb is mounted on /tmp")
    a.run("umount /tmp && kexec-hibernate setup --image FILE:/dev/vdb:/saved.img --initrd /boot/b.img",
          120)
    work.start()
    for n in range(1, lab.rounds + 1):
        lab.say(f"round {n}: " + h.now())
        work.check()
    a = lab.a
    # What B and C did with the file system is in order, and A may use it.
    a.run("mount /dev/vdb /tmp && ls -l /tmp/saved.img && echo mine >/tmp/mine && umount /tmp")
    work.finish()
    h.tool("/sbin/e2fsck", "-fn", target)
