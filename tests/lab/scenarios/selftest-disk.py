# SPDX-License-Identifier: GPL-2.0-only
"""Must fail: somebody else has written to A's file system."""

from workload import Workload


def run(lab):
    work = Workload(lab)
    lab.boot(lab.make_b(), disks=[work.disk])
    work.start()
    work.finish()
    with open(work.disk, "r+b") as disk:
        disk.seek(4096)
        disk.write(bytes(8192))
    work.fsck()
