# SPDX-License-Identifier: GPL-2.0-only
"""An i386 kernel starts an x86_64 one: its bzImage, and the same as a zboot image, compressed."""

import os
import subprocess

import images
from lab import expect

arches = ("i386-pae", "i386")


def run(lab):
    files = lab.make_b("x86_64")
    maker = os.path.join(os.path.dirname(images.HERE), "makers", "mkzboot")
    subprocess.run([maker, lab.path("zboot"), files["boot/b"], "xz"], check=True)
    files["boot/zboot"] = lab.path("zboot")
    for name in "b", "zboot":
        a = lab.boot(files)
        expect(a.run("uname -m"), "^i686$", "uname in A")
        a.run(f"kexec -l /boot/{name} --initrd=/boot/b.img --append='{lab.b_command_line()}'", 120)
        b = lab.boot_other()
        expect(b.run("uname -m"), "^x86_64$", f"uname in B ({name})")
        lab.finish()
