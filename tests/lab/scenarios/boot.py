# SPDX-License-Identifier: GPL-2.0-only
"""A boots, and the workloads of the other scenarios work without any jump."""

from lab import expect


def run(lab):
    a = lab.boot(disks=[])
    expect(a.run("uname -r"), r"^\d", "uname")
    expect(a.run("nproc"), f"^{lab.options.cpus}$", "nproc")
    if lab.options.nodes > 1:
        expect(a.run("cat /sys/devices/system/node/online"), f"^0-{lab.options.nodes - 1}$", "the nodes")
    a.run("steady start /run/grows")
    filled = a.run("memfill start /fill 32", timeout=120)
    lab.say(filled)
    expect(a.run("memfill check 0x1000000-0xffffffffff", timeout=120),
           r"^0 of \d+ pages damaged\n[1-9]\d* pages in 0x1000000", "memfill")
    # The check notices one wrong word.
    a.run("printf x | dd of=$(ls /fill/* | tail -n 1) bs=1 seek=8000 conv=notrunc 2>/dev/null")
    a.refuses("memfill check", r"^1 of \d+ pages damaged\npage \d+ \(tmpfs, physical 0x\w+\) is damaged from word 488",
              status=1, timeout=120)
    lab.say(a.run("steady check"))
    a.run("memfill stop")
    a.run("steady stop")
