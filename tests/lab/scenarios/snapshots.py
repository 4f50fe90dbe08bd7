# SPDX-License-Identifier: GPL-2.0-only
"""Ten snapshots of A, each with only what has changed since the one before; gdb reads in each what A held at that time,
and a chain with a missing or foreign link is refused."""

import os
import subprocess
import time

import dumps
import images
from hibernate import room
from lab import expect
from machine import Failure
from workload import Workload

COUNT = 10
KDUMP = "kdump save --keep=free --threads=1 {how} -o /mnt/{name} 2>&1 >/dev/null | tail -n 3"


def run(lab):
    work = Workload(lab)
    disk = images.ext4_disk(lab.path("snapshots.img"), 2 * room(lab))
    lab.boot(lab.make_b(), disks=[work.disk, disk])
    change(lab)     # while there is memory for it
    work.start()
    lab.load_b()
    taken = [take(lab, work, n) for n in range(COUNT)]
    full, seconds = taken[0]
    for n, (size, took) in enumerate(taken[1:], 1):
        lab.say(f"snapshot {n}: {size >> 10} KiB, {100 * size / full:.1f} % of the first one's bytes, "
                f"{100 * took / seconds:.0f} % of its time")
        if size * 10 > full:
            raise Failure(f"snapshot {n} has {size} bytes, the first one {full}")
    work.finish()
    check(lab, disk)


def change(lab):
    """Two pages in a hundred."""
    mib = images.mib(lab.options.mem) * 2 // 100
    lab.a.run(f"dd if=/dev/urandom of=/run/changes bs=1M count={mib} conv=notrunc 2>/dev/null", 120)


def take(lab, work, n):
    """Bytes and seconds, of what is one more snapshot then."""
    lab.a.run(f"hostname snapshot-{n}")
    change(lab)
    lab.visit()
    b = lab.b
    b.run(f"mount -t ext4 {lab.disk(1)} /mnt")
    start = time.monotonic()
    lab.say(b.run(KDUMP.format(how=f"--base=/mnt/{n - 1}" if n else "--pages", name=n), 300))
    took = time.monotonic() - start
    size = int(b.run(f"stat -c %s /mnt/{n}"))
    b.run("umount /mnt")
    lab.home()
    work.check()
    return size, took


def check(lab, disk):
    folder = lab.path("chain")
    os.makedirs(folder)
    for n in range(COUNT):
        images.tool("/sbin/debugfs", "-R", f"dump /{n} {folder}/{n}", disk)
    kdump = os.path.join(images.programs(lab.arch), "tree", "sbin", "kdump")
    for n in range(COUNT):
        images.tool(kdump, "verify", f"{folder}/{n}")
        with dumps.mounted(lab, kdump, f"{folder}/{n}") as core:
            dumps.hostname(lab, core, f"snapshot-{n}")
    images.tool(kdump, "convert", f"{folder}/{COUNT - 1}", "-o", f"{folder}/core")
    dumps.hostname(lab, f"{folder}/core", f"snapshot-{COUNT - 1}")
    for n, said in ((4, "its base, 4: cannot open"), (0, "its base, 0: cannot open")):
        os.rename(f"{folder}/{n}", f"{folder}/away")
        refused(lab, kdump, f"{folder}/{COUNT - 1}", said)
        os.rename(f"{folder}/away", f"{folder}/{n}")
    # The one before it is not the one that it was based on.
    os.replace(f"{folder}/3", f"{folder}/4")
    refused(lab, kdump, f"{folder}/{COUNT - 1}", "its base, 4: is another image")


def refused(lab, kdump, image, said):
    done = subprocess.run([kdump, "verify", image], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    lab.say(f"   {done.stderr.strip()}")
    expect(done.stderr, said, "kdump verify")
    if done.returncode != 255:
        raise Failure(f"kdump verify of a broken chain: status {done.returncode}")
