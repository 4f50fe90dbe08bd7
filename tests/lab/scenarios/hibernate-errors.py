# SPDX-License-Identifier: GPL-2.0-only
"""Saving is refused, or fails in B: A is told why, goes on, and can hibernate later."""

import os

import images
from hibernate import Hibernator, LONG, room
from lab import expect

machines = ("pc",)         # b-breaks knows its disks

SETUP = "kexec-hibernate setup --image /dev/vdb --initrd /boot/b.img"
BREAKS = os.path.join(images.GUEST, "b-breaks")
FILL = "head -c 60000000 /dev/urandom >/run/fill && sha256sum /run/fill >/run/sum"
WHOLE = "sha256sum -c -s /run/sum"


def run(lab):
    refusals(lab)
    disk_full(lab)
    write_error(lab)
    target_gone(lab)


def refusals(lab):
    """What is refused before anything is touched."""
    lab.say("refusals")
    Hibernator(lab, "/dev/vdb", disks=[images.empty_disk(lab.path("a.img"), 64),
                                       images.empty_disk(lab.path("small.img"), 16)]).boot()
    a = lab.a
    a.refuses("kexec-hibernate now", "/dev/vdb: neither a saved image nor an ELF core; run kexec-hibernate setup")
    a.refuses("kexec-hibernate setup --image /dev/vdx", "/dev/vdx is not there")
    a.refuses("kexec-hibernate setup --image /dev/vdb --initrd /nowhere", "INITRD=/nowhere: no such file")
    a.refuses("kexec-hibernate setup --image /dev/vdb --kernel /nowhere", "/nowhere: no such kernel")
    a.refuses("kexec-hibernate setup --image nowhere", "\"nowhere\" is not a target")
    a.run("mke2fs /dev/vdb && mount /dev/vdb /mnt")
    a.refuses(SETUP, "/dev/vdb is mounted on /mnt")
    a.run("umount /mnt")
    a.refuses(SETUP, "an ext2, ext3 or ext4 file system; wipe it first or use --force")
    a.run("mkswap /dev/vdb && swapon /dev/vdb")
    a.refuses(SETUP, "/dev/vdb is in use as swap")
    a.refuses("kexec-hibernate now", "/dev/vdb is in use as swap")
    a.run("swapoff /dev/vdb")
    expect(a.run(SETUP + " --force"), "smaller than the memory.*\n.*ready", "setup")
    a.refuses("kexec-hibernate now", r"has room for 16 MiB, but an image of this system may need \d+ MiB")
    a.run("kexec -l /boot/b --append=other")
    a.refuses("kexec-hibernate now --force", "nothing was saved: .*full", timeout=LONG)
    # Too little memory for the window: kexec's own words, and nothing is loaded.
    a.run("kexec -u; rm -r /run/kexec-hibernate/warm")
    a.run("mount -t tmpfs -o size=400M tmpfs /fill && dd if=/dev/zero of=/fill/much bs=1M count=380 2>/dev/null", LONG)
    a.refuses("kexec-hibernate now --force", "kexec: .*memory", timeout=LONG)
    a.run("umount /fill")
    a.run("mv /boot/b.img /boot/away")
    a.refuses("kexec-hibernate now", "INITRD=/boot/b.img: no such file")
    lab.finish()


def disk_full(lab):
    lab.say("disk full")
    target = images.empty_disk(lab.path("full.img"), 48)
    h = Hibernator(lab, "/dev/vdb", disks=[images.empty_disk(lab.path("a.img"), 64), target])
    a = h.boot()
    a.run(SETUP)
    a.run(FILL)
    for _ in range(2):      # the second time with a warm B
        h.ask("--force")
        expect(h.answer(255), "nothing was saved: .*/dev/vdb: full", "now")
        expect(h.state(), '"state": "empty"', "status")
        a.run(WHOLE)
    lab.finish()


def write_error(lab):
    """The 40th MiB of the target cannot be written, in B."""
    lab.say("write error")
    rules = lab.path("blkdebug.conf")
    with open(rules, "w", encoding="utf-8") as f:
        f.write('[inject-error]\nevent = "pwritev"\nerrno = "5"\nsector = "81920"\nonce = "off"\n')
    target = images.empty_disk(lab.path("error.img"), room(lab))
    h = Hibernator(lab, "/dev/vdb", disks=[
        images.empty_disk(lab.path("a.img"), 64),
        f"file=blkdebug:{rules}:{target},format=raw,cache=writeback,werror=report"])
    a = h.boot()
    lab.machine.allow("I/O error")
    a.run(SETUP)
    a.run(FILL)
    h.ask()
    expect(h.answer(255), "nothing was saved: .*/dev/vdb: .*Input/output error", "now")
    a.run(WHOLE)
    lab.finish()


def target_gone(lab):
    lab.say("target gone")
    target = images.empty_disk(lab.path("gone.img"), room(lab))
    h = Hibernator(lab, "/dev/vdb", disks=[images.empty_disk(lab.path("a.img"), 64), target],
                   hooks=[BREAKS], conf=["TARGET_WAIT=2"], append_b="b_breaks=gone")
    a = h.boot()
    a.run(SETUP)
    a.run(FILL)
    h.ask("--then return")
    expect(h.answer(), "a snapshot is on /dev/vdb", "now")
    h.ask("--then return --force")
    expect(h.answer(255), "nothing was saved: /dev/vdb is not there", "now")
    # The third time it is there again.
    h.ask("--force")
    lab.machine.wait_end(LONG)
    h.resume()
    lab.a.run(WHOLE)
    lab.finish()
