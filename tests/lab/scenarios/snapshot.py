# SPDX-License-Identifier: GPL-2.0-only
"""Snapshots: B saves and jumps back; gdb reads in each image what A's kernel held at that time."""

import contextlib
import json
import os
import subprocess
import time

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
        with mounted(lab, h, target) as core:
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


@contextlib.contextmanager
def mounted(lab, h, target):
    """The same without the conversion; what debuggers look at is little of it."""
    folder = lab.path("view")
    os.makedirs(folder, exist_ok=True)
    with subprocess.Popen([os.path.join(h.sbin, "kdump"), "mount", "--foreground", target, folder],
                          stderr=subprocess.PIPE, text=True) as server:
        while not os.path.ismount(folder):
            if server.poll() is not None:
                raise Failure(f"kdump mount: {server.stderr.read()}")
            time.sleep(0.1)
        try:
            yield os.path.join(folder, "vmcore")
        finally:
            subprocess.run(["umount", folder], check=True)
            said = server.stderr.read()
    words = expect(said, r"(\d+) of (\d+) frames were decompressed", "kdump mount")
    lab.say(f"   mounted: {words[0]}")
    if server.returncode or int(words[1]) * 10 > int(words[2]):
        raise Failure(f"kdump mount: status {server.returncode}: {said.strip()}")
