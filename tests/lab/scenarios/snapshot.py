# SPDX-License-Identifier: GPL-2.0-only
"""Snapshots: B saves and jumps back; gdb reads in each image what A's kernel held at that time."""

import json
import os

import dumps
from hibernate import on_partition
from lab import expect
from machine import Failure


def run(lab):
    work, h, target = on_partition(lab)
    a = lab.a
    for n in range(1, 3):
        a.run(f"hostname snapshot-{n}")
        h.ask("--then return" + (" --force" if n > 1 else ""))
        lab.say(f"{n}: " + expect(h.answer(), f"a snapshot is on {h.target}.*", "now")[0])
        work.check()
        status = json.loads(h.state())
        if status["state"] != "valid" or status["waits"] or not status["warm"]:
            raise Failure(f"after a snapshot: {status}")
        a.refuses("kexec-hibernate now --then return", "holds a snapshot")
        core = converted(lab, h, target, n)
        dumps.hostname(lab, core, f"snapshot-{n}")
        os.unlink(core)
        with dumps.mounted(lab, os.path.join(h.sbin, "kdump"), target) as core:
            dumps.hostname(lab, core, f"snapshot-{n}")
    work.finish()
    # A snapshot is never resumed.
    h.boot()
    expect(lab.a.run("kexec-hibernate status"), "image +a snapshot", "status")


def converted(lab, h, target, n):
    """What A's target holds, as an ELF core. A has flushed it, and does not write to it."""
    core = lab.path(f"snapshot-{n}.elf")
    kdump = os.path.join(h.sbin, "kdump")
    h.tool(kdump, "verify", target)
    h.tool(kdump, "convert", target, "-o", core)
    return core
