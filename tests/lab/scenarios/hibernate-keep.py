# SPDX-License-Identifier: GPL-2.0-only
"""The second kernel boots once: it is kept on disk, and saves A in that boot and, after A was booted anew, in another."""

import os
import re

import images
from hibernate import Hibernator, LONG, room
from lab import expect
from machine import Failure
from workload import Workload

BOOTED = "Command line: .*kexec_jump_back_entry="


def run(lab):
    work = Workload(lab, 2)
    disks = [images.empty_disk(lab.path("target.img"), room(lab)), images.ext4_disk(lab.path("kept.img"), 512),
             work.disk]
    kimgcore = os.path.join(images.programs(lab.arch), "tree", "sbin", "kimgcore")
    h = Hibernator(lab, lab.disk(0), conf=["KEEP=/kept/second"], disks=disks, files={"sbin/kimgcore": kimgcore})
    a = h.boot()
    a.run(f"kexec-hibernate setup --image {h.target} --initrd /boot/b.img && mkdir -p /kept && "
          f"mount {lab.disk(1)} /kept && cp /boot/b /boot/b.img /kept && "
          "sed s,/boot/b,/kept/b, /etc/kexec-hibernate.conf >/kept/conf", 120)
    configure(a)
    work.start()
    expect(a.run("kexec-hibernate keep", LONG), "kept in /kept/second", "kexec-hibernate keep")
    expect(a.run("kexec-hibernate keep"), "already", "kexec-hibernate keep")
    a.run("kexec -u")
    for n in range(1, lab.rounds + 1):
        lab.say(f"round {n}: " + now(lab, h))
        work.check()
    lab.a.run("umount /kept && sync")
    lab.boot_beside(lambda: start(lab, h), "kexec --load-preserve-context --dry-run /kept/second", leave="umount /kept")
    lab.a.run("touch /run/another")
    lab.say("after another boot: " + now(lab, h))
    lab.a.run("[ -e /run/another ]")
    lab.say("what another configuration makes of it")
    lab.a.run("echo APPEND=quiet >>/kept/conf")
    expect(lab.a.run("kexec-hibernate status"), "not loaded$", "kexec-hibernate status")
    lab.finish()


def configure(a):
    """The configuration and what it names are the same files in each boot."""
    a.run("ln -sf /kept/conf /etc/kexec-hibernate.conf")


def now(lab, h):
    """Hibernates in a B that does not boot."""
    before = len(lab.machine.console)
    h.save()
    if re.search(BOOTED, lab.machine.console[before:]):
        raise Failure("the second kernel was booted")
    said = h.resume()
    expect(lab.a.run("kexec-hibernate status"), "kept in /kept/second", "kexec-hibernate status")
    return said


def start(lab, h):
    a = h.boot()
    a.run(f"mkdir -p /kept && mount {lab.disk(1)} /kept")
    configure(a)
