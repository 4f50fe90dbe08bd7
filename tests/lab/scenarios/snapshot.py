# SPDX-License-Identifier: GPL-2.0-only
"""Snapshots: B saves and jumps back; gdb reads in each image what A's kernel held at that time."""

import json
import os
import re
import subprocess

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
        hostname(lab, core, f"snapshot-{n}")
        os.unlink(core)
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


def hostname(lab, core, expected):
    """A variable of A's kernel; where it is says A's own VMCOREINFO."""
    with open(core, "rb") as f:
        address = re.search(rb"\nSYMBOL\(init_uts_ns\)=([0-9a-f]+)\n", f.read(4 << 20))[1].decode()
    done = subprocess.run(
        ["gdb", "-batch", "-nx", "-ex", f"core-file {core}", "-ex", f"x/400c 0x{address}"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    with open(lab.path("gdb.log"), "a", encoding="utf-8") as log:
        log.write(done.stdout)
    expect("".join(re.findall(r"'(.)'", done.stdout)), expected, "gdb")
