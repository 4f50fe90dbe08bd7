# SPDX-License-Identifier: GPL-2.0-only
"""i386: a kernel with PAE and one without are each other's B."""

from lab import expect
from workload import Workload

arches = ("i386-pae", "i386")


def run(lab):
    other = {"i386-pae": "i386", "i386": "i386-pae"}[lab.arch]
    work = Workload(lab)
    a = lab.boot(lab.make_b(other), disks=[work.disk])
    pae = "zcat /proc/config.gz | grep -c CONFIG_X86_PAE=y"
    in_a = a.attempt(pae)[0]
    work.start()
    lab.load_b()
    for n in range(1, lab.rounds + 1):
        lab.visit()
        expect(lab.b.attempt(pae)[0], "1" if in_a == "0" else "0", "B")
        work.use_in_b(n)
        lab.home()
        work.check()
    work.finish()
