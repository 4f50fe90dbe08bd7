# SPDX-License-Identifier: GPL-2.0-only
"""C crashes while it restores: it is tried once more, then the boot goes on and tells."""

import json
import os

import images
from hibernate import Hibernator, LONG, room
from lab import expect
from machine import Failure


def run(lab):
    target = images.empty_disk(lab.path("target.img"), room(lab))
    h = Hibernator(lab, lab.disk(1), disks=[images.empty_disk(lab.path("a.img"), 64), target],
                   hooks=[os.path.join(images.GUEST, "b-breaks")], append_b="b_breaks=crash")
    a = h.boot()
    a.run(f"kexec-hibernate setup --image {h.target} --initrd /boot/b.img")
    h.save()
    for attempt in range(2):
        lab.say(f"attempt {attempt + 1}")
        machine = h.power_on()
        machine.allow("panic|Call Trace|sysrq")
        machine.wait_end(LONG)
        expect(machine.console, "b-breaks: a panic", "C")
    lab.say("no third one")
    machine = h.power_on()
    machine.wait_console("is not resumed: resuming it failed 2 times", LONG)
    machine.wait_agent("A", LONG)
    expect(machine.console, f"a hibernated system was waiting on {h.target}", "the boot")
    state = json.loads(h.state())
    if state["state"] != "consumed" or state["attempts"] != 2:
        raise Failure(f"after two attempts: {state}")
