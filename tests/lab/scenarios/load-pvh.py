# SPDX-License-Identifier: GPL-2.0-only
"""A starts Debian's x86_64 kernel as the ELF file that is packed in its bzImage, by its PVH entry: an i386 A because it has
no other, an x86_64 A on demand. To be run with --kernel-b stock-generic."""

import lzma
import os
import struct

from lab import expect


def vmlinux(bzimage, path):
    """Unpacks the payload of a bzImage; bytes of the kernel's own follow the ELF file and do no harm."""
    with open(bzimage, "rb") as f:
        image = f.read()
    offset, length = struct.unpack_from("<II", image, 0x248)
    start = (image[0x1f1] + 1) * 512 + offset
    with open(path, "wb") as f:
        f.write(lzma.LZMADecompressor().decompress(image[start:start + length]))
    return path


def run(lab):
    files = lab.make_b("x86_64")
    files["boot/vmlinux"] = vmlinux(os.path.join(lab.kernel_b("x86_64"), "bzImage"), lab.path("vmlinux"))
    a = lab.boot(files)
    option = "--entry-32bit" if lab.arch == "x86_64" else ""
    plan = a.run(f"kexec --dry-run -l /boot/vmlinux {option}")
    expect(plan, r"registers: eax = 0x336ec578, ebx = ", "kexec --dry-run")
    a.run(f"kexec -l /boot/vmlinux {option} --initrd=/boot/b.img --append='{lab.b_command_line('word=pvh')}'", 120)
    b = lab.boot_other()
    expect(b.run("uname -m"), "^x86_64$", "uname in B")
    expect(b.run("cat /proc/cmdline"), r"(^| )word=pvh$", "B's command line")
    expect(b.run("ls /sys/firmware/acpi/tables"), "FACP", "B's tables of ACPI")
