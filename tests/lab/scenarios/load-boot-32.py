# SPDX-License-Identifier: GPL-2.0-only
"""An x86_64 kernel starts an i386 one, by its 32-bit entry."""

from lab import expect

arches = ("x86_64",)


def run(lab):
    for arch in ("i386-pae", "i386"):
        a = lab.boot(lab.make_b(arch))
        expect(a.run("uname -m"), "^x86_64$", "uname in A")
        a.run(f"kexec -l /boot/b --initrd=/boot/b.img --append='{lab.b_command_line()}'", 120)
        b = lab.boot_other()
        expect(b.run("uname -m"), "^i686$", f"uname in B ({arch})")
        lab.finish()
