# SPDX-License-Identifier: GPL-2.0-only
"""A device that does not hold still in the boot that is to restore: the module says which, and the system comes back by
way of a third kernel."""

import os

from hibernate import on_partition
from lab import expect

FILL = 30       # percent: the image has to fit beside this boot


def run(lab):
    lab.options.module = True
    lab.options.fill = lab.options.fill or FILL
    driver = os.path.join(os.path.dirname(lab.modules()[-1]), "refuse.ko")
    work, h, _ = on_partition(lab, [driver])
    for n in range(1, lab.rounds + 1):
        lab.a.run("echo 0 >/sys/module/refuse/parameters/times")
        h.save()
        lab.say(f"round {n}: {h.resume()}")
        console = lab.machine.console
        lab.say(expect(console, r"by a third kernel: .*refuse.*", "the restoring boot")[0])
        expect(console, r"Command line: .*kexec_jump=restore", "the third kernel")
        work.check()
    work.finish()
