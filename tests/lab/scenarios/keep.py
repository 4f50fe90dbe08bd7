# SPDX-License-Identifier: GPL-2.0-only
"""A B that has booted is saved, unloaded, and loaded again where it was: in the same boot of A, and after A was
rebooted. It goes on, with all its memory; A's memory, log and image as B sees them are those of the A that jumped."""

import os

import images
from lab import expect
from machine import Failure

LINE = "a line of the log of boot"


def run(lab):
    sbin = os.path.join(images.programs(lab.arch), "tree", "sbin")
    programs = {f"sbin/{name}": os.path.join(sbin, name) for name in ("kimgcore", "oldmem")}
    disk = images.ext4_disk(lab.path("kept.img"), 512)
    files = {**lab.make_b(files=programs), **programs}
    boot_id = None
    for boot in range(1, 4):
        lab.say(f"A's boot {boot}")
        kept = f"[ {boot} = 1 ] || kexec --load-preserve-context {lab.via()} --dry-run /mnt/kept"
        a = lab.boot_beside(lambda: start(lab, boot, files, disk), kept)
        if boot == 1:
            lab.load_b()
            boot_id = first_visit(lab)
            keep(lab, compress=False)
        for n in range(1, lab.rounds + 1):
            load(lab)
            visit(lab, boot_id, boot)
            keep(lab, compress=n % 2)
        refusals(lab, boot)
        a.run("umount /mnt")
        lab.finish()


def start(lab, boot, files, disk):
    lab.boot(files, disks=[disk])
    lab.a.run(f"mount {lab.disk()} /mnt && echo {LINE} {boot} >/dev/kmsg")


def first_visit(lab):
    """B gets something to remember."""
    boot_id = lab.visit()
    lab.b.run("mkdir /fill && mount -t tmpfs -o size=0 tmpfs /fill")
    lab.say("   B: " + lab.b.run("memfill start /fill 24", 300))
    lab.b.run("echo 0 >/fill/count")
    lab.home()
    return boot_id


def keep(lab, compress):
    """B to a file, and out of memory."""
    option = "--compress" if compress else ""
    lab.a.run(f"rm -f /mnt/kept && kimgcore save {option} /mnt/kept && sync && kexec -u", 600)
    lab.a.refuses("kexec -e -x", "nothing is loaded")


def load(lab):
    lab.a.run(f"kexec --load-preserve-context {lab.via()} /mnt/kept", 600)
    expect(lab.a.run("kimgcore info"), "way back +0x", "kimgcore info")


def visit(lab, boot_id, boot):
    """B goes on where it was, whichever A it is."""
    expect(lab.visit(), boot_id, "B, which must be the same,")
    b = lab.b
    b.run("memfill check", 300)
    lab.count = int(b.run("echo $(($(cat /fill/count) + 1)) >/fill/count; cat /fill/count"))
    expect(b.run("oldmem dmesg"), f"{LINE} {boot}", "oldmem dmesg")
    expect(b.run("kdump dmesg"), f"{LINE} {boot}", "kdump dmesg")
    lab.home()


def refusals(lab, boot):
    a = lab.a
    if lab.count != boot * lab.rounds:
        raise Failure(f"B's counter is {lab.count} after {boot * lab.rounds} visits")
    a.refuses("kexec -l /mnt/kept", "load it with --load-preserve-context")
    a.refuses("kexec --load-preserve-context /mnt/kept --append=quiet", "--append does not go with")
    a.refuses("kimgcore info", "nothing is loaded")
