# SPDX-License-Identifier: GPL-2.0-only
"""Ten snapshots of A, each with only what has changed since the one before; gdb reads in each what A held at that time,
and a chain with a missing or foreign link is refused."""

import os
import subprocess
import time

import dumps
import images
from hibernate import Hibernator, room
from lab import expect
from machine import Failure
from workload import Workload

COUNT = 10


def run(lab):
    work = Workload(lab, 1)
    disk = images.ext4_disk(lab.path("snapshots.img"), 2 * room(lab))
    h = Hibernator(lab, f"FILE:{lab.disk(0)}:/of-a/", disks=[disk, work.disk])
    h.boot().run(f"kexec-hibernate setup --image {h.target} --initrd /boot/b.img", 120)
    lab.a.refuses("kexec-hibernate now", "is a folder, which takes snapshots")
    change(lab)     # while there is memory for it
    work.start()
    seconds = [take(h, work, n) for n in range(1, COUNT + 1)]
    expect(lab.a.run("kexec-hibernate status"), "image +a snapshot", "status")
    work.finish()
    sizes = check(lab, disk)
    for n in range(1, COUNT):
        lab.say(f"snapshot {n + 1}: {sizes[n] >> 10} KiB, {100 * sizes[n] / sizes[0]:.1f} % of the first one's bytes; there and "
                f"back in {100 * seconds[n] / seconds[0]:.0f} % of its time")
        if sizes[n] * 10 > sizes[0]:
            raise Failure(f"snapshot {n + 1} has {sizes[n]} bytes, the first one {sizes[0]}")


def change(lab):
    """Two pages in a hundred."""
    mib = images.mib(lab.options.mem) * 2 // 100
    lab.a.run(f"dd if=/dev/urandom of=/run/changes bs=1M count={mib} conv=notrunc 2>/dev/null", 120)


def take(h, work, n):
    """Seconds, there and back."""
    lab = h.lab
    lab.a.run(f"hostname snapshot-{n}")
    change(lab)
    start = time.monotonic()
    h.ask("--then return")
    lab.say(f"{n}: " + expect(h.answer(), f"a snapshot is on {h.target} .* file={n}", "now")[0])
    took = time.monotonic() - start
    work.check()
    return took


def check(lab, disk):
    """The sizes of all of them."""
    folder = lab.path("chain")
    os.makedirs(folder)
    for n in range(1, COUNT + 1):
        images.tool("/sbin/debugfs", "-R", f"dump /of-a/{n} {folder}/{n}", disk)
    kdump = os.path.join(images.programs(lab.arch), "tree", "sbin", "kdump")
    for n in range(1, COUNT + 1):
        images.tool(kdump, "verify", f"{folder}/{n}")
        with dumps.mounted(lab, kdump, f"{folder}/{n}") as core:
            dumps.hostname(lab, core, f"snapshot-{n}")
    sizes = [os.path.getsize(f"{folder}/{n}") for n in range(1, COUNT + 1)]
    images.tool(kdump, "convert", f"{folder}/{COUNT}", "-o", f"{folder}/core")
    dumps.hostname(lab, f"{folder}/core", f"snapshot-{COUNT}")
    for n in (4, 1):
        os.rename(f"{folder}/{n}", f"{folder}/away")
        refused(lab, kdump, f"{folder}/{COUNT}", f"its base, {n}: cannot open")
        os.rename(f"{folder}/away", f"{folder}/{n}")
    # The one before it is not the one that it was based on.
    os.replace(f"{folder}/3", f"{folder}/4")
    refused(lab, kdump, f"{folder}/{COUNT}", "its base, 4: is another image")
    return sizes


def refused(lab, kdump, image, said):
    done = subprocess.run([kdump, "verify", image], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    lab.say(f"   {done.stderr.strip()}")
    expect(done.stderr, said, "kdump verify")
    if done.returncode != 255:
        raise Failure(f"kdump verify of a broken chain: status {done.returncode}")
