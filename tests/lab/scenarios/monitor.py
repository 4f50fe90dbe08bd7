# SPDX-License-Identifier: GPL-2.0-only
"""A's boot CPU waits while B runs on the others: B comes and goes as ever, and whatever becomes of it, on whichever CPU, A
goes on: a hang with interrupts off and a panic before B's first process end with --limit, a panic on B's second CPU at
once. Nothing of A is lost, and B's memory can be looked at."""

import os

import images
from lab import expect
from workload import Workload

# How B is lost; what kexec -e says then, and B's log.
KINDS = (
    ("hang", "echo hard >/proc/breakage", "was stopped after [0-9.]+ s", "."),
    ("panic", "echo c >/proc/sysrq-trigger", "crashed after", "sysrq triggered crash"),
    ("other CPU", "echo other >/proc/breakage", "crashed after", "a panic on CPU 1"),
)
LIMIT = 15      # seconds


def run(lab):
    work = Workload(lab)
    modules = images.modules(lab.options.kernel_b, lab.arch)
    driver = os.path.join(os.path.dirname(modules[-1]), "breakage.ko")
    sbin = os.path.join(images.programs(lab.arch), "tree", "sbin")
    a = lab.boot({**lab.make_b(files={"lib/breakage.ko": driver}), "sbin/kimgcore": os.path.join(sbin, "kimgcore")},
                 disks=[work.disk])
    if lab.options.cpus < 2:
        a.refuses(f"kexec --load-preserve-context --monitor /boot/b --append='{lab.b_command_line()}'", "a second CPU")
        return
    work.start("--return-on-panic --monitor")
    lab.load_b()
    a.refuses("kexec -e --limit=5", "load the kernel with --monitor")
    a.run("kexec -u")
    kinds = KINDS if lab.options.cpus > 2 else KINDS[:2]
    for n in range(1, lab.rounds + 1):
        lab.load_b(options="--return-on-panic --monitor")
        boot_id = lab.visit()
        expect(lab.b.run("nproc"), rf"^{lab.options.cpus - 1}$", "the number of B's CPUs")
        for _ in range(2):
            lab.say(f"round {n}: {lab.home()}")
            work.check()
            expect(lab.visit("kexec -e --limit=300"), boot_id, "B, which must be the same,")
        lab.say(f"round {n}: {lab.home()}")
        work.check()
        name, what, ended, said = kinds[n % len(kinds)]
        lab.say(f"round {n}: {name}")
        lab.visit(f"kexec -e --limit={LIMIT}")
        lab.b.run("insmod /lib/breakage.ko")
        lab.lost(what, ended, said)
        a.run("kexec -u")
        work.check()
    early(lab)
    work.check()
    if lab.rounds:
        kept(lab)
        work.check()
    work.finish()


def kept(lab):
    """A saved B goes on with a monitor, as it began."""
    a = lab.a
    lab.load_b(options="--monitor")
    boot_id = lab.visit()
    lab.home()
    a.run("kimgcore save --compress /run/kept; kexec -u", 120)
    a.refuses("kexec --load-preserve-context /run/kept --monitor", "--monitor does not go with a saved kernel")
    a.run("kexec --load-preserve-context /run/kept", 120)
    expect(lab.visit("kexec -e --limit=300"), boot_id, "B, which must be the same,")
    expect(lab.b.run("nproc"), rf"^{lab.options.cpus - 1}$", "the number of B's CPUs")
    lab.home()
    a.run("kexec -u; rm /run/kept")


def early(lab):
    """No way back was loaded in B, and nobody is there to send an NMI."""
    lab.say("B panics before its first process")
    lab.load_b(append="rdinit=/none root=/dev/none panic=0", options="--monitor")
    lab.losing()
    lab.jumping = lab.machine.send(f"kexec -e --limit={LIMIT}")
    lab.ended("was stopped after [0-9.]+ s, its last words: \"Kernel panic", "Unable to mount root fs")
    lab.a.run("kexec -u")
