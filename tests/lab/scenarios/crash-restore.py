# SPDX-License-Identifier: GPL-2.0-only
"""B crashes while it restores its devices after a jump: by our module A comes back, as at any other moment. The kernel's
own jump holds the lock then that a crash kernel needs: A comes back with --monitor, when the time that B has is over."""

import os

import images
from lab import expect
from machine import Failure
from workload import Workload

LIMIT = 30      # seconds


def run(lab):
    modules = images.modules(lab.options.kernel_b, lab.arch)
    driver = os.path.join(os.path.dirname(modules[-1]), "breakage.ko")
    work = Workload(lab)
    a = lab.boot(lab.make_b(files={"lib/breakage.ko": driver}), disks=[work.disk])
    own = not lab.options.module
    options = "--return-on-panic --monitor" if own else "--return-on-panic"
    last, ended = ((f"kexec -e --limit={LIMIT}", "was stopped after .*Kernel panic") if own else
                   ("kexec -e", "crashed after .*kernel BUG at "))
    work.start(options)
    for n in range(1, lab.rounds + 1):
        lab.say(f"round {n}")
        lab.load_b(options=options)
        lab.visit()
        lab.b.run("insmod /lib/breakage.ko")
        lab.home()
        lab.visit()
        lab.b.run("echo 1 >/sys/module/breakage/parameters/restore")
        lab.home()
        lab.machine.scan()
        lab.machine.allow(".*")
        output, status = a.attempt(last, 300)
        lab.machine.scan()
        lab.machine.allowed.pop()
        if status != 254:
            raise Failure(f"kexec -e in A ended with status {status}: {output.strip()[-300:]}")
        expect(output, f"the other kernel {ended}", "kexec -e")
        work.check()
        a.run(lab.model.parts)
        a.run("kexec -u")
    work.finish()
