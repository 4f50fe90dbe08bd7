# SPDX-License-Identifier: GPL-2.0-only
"""B crashes while it restores its devices after a jump: by our module A comes back, as at any other moment. The kernel's
own jump holds the lock then that a crash kernel needs."""

import os

import images
from lab import expect
from machine import Failure
from workload import Workload


def run(lab):
    modules = images.modules(lab.options.kernel_b, lab.arch)
    driver = os.path.join(os.path.dirname(modules[-1]), "breakage.ko")
    work = Workload(lab)
    a = lab.boot(lab.make_b(files={"lib/breakage.ko": driver}), disks=[work.disk])
    work.start("--return-on-panic")
    for n in range(1, lab.rounds + 1):
        lab.say(f"round {n}")
        lab.load_b(options="--return-on-panic")
        lab.visit()
        lab.b.run("insmod /lib/breakage.ko")
        lab.home()
        lab.visit()
        lab.b.run("echo 1 >/sys/module/breakage/parameters/restore")
        lab.home()
        lab.machine.scan()
        lab.machine.allow(".*")
        output, status = a.attempt("kexec -e", 300)
        lab.machine.scan()
        lab.machine.allowed.pop()
        if status != 254:
            raise Failure(f"kexec -e in A ended with status {status}: {output.strip()[-300:]}")
        expect(output, "the other kernel crashed after .*kernel BUG at ", "kexec -e")
        work.check()
        a.run(lab.model.parts)
        a.run("kexec -u")
    work.finish()
