# SPDX-License-Identifier: GPL-2.0-only
"""A jumps to a B that was loaded as vmlinux, and back, again and again. An x86_64 kernel runs wherever the window is; an
i386 one does not, and is refused."""

import os

from lab import expect
from workload import Workload


def run(lab):
    work = Workload(lab)
    files = lab.make_b()
    a = lab.boot({**files, "boot/b": os.path.join(lab.kernel_b(), "vmlinux")}, disks=[work.disk])
    if lab.arch != "x86_64":
        a.refuses("kexec --load-preserve-context /boot/b --initrd=/boot/b.img",
                  "as an ELF file it runs nowhere else: use its bzImage")
        return
    work.start()
    lab.load_b()
    for n in range(1, lab.rounds + 1):
        lab.say(f"round {n}")
        lab.visit()
        work.use_in_b(n)
        expect(lab.home(), "back in Linux", "kexec -e")
        work.check()
    work.finish()
