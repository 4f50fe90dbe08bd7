# SPDX-License-Identifier: GPL-2.0-only
"""A starts a unified kernel image with a kernel, an initrd and a command line, by kexec_load(2) and, on x86_64, by
kexec_file_load(2): nothing of it is left in /tmp."""

import os

import images
from lab import expect

MKUKI = os.path.join(images.TOP, "tests", "makers", "mkuki")


def run(lab):
    files = lab.make_b()
    uki = lab.path("uki.efi")
    images.tool(MKUKI, uki, f"machine={0x8664 if lab.arch == 'x86_64' else 0x14c}", f"linux=@{files['boot/b']}",
                f"cmdline={lab.b_command_line('word=packed')}\n", f"initrd=@{files['boot/b.img']}")
    for call in ("-c", "-s") if lab.arch == "x86_64" else ("-c",):
        a = lab.boot({"boot/uki.efi": uki})
        a.run(f"kexec {call} -l /boot/uki.efi", 120)
        expect(a.run("ls -A /tmp | wc -l"), "^0$", "the files in /tmp")
        b = lab.boot_other()
        expect(b.run("cat /proc/cmdline"), r"(^| )word=packed$", f"B's command line ({call})")
        lab.finish()
