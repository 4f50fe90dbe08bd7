# SPDX-License-Identifier: GPL-2.0-only
"""x86_64: a kernel with 5-level page tables and one with 4 levels are each other's B."""

from lab import expect
from workload import Workload

arches = ("x86_64",)
LEVELS = "grep -qw la57 /proc/cpuinfo && echo 5 levels || echo 4 levels"


def run(lab):
    for word_a, word_b in (("", "no5lvl"), ("no5lvl", "")):
        work = Workload(lab)
        a = lab.boot(lab.make_b(), append=word_a, disks=[work.disk])
        expect(a.run(LEVELS), "4" if word_a else "5", "A")
        work.start()
        lab.load_b(word_b)
        for n in range(1, lab.rounds + 1):
            lab.visit()
            expect(lab.b.run(LEVELS), "4" if word_b else "5", "B")
            work.use_in_b(n)
            lab.home()
            work.check()
        work.finish()
