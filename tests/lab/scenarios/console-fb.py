# SPDX-License-Identifier: GPL-2.0-only
"""The purgatory writes in the picture that the firmware left: QEMU's screen is read by its own font."""

import os
import re

from lab import expect
from machine import Failure

machines = ("q35",)

FONT = os.path.join(os.path.dirname(__file__), "../../../purgatory/font.h")
LINES = 7
# B has no driver that would write there.
ALONE = "nomodeset initcall_blacklist=simpledrm_platform_driver_init"


def font():
    """{lines of bits: character}"""
    with open(FONT) as f:
        rows = re.findall(r"^\t\{ ((?:0b[01]{5}(?:, )?){7}) \}", f.read(), re.M)
    return {tuple(row.split(", ")): chr(ord(" ") + n) for n, row in enumerate(rows)}


def read_picture(path):
    """A PPM file's width, height and bytes."""
    with open(path, "rb") as f:
        data = f.read()
    head = re.match(rb"P6\s+(\d+)\s+(\d+)\s+255\s", data)
    return int(head[1]), int(head[2]), data[head.end():]


def read_text(path):
    """The first lines of text in a picture, with "?" for what is no character."""
    width, _, pixels = read_picture(path)
    characters = font()

    def bits(column, row, line):
        start = ((row * 16 + 1 + 2 * line) * width + column * 8 + 1) * 3
        return "0b" + "".join("1" if pixels[start + 3 * x] else "0" for x in range(5))

    def character(column, row):
        return characters.get(tuple(bits(column, row, line) for line in range(LINES)), "?")

    return ["".join(character(column, row) for column in range(width // 8)).rstrip() for row in range(3)]


def run(lab):
    a = lab.boot(lab.make_b(), append="nomodeset")
    load = f"kexec -l /boot/b --initrd=/boot/b.img --console-fb --append='{lab.b_command_line(ALONE)}'"
    expect(a.run(load + " --dry-run", 120),
           r"\nscreen: EFI framebuffer, 1280x800, 32 bits, at 0xc0000000, driven by simple-framebuffer\n", "the plan")
    a.run(load, 120)
    lab.boot_other()
    lab.machine.screendump(lab.path("screen.ppm"))
    text = read_text(lab.path("screen.ppm"))
    lab.say(repr(text))
    if text != ["kexec: SHA-256 of the loaded image is right.", "", text[2]]:
        raise Failure(f"on the screen there is {text}")
