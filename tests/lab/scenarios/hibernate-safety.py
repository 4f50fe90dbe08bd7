# SPDX-License-Identifier: GPL-2.0-only
"""What must not be resumed is refused in words before anything is touched, and the boot goes on."""

import json
import os
import shutil

import images
from hibernate import Hibernator, LONG, room
from lab import expect
from machine import Failure

OTHER = {"6.12": "6.1", "6.1": "6.12"}


def run(lab):
    saved = images.empty_disk(lab.path("saved.img"), room(lab))
    disk = lab.path("target.img")
    h = Hibernator(lab, lab.disk(1), disks=[images.empty_disk(lab.path("a.img"), 64), disk])
    shutil.copyfile(saved, disk)
    a = h.boot()
    a.run(f"kexec-hibernate setup --image {h.target} --initrd /boot/b.img && echo mine >/run/mine")
    h.save()
    shutil.copyfile(disk, saved)
    o = lab.options
    more = f"{int(o.mem.rstrip('M')) + 64}M" if o.mem.endswith("M") else "7G"
    cases = [
        ("another kernel", None, "its kernel is .*, this boot's is",
         {"kernel": images.kernel(OTHER.get(o.kernel, "6.1"), lab.arch)}),
        ("more memory", None, "saved on a machine with .* of RAM", {"mem": more}),
        ("another CPU", None, "saved on (another CPU model|a CPU of another vendor)|this CPU lacks features",
         {"cpu": "Nehalem,vendor=GenuineIntel" if lab.arch == "x86_64" else "pentium3,vendor=GenuineIntel"}),
        ("a flipped bit in the header", flip(200), "header page is damaged", {}),
        ("a flipped bit in its magic", flip(8), "holds no image: no image header", {}),
        ("cut short", cut, "cut short|seek table", {}),
        ("not wanted", None, "switched off by the kernel command line", {"append": "noresume"}),
    ]
    for name, damage, words, options in cases:
        lab.say(name)
        shutil.copyfile(saved, disk)
        if damage:
            damage(disk)
        h.power_on(**options)
        lab.machine.wait_console(words, LONG)
        lab.machine.wait_agent("A", LONG)
        lab.a.run("[ ! -e /run/mine ]")
        after(lab, h, name, damage)
    lab.say("none of it")
    shutil.copyfile(saved, disk)
    h.resume()
    lab.a.run("[ -e /run/mine ]")
    if json.loads(h.state())["state"] != "consumed":
        raise Failure(f"after a resume: {h.state()}")
    # It runs once.
    h.boot()
    lab.a.run("[ ! -e /run/mine ]")


def after(lab, h, name, damage):
    """The boot that went on has told, has made sure that no later one resumes, and can discard."""
    state = json.loads(h.state())
    if state["waits"] or state["state"] not in (("damaged", "none") if damage else ("consumed",)):
        raise Failure(f"{name}: {state}")
    said = lab.machine.console
    expect(said, f"a hibernated system was waiting on {h.target}" if not damage else
           "is damaged|is no longer a target", "the boot")
    lab.a.run("kexec-hibernate discard")
    if json.loads(h.state())["state"] != "empty":
        raise Failure(f"{name}: after discard: {h.state()}")
    lab.a.run("kexec-hibernate status --boot 2>/dev/null")
    lab.finish()


def flip(offset):
    def damage(path):
        with open(path, "r+b") as f:
            f.seek(offset)
            byte = f.read(1)[0]
            f.seek(offset)
            f.write(bytes([byte ^ 4]))
    return damage


def cut(path):
    """The last part of the image is not what was written."""
    with open(path, "rb") as f:
        f.seek(40)
        size = int.from_bytes(f.read(8), "little")
    with open(path, "r+b") as f:
        f.seek(size - 100000)
        f.write(bytes(100000))
    os.sync()
