# SPDX-License-Identifier: GPL-2.0-only
"""A 64-bit A with a 32-bit B, or the reverse: they jump, and see each other's memory. The image of a B that was saved goes
on, too."""

import os

import images
from lab import expect
from workload import Workload

OTHER = {"x86_64": "i386-pae", "i386-pae": "x86_64", "i386": "x86_64"}
LINE = "this line of the log is"


def run(lab):
    other = OTHER[lab.arch]
    tools = {}
    for arch, names in ((lab.arch, ("kimgcore",)), (other, ("oldmem",))):
        for name in names:
            tools[name] = os.path.join(images.programs(arch), "tree", "sbin", name)
    work = Workload(lab)
    a = lab.boot({**lab.make_b(other, files={"sbin/oldmem": tools["oldmem"]}), "sbin/kimgcore": tools["kimgcore"]},
                 disks=[work.disk])
    work.start()
    a.run(f"echo {LINE} A >/dev/kmsg")
    a.refuses("kexec --load-preserve-context /boot/b --elf32-core-headers", "is for two i386 kernels")
    lab.load_b()
    for n in range(1, lab.rounds + 1):
        lab.say(f"round {n}")
        boot_id = lab.visit()
        if n == 1:
            first_boot_id = boot_id
            lab.b.run(f"echo {LINE} B >/dev/kmsg")
            lab.say("   " + lab.b.run("uname -m; kdump info | grep -e core -e paging"))
        expect(boot_id, first_boot_id, "B, which must be the same,")
        expect(lab.b.run("oldmem dmesg"), f"{LINE} A", "oldmem dmesg")
        expect(lab.b.run("kdump dmesg"), f"{LINE} A", "kdump dmesg")
        work.use_in_b(n)
        expect(lab.home(), "back in Linux", "kexec -e")
        expect(a.run("kimgcore dmesg"), f"{LINE} B", "kimgcore dmesg")
        work.check()
    work.finish()
