# SPDX-License-Identifier: GPL-2.0-only
"""Debian's makedumpfile understands /proc/vmcore of B: it filters it and finds A's log."""

import os

import dumps
import images

LOG_LINE = "this line of the log is A's"


def run(lab):
    dumps.unpacked(lab)       # before all else: it may not be to be had
    headers = [""] if lab.arch == "x86_64" else ["", "--elf32-core-headers"]
    disks = [images.empty_disk(lab.path(f"disk{i}.img"), 1024) for i in range(len(headers))]
    a = lab.boot(lab.make_b(), disks=disks)
    a.run(f"echo {LOG_LINE!r} >/dev/kmsg")
    for number, (options, disk) in enumerate(zip(headers, disks)):
        lab.load_b(options=options)
        lab.visit()
        size = int(lab.b.run("stat -c %s /proc/vmcore"))
        lab.b.run(f"dd if=/proc/vmcore of={lab.disk(number)} bs=1M conv=fsync", 300)
        lab.home()
        a.run("kexec -u")
        os.truncate(disk, size)
    lab.finish()
    lab.kill()
    for options, vmcore in zip(headers, disks):
        lab.say(f"elfcorehdr: {options or 'default'}")
        dumps.read(lab, vmcore, LOG_LINE)
