# SPDX-License-Identifier: GPL-2.0-only
"""Paging levels differ between the saved kernel, the boot that finds it, and the one that restores it."""

from hibernate import on_partition

arches = ("x86_64",)


def run(lab):
    work, h, _ = on_partition(lab)
    h.save()
    lab.say("resume with no5lvl: " + h.resume(append="no5lvl"))
    work.check()
    h.save()
    lab.say("resume with 5 levels: " + h.resume())
    work.finish()
