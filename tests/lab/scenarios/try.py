# SPDX-License-Identifier: GPL-2.0-only
"""kexec-try says how a command in another kernel ended, what it said, that the kernel crashed, and that it could not be
tried; A goes on."""

import os

import images
from lab import expect
from machine import Failure
from workload import Workload

TOP = images.TOP


def run(lab):
    work = Workload(lab)
    sbin = os.path.join(images.programs(lab.arch), "tree", "sbin")
    driver = os.path.join(os.path.dirname(images.modules(lab.options.kernel_b, lab.arch)[-1]), "breakage.ko")
    a = lab.boot({**lab.make_b(files={"lib/breakage.ko": driver}), "sbin/kimgcore": os.path.join(sbin, "kimgcore"),
                  "sbin/kexec-try": os.path.join(TOP, "initramfs", "kexec-try")}, disks=[work.disk])
    work.start("--return-on-panic")
    console = lab.b_command_line()
    attempt = f"kexec-try /boot/b --initrd=/boot/b.img --append='{console}'"

    def ends(command, status, said):
        jumping = lab.machine.send(f"{attempt} {command}")
        lab.machine.wait_agent("B", 120)
        lab.machine.leave()
        output, got = lab.machine.result(jumping, 240, "kexec-try")
        expect(output, said, "kexec-try")
        if got != status:
            raise Failure(f"kexec-try {command} ended with {got}, not {status}: {output.strip()[-300:]}")
        work.check()

    ends("-- uname -r", 0, images.release(lab.kernel_b()))
    ends("-- sh -c \"echo it\\'s; exit 7\"", 7, "it's")
    ends("--limit=2 -- sleep 100", 124, "")
    ends("", 0, "")
    lab.machine.allow(".*")
    ends("-- sh -c 'echo c >/proc/sysrq-trigger'", 1, "(?s)the other kernel crashed.*sysrq triggered crash")
    ends("--monitor=20 -- sh -c 'insmod /lib/breakage.ko; echo hard >/proc/breakage'", 1,
         "(?s)the other kernel was stopped after.*the end of its log")
    lab.machine.scan()
    lab.machine.allowed.pop()
    ends("--monitor=100 -- nproc", 0, f"{lab.options.cpus - 1}")
    a.refuses("kexec-try /boot/none", "no such file", status=125)
    a.refuses("kexec-try /bin/busybox --initrd=/boot/b.img", "was not loaded", status=125)
    a.run("kexec-try", status=125)
    a.run("kexec -l /boot/b")
    a.refuses(f"{attempt} -- true", "loaded already", status=125)
    a.run("kexec -u")
    work.finish()
