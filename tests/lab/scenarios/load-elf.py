# SPDX-License-Identifier: GPL-2.0-only
"""A starts vmlinux, the kernel as an ELF file: one of its own kind, compressed, and, an x86_64 kernel, an i386 one. What
was an EFI kernel stays one."""

import gzip
import os
import shutil

from lab import expect
from machine import Failure


def run(lab):
    others = ("i386-pae",) if lab.arch == "x86_64" else ()
    for arch in (lab.arch, *others):
        files = lab.make_b(arch)
        packed = lab.path("vmlinux.gz")
        with open(os.path.join(lab.kernel_b(arch), "vmlinux"), "rb") as f, gzip.open(packed, "wb", 1) as out:
            shutil.copyfileobj(f, out)
        a = lab.boot({**files, "boot/vmlinux.gz": packed})
        efi = a.run("ls /sys/firmware")
        memory = int(a.run("awk '/MemTotal/ { print $2 }' /proc/meminfo"))
        a.refuses("kexec -l /boot/vmlinux.gz --args-elf", "a Linux kernel cannot boot with that")
        if lab.arch == "x86_64":
            a.refuses("kexec -s -l /boot/vmlinux.gz", "takes bzImages only")
        else:
            a.refuses("kexec -s -l /boot/vmlinux.gz", "an i386 kernel has no kexec_file_load", status=253)
        a.run(f"kexec -l /boot/vmlinux.gz --initrd=/boot/b.img --append='{lab.b_command_line('word=' + arch)}'", 120)
        b = lab.boot_other()
        expect(b.run("uname -m"), "^x86_64$" if arch == "x86_64" else "^i686$", f"uname in B ({arch})")
        expect(b.run("cat /proc/cmdline"), rf"(^| )word={arch}$", "B's command line")
        if arch == "x86_64" and "efi" in efi:
            expect(b.run("ls /sys/firmware"), r"\befi\b", "/sys/firmware in B")
        now = int(b.run("awk '/MemTotal/ { print $2 }' /proc/meminfo"))
        if arch == lab.arch and abs(now - memory) > memory // 20:
            raise Failure(f"the new kernel has {now} kB of memory, the old one had {memory}")
        lab.finish()
