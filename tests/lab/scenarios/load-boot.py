# SPDX-License-Identifier: GPL-2.0-only
"""The ordinary use: A loads a kernel and starts it, which is a new boot."""

from lab import expect
from machine import Failure


def run(lab):
    a = lab.boot(lab.make_b())
    memory = int(a.run("awk '/MemTotal/ { print $2 }' /proc/meminfo"))
    boot_id = a.run("cat /proc/sys/kernel/random/boot_id")
    a.refuses("kexec -e", "nothing is loaded")
    a.run("kexec -l /boot/b --initrd=/boot/b.img --append=quiet", 120)
    a.run("kexec -S -l", status=1)
    a.run("kexec -u && kexec -S -l")
    a.run(f"kexec -l /boot/b --initrd=/boot/b.img --append='{lab.b_command_line('word=new')}'", 120)
    b = lab.boot_other()
    if b.run("cat /proc/sys/kernel/random/boot_id") == boot_id:
        raise Failure("the boot id is A's")
    expect(b.run("cat /proc/cmdline"), r"(^| )word=new$", "B's command line")
    b.run("kexec -S -l")
    now = int(b.run("awk '/MemTotal/ { print $2 }' /proc/meminfo"))
    if abs(now - memory) > memory // 20:
        raise Failure(f"the new kernel has {now} kB of memory, the old one had {memory}")
