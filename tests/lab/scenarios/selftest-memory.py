# SPDX-License-Identifier: GPL-2.0-only
"""Must fail: one byte of A's full memory is another one in the end."""

from workload import Workload


def run(lab):
    work = Workload(lab)
    a = lab.boot(lab.make_b(), disks=[work.disk])
    work.start()
    a.run("printf x | dd of=$(ls /fill/* | head -n 1) bs=1 seek=100000 conv=notrunc 2>/dev/null")
    work.finish()
