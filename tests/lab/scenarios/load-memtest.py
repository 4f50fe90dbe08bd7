# SPDX-License-Identifier: GPL-2.0-only
"""A starts Debian 11's memtest86+, an ELF file with a multiboot header that runs below 1 MiB."""

import os

import images


def run(lab):
    folder = images.tool(os.path.join(images.HERE, "deb"), "--suite", "bullseye", "amd64", "memtest86+")
    a = lab.boot({"boot/memtest": os.path.join(folder, "usr/lib/memtest86+/memtest86+.elf")})
    a.refuses("kexec -l /boot/memtest --initrd=/boot/memtest", "a multiboot kernel takes modules")
    a.run("kexec -l /boot/memtest --append='console=ttyS0,115200'")
    lab.machine.send("kexec -e")
    lab.machine.wait_console(r"Memtest86.*5\.01", 60)
    lab.machine.wait_console("Pass", 60)
    lab.kill()
