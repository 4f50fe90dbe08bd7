# SPDX-License-Identifier: GPL-2.0-only
"""The power fails while A is saved, and while it is restored: the next boot brings A back whole, or
boots anew and tells. --rounds says how often each; the moments are random, but the same for a --seed."""

import json
import random
import re
import shutil
import time

import images
from hibernate import Hibernator, LONG, room
from machine import Failure

FILL = "head -c 30000000 /dev/urandom >/run/fill && sha256sum /run/fill >/run/sum"
WRITES = "free pages found"
LOST = "was not completed; that session is lost"


def run(lab):
    dice = random.Random(lab.options.seed)
    h = Hibernator(lab, lab.disk(1), disks=[images.empty_disk(lab.path("a.img"), 16),
                                            images.empty_disk(lab.path("target.img"), room(lab))])
    seconds = whole(lab, h)
    shutil.copyfile(h.disks[1], lab.path("saved.img"))
    saved_by = h.asked
    lab.say(f"a save takes {seconds[0]:.1f} s, a resume {seconds[1]:.1f} s")
    for n in range(1, lab.rounds + 1):
        # Every other time while B writes, which is the shorter part.
        writing = n % 2
        moment = dice.uniform(0, (seconds[2] if writing else seconds[0]) * 1.1)
        begin(lab, h)
        h.ask()
        if writing:
            lab.machine.wait_console(WRITES, LONG)
        lose_power(lab, moment)
        lab.say(f"save {n}, killed after {moment:.1f} s{' of writing' if writing else ''}: "
                f"{next_boot(lab, h)}")
    for n in range(1, lab.rounds + 1):
        moment = dice.uniform(0, seconds[1] * 1.1)
        shutil.copyfile(lab.path("saved.img"), h.disks[1])
        h.asked = saved_by
        h.power_on()
        lose_power(lab, moment)
        lab.say(f"resume {n}, killed after {moment:.1f} s: {next_boot(lab, h)}")


def begin(lab, h):
    images.empty_disk(h.disks[1], room(lab))
    h.boot()
    lab.a.run(f"kexec-hibernate setup --image {h.target} --initrd /boot/b.img", LONG)
    lab.a.run(FILL, LONG)


def whole(lab, h):
    """How long a save, a resume, and the writing of a save take here; what was saved is on the target
    afterwards."""
    begin(lab, h)
    start = time.monotonic()
    h.ask()
    lab.machine.wait_console(WRITES, LONG)
    writes = time.monotonic()
    lab.machine.wait_end(LONG)
    saved = time.monotonic()
    shutil.copyfile(h.disks[1], lab.path("copy.img"))
    began = time.monotonic()
    h.resume()
    ended = time.monotonic()
    lab.kill()
    shutil.move(lab.path("copy.img"), h.disks[1])
    return saved - start, ended - began, saved - writes


def lose_power(lab, seconds):
    lab.machine.drain(seconds)
    lab.kill()


def next_boot(lab, h):
    """What it did, if that was right: A's memory is whole, or a new system is told what was lost."""
    machine = h.power_on()
    pattern = rf"\n@@(?:{h.asked} (\d+)|hello A \S+)\r?\n"
    match = machine.wait_for(lambda: re.search(pattern, machine.answers), LONG, "A, old or new")
    said = machine.take(match)
    if match[1]:
        machine.requests = h.asked
        if match[1] != "0" or "resumed from" not in said:
            raise Failure(f"status {match[1]}: {' '.join(said.split())[-200:]}")
        lab.a.run("sha256sum -c -s /run/sum")
        outcome = "resumed"
    else:
        lab.a.run("[ ! -e /run/sum ]")
        state = json.loads(h.state())["state"]
        if state == "valid" or (state == "writing" and LOST not in machine.console):
            raise Failure(f"a new system was not told: the image's state is {state}")
        outcome = f"a new system; the image's state is {state}"
    lab.finish()
    return outcome
