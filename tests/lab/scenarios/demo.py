# SPDX-License-Identifier: GPL-2.0-only
"""What ./demo shows: two kernels hand control to each other, and nothing is lost, even if one of them crashes."""

import os

import images
from machine import Failure
from workload import Workload


def run(lab):
    def on(guest, command, said=None, timeout=120):
        """Shows a command as it would be typed, and its output."""
        margin = "" if guest is lab.a else "                "
        lab.say(f"{margin}{guest.name}# {command}")
        for line in (guest.run(command, timeout) if said is None else said).splitlines():
            lab.say(f"{margin}   {line}")

    lab.say(f"\nA boots: {lab.arch}, {lab.options.cpus} CPUs, {lab.options.mem} of RAM, nothing "
            "patched\n")
    work = Workload(lab)
    kimgcore = os.path.join(images.programs(lab.arch), "tree", "sbin", "kimgcore")
    a = lab.boot({**lab.make_b(), "sbin/kimgcore": kimgcore}, disks=[work.disk])
    on(a, "uname -srm")
    lab.say("\nA gets busy: its memory is filled with known content, a process has timers,\n"
            "a file that grows on a disk, and a TCP connection to itself\n")
    work.start("--return-on-panic")     # for which there must be room in the end
    lab.say("\nA loads B, another kernel with a small root file system, and jumps to it\n")
    lab.say("A# kexec --load-preserve-context /boot/b --initrd=/boot/b.img --append=...")
    lab.load_b()
    lab.say("A# kexec -e")
    lab.visit()
    b = lab.b
    on(b, "uname -srm")
    on(b, "cut -d ' ' -f 1 /proc/uptime | sed 's/$/ s since this kernel booted/'")
    on(b, "free -m | sed -n '2s/  */ /gp' | cut -d ' ' -f 2 | sed 's/$/ MiB of RAM are mine/'")
    on(b, "ls -l /proc/vmcore | awk '{ print $5 / 1048576 \" MiB of A are in \" $9 }'")
    work.use_in_b(1)
    lab.say("                B# kexec --load-jump-back-helper")
    lab.say("                B# kexec -e")
    lab.say("   " + lab.home())
    lab.say("\nIs anything lost?\n")
    work.check()
    for n in range(2, lab.rounds + 1):
        lab.say(f"\nRound {n}: nothing is loaded again\n")
        lab.say("A# kexec -e")
        lab.visit()
        on(b, "cut -d ' ' -f 1 /proc/uptime | sed 's/$/ s: the same B goes on/'")
        work.use_in_b(n)
        lab.say("                B# kexec -e")
        lab.say("   " + lab.home())
        work.check()
    crash(lab, on)
    work.check()
    lab.say("\nA ends its work; the host checks the disk\n")
    work.finish()
    lab.say("   e2fsck: clean; no warning in either kernel's log\n")


def crash(lab, on):
    lab.say("\nA loads B once more, such that B may crash\n")
    lab.a.run("kexec -u")
    lab.say("A# kexec --load-preserve-context --return-on-panic /boot/b --initrd=/boot/b.img --append=...")
    lab.load_b(options="--return-on-panic")
    lab.say("A# kexec -e")
    lab.visit()
    lab.say("                B# echo c >/proc/sysrq-trigger")
    lab.machine.scan()
    lab.machine.allow(".*")
    lab.machine.send("echo c >/proc/sysrq-trigger")
    output, status = lab.machine.result(lab.jumping, 120, "kexec -e")
    lab.machine.scan()
    lab.machine.allowed.pop()
    lab.say("   " + output.strip())
    if status != 254:
        raise Failure(f"kexec -e ended with status {status}")
    on(lab.a, "kimgcore dmesg | grep -m 3 -e sysrq: -e 'Kernel panic'")
    lab.say("\nA goes on: is anything lost?\n")
