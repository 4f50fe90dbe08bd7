# SPDX-License-Identifier: GPL-2.0-only
"""A B without PAE under an A with memory above 4 GiB: they jump, but B neither saves nor reads what it cannot reach, and
says so. One with PAE does."""

import os

import images
from lab import expect
from workload import Workload

WORDS = "memory above 4 GiB, which a kernel without PAE cannot read"


def run(lab):
    oldmem = os.path.join(images.programs("i386"), "tree", "sbin", "oldmem")
    work = Workload(lab)
    lab.boot(lab.make_b("i386", files={"sbin/oldmem": oldmem}), disks=[work.disk])
    work.start()
    lab.load_b()
    for n in range(1, lab.rounds + 1):
        lab.say(f"round {n}")
        lab.visit()
        for command in ("kdump save -o /run/core", "kdump dmesg", "oldmem info", "oldmem read 0x100000000 16"):
            output, status = lab.b.attempt(command)
            expect(str(status), "^255$", command)
            expect(output, WORDS, command)
        lab.b.run("[ ! -e /run/core ]")
        work.use_in_b(n)
        lab.home()
        work.check()
    work.finish()
