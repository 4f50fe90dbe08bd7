# SPDX-License-Identifier: GPL-2.0-only
"""B crashes, each time in another way, while it writes to a disk and is flooded by the network, and A goes on: nothing of
it is lost, its disk and network work, kexec -e says 254 and B's last words, and B's memory can be looked at. Such a B is
not entered again."""

import os
import time

import images
from flood import Flood
from lab import expect
from workload import Workload

# What to do in B, and what B's log has then.
KINDS = (
    ("sysrq", "echo c >/proc/sysrq-trigger", "sysrq triggered crash"),
    ("oops", "echo oops >/proc/breakage", "NULL pointer dereference"),
    ("interrupt", "echo interrupt >/proc/breakage", "a panic in an interrupt"),
    ("soft lockup", "echo 3 >/proc/sys/kernel/watchdog_thresh; echo lockup >/proc/breakage", "soft lockup"),
    ("NMI", "", "NMI: Not continuing"),
    ("hang", "echo hard >/proc/breakage", "NMI: Not continuing"),
    ("memory", "echo 2 >/proc/sys/vm/panic_on_oom; tail /dev/zero", "[Oo]ut of memory"),
)
FROM_OUTSIDE = "NMI", "hang"    # what an NMI ends, as a hardware watchdog would send it
LOAD = ("(while :; do dd if=/proc/vmcore of=/dev/null bs=64k count=512; dd if=/dev/zero of={disk} bs=64k count=512 conv=fsync; "
        "done) >/dev/null 2>&1 &")


def run(lab):
    work, flood = Workload(lab), Flood()
    modules = images.modules(lab.options.kernel_b, lab.arch)
    driver = os.path.join(os.path.dirname(modules[-1]), "breakage.ko")
    sbin = os.path.join(images.programs(lab.arch), "tree", "sbin")
    a = lab.boot({**lab.make_b(files={"lib/breakage.ko": driver}), "sbin/kimgcore": os.path.join(sbin, "kimgcore")},
                 disks=[work.disk, images.empty_disk(lab.path("b.disk"), 64)], more=flood.card)
    flood.connect(a)
    work.start("--return-on-panic")
    kinds = [kind for kind in KINDS if kind[0] != "soft lockup" or images.is_stock(lab.options.kernel_b)]
    for n in range(1, lab.rounds + 1):
        name, what, said = kinds[n % len(kinds)]
        lab.say(f"round {n}: {name}")
        lab.load_b(options="--return-on-panic")
        lab.visit()
        if n % 3 == 0:      # one that has jumped back before
            lab.home()
            work.check()
            lab.visit()
        flood.connect(lab.b)
        lab.b.run(f"insmod /lib/breakage.ko; {LOAD.format(disk=lab.disk(1))}")
        flood.begin(lab.b)
        crash(lab, name, what, said)
        flood.end()
        work.check()
        flood.connect(a)
        a.run(lab.model.parts)
        a.run("kexec -u")
    if lab.options.device == "intel-iommu":
        expect(a.run("dmesg"), "DMAR: Intel.* Virtualization Technology for Directed I/O", "A's log")
    work.finish()


def crash(lab, name, what, said):
    # A kernel with a crash kernel goes there from the oops, without a line of the panic's.
    last = "BUG: " if name == "oops" else "Kernel panic"
    lab.lost(what, rf"crashed after [0-9.]+ s, its last words: \"{last}.+\"", said,
             lambda: name in FROM_OUTSIDE and send_nmi(lab.machine))


def send_nmi(machine):
    time.sleep(3)
    machine.nmi()
