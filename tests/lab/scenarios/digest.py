# SPDX-License-Identifier: GPL-2.0-only
"""One bit of a loaded image is damaged: the gate says so, and resets; with -i it is not noticed."""

import base64
import os

import images
from machine import Failure

MARK = os.urandom(16)
WORDS = "".join(f"{int.from_bytes(MARK[i:i + 4], 'little'):08x}" for i in range(0, 16, 4))
MISMATCH = (r"SHA-256 MISMATCH[^\n]*\n\s*expected: ([0-9a-f]{64})\s*computed: ([0-9a-f]{64})\s"
            r"[^@]*kexec: the machine is reset")


def run(lab):
    content = MARK + os.urandom(8176)
    with open(lab.path("marked"), "wb") as f:
        f.write(content)
    files = lab.make_b()
    # Not compressed: the mark is to be found, and the damage to do no other harm.
    files["boot/b.img"] = images.initramfs(lab.path("b.img"), lab.arch, "B", lab.options.kexec,
                                           {"marked": lab.path("marked")}, compress="cat")
    for load in ("-l", "--load-preserve-context"):
        damage(lab, files, load)
        lab.machine.send("kexec -e")
        told = lab.machine.wait_console(MISMATCH, 180)
        if told[1] == told[2]:
            raise Failure(f"the two digests are the same: {told[1]}")
        lab.machine.wait_end(60)
    damage(lab, files, "-i -l")
    b = lab.boot_other()
    there = base64.b64decode(b.run("base64 /marked"))
    flipped = int.from_bytes(there, "little") ^ int.from_bytes(content, "little")
    if flipped.bit_count() != 1:
        raise Failure(f"{flipped.bit_count()} bits of B's file are damaged, not 1")


def damage(lab, files, load):
    """A loads B, and one bit of the file in it is flipped."""
    a = lab.boot(files)
    a.run(f"kexec {load} /boot/b --initrd=/boot/b.img --console-serial "
          f"--append='{lab.b_command_line()}'", 120)
    lab.say(a.run(f"flipbit {WORDS}", 120))
