# SPDX-License-Identifier: GPL-2.0-only
"""Seconds to hibernate and to come back, ours and the kernel's own, for tests/bench/hibernate."""

import json
import statistics
import time

import images
from hibernate import Hibernator, LONG, room

machines = ("pc",)

SWAP = "/dev/vdb"
# As installed systems are: each line on a serial console takes its time, and ours boots more kernels. Nor does
# any of them wait for the disks of QEMU's IDE controller, which has none.
QUIET = "quiet printk.ignore_loglevel=0 initcall_blacklist=piix_init"
# What A's memory holds: half of it is random, the other half can be compressed. It comes again only after any
# compressor has forgotten it.
FILL = """set -e
head -c 15728640 /dev/urandom >/run/random
seq 1 1980000 >/run/text
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13; do
    cat /run/random /run/text >/fill/$i
done
rm /run/random /run/text
md5sum /fill/* >/run/sums"""
# All content is to be saved by either: by default the kernel swaps out what is above 2/5 of RAM.
READY = f"swapon {SWAP} && echo $((1 << 30)) >/sys/power/image_size"


class Bench:
    def __init__(self, lab):
        self.lab = lab
        disks = [images.empty_disk(lab.path(name), room(lab)) for name in ("target.img", "swap.img")]
        self.h = Hibernator(lab, "/dev/vda", disks=disks, append_b=QUIET)
        self.seconds = {}

    def measure(self, name, request, resume=""):
        """Hibernates by this request and comes back."""
        h = self.h
        start = time.monotonic()
        h.asked = self.lab.machine.send(request)
        self.lab.machine.wait_end(LONG)
        off = time.monotonic()
        h.power_on(append=f"{QUIET} {resume}")
        h.answer()
        end = time.monotonic()
        self.lab.say(f"{name}: save {off - start:.2f} s, resume {end - off:.2f} s")
        self.seconds.setdefault(name, []).append((off - start, end - off))
        self.lab.a.run("md5sum -c -s /run/sums", LONG)

    def cold(self):
        self.measure("cold", "kexec-hibernate now")

    def warm(self):
        """B runs already where A has made a snapshot."""
        self.h.ask("--then return")
        self.h.answer()
        self.measure("warm", "kexec-hibernate now --force")

    def kernel(self):
        self.lab.a.run(READY, LONG)
        self.measure("kernel", "echo disk >/sys/power/state", f"resume={SWAP}")
        self.lab.a.run(f"swapoff {SWAP}", LONG)


def run(lab):
    bench = Bench(lab)
    a = bench.h.boot(append=QUIET)
    a.run("kexec-hibernate setup --image /dev/vda --initrd /boot/b.img", LONG)
    a.run(f"mkswap {SWAP}")
    a.run(FILL, LONG)
    for _ in range(lab.rounds):
        bench.cold()
        bench.warm()
        bench.kernel()
    medians = {name: [statistics.median(column) for column in zip(*rows)] for name, rows in bench.seconds.items()}
    print("figures: " + json.dumps(medians))
