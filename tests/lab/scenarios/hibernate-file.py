# SPDX-License-Identifier: GPL-2.0-only
"""The image is a file on a file system that A does not have mounted."""

import images
from hibernate import Hibernator, room
from workload import Workload


def run(lab):
    work = Workload(lab)
    target = images.ext4_disk(lab.path("target.img"), room(lab))
    disk = lab.disk(1)
    h = Hibernator(lab, f"FILE:{disk}:/saved.img", disks=[work.disk, target])
    a = h.boot()
    a.run(f"mount {disk} /tmp")
    a.refuses(f"kexec-hibernate setup --image {h.target} --initrd /boot/b.img",
              f"{disk} is mounted on /tmp")
    a.run(f"umount /tmp && kexec-hibernate setup --image {h.target} --initrd /boot/b.img", 120)
    work.start()
    for n in range(1, lab.rounds + 1):
        lab.say(f"round {n}: " + h.now())
        work.check()
    a = lab.a
    # What B and C did with the file system is in order, and A may use it.
    a.run(f"mount {disk} /tmp && ls -l /tmp/saved.img && echo mine >/tmp/mine && umount /tmp")
    work.finish()
    h.tool("/sbin/e2fsck", "-fn", target)
