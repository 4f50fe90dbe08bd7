# SPDX-License-Identifier: GPL-2.0-only
"""A hibernates to a raw partition, the machine is switched off and on, and nothing is lost."""

from hibernate import on_partition


def run(lab):
    work, h, _ = on_partition(lab)
    for n in range(1, lab.rounds + 1):
        lab.say(f"round {n}: " + h.now())
        work.check()
        lab.a.run(lab.model.parts)
    work.finish()
