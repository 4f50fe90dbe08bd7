# SPDX-License-Identifier: GPL-2.0-only
"""A Debian without systemd hibernates and is resumed by its own initramfs."""

import os

from hibernate import LONG
from installed import Debian
from machine import Failure
from workload import Workload

SUMS = "/run/debian-sums"


def run(lab):
    if os.geteuid():
        raise Failure("only root can install into a Debian (chroot)")
    work = Workload(lab, 1)
    h = Debian(lab, "initramfs-tools", disks=[work.disk])
    work.kernel, work.initrd = h.kernel, h.initrd

    h.boot()
    lab.a.refuses("kexec-hibernate now", "run kexec-hibernate setup --image TARGET first")
    h.setup()
    h.off()
    h.take_initramfs()

    h.boot()
    h.on_a("kexec-hibernate status", "image    none\n.*not loaded")
    work.start()
    lab.a.run(f"sha256sum /bin/* /lib/*/lib*.so* >{SUMS}", LONG)
    for n in range(1, lab.rounds + 1):
        lab.say(f"round {n}: A# kexec-hibernate now")
        lab.say("   " + h.now())
        work.check()
        h.on_a("kexec-hibernate status", "image    was resumed")
    lab.a.run(f"sha256sum -c {SUMS} >/dev/null", LONG)
    work.stop()
    lab.a.run("umount /mnt")
    h.off()
    work.fsck()

    h.boot()
    h.past()
    h.off()
