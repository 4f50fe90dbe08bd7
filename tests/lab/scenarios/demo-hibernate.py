# SPDX-License-Identifier: GPL-2.0-only
"""What ./demo shows after the round trips: A hibernates, the power goes, and A comes back."""

import os
import time

import images
from hibernate import Hibernator, room
from workload import Workload


def run(lab):
    work = Workload(lab)
    target = images.empty_disk(lab.path("target.img"), room(lab))
    h = Hibernator(lab, lab.disk(1), disks=[work.disk, target])
    lab.say(f"\nA boots on a new machine: {lab.arch}, {lab.options.cpus} CPUs, {lab.options.mem} of "
            "RAM\n")
    a = h.boot()

    def on_a(command, timeout=120):
        lab.say(f"A# {command}")
        for line in a.run(command, timeout).splitlines():
            lab.say(f"   {line}")

    on_a(f"kexec-hibernate setup --image {h.target} --initrd /boot/b.img")
    lab.say("\nA gets busy, as before\n")
    work.start()
    lab.say("\nA jumps to B, which saves A's memory to the disk and switches off\n")
    lab.say("A# kexec-hibernate now")
    start = time.monotonic()
    h.save()
    lab.say(f"   the machine is off, after {time.monotonic() - start:.1f} s")
    lab.say("\nOn the host: what is on the disk?\n")
    lab.say("$ kdump info target.img")
    for line in images.tool(os.path.join(h.sbin, "kdump"), "info", target).splitlines():
        lab.say(f"   {line}".replace(lab.folder + "/", ""))
    lab.say("\nThe power comes back; the boot finds the image, and A goes on\n")
    start = time.monotonic()
    said = h.resume()
    lab.say(f"   {said}, {time.monotonic() - start:.1f} s after power-on\n")
    work.check()
    lab.say("\nA ends its work; the host checks the disk\n")
    work.finish()
    lab.say("   e2fsck: clean; no warning in A's log\n")
