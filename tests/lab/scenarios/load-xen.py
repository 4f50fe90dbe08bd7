# SPDX-License-Identifier: GPL-2.0-only
"""A starts Xen 4.17 of Debian 12, by multiboot 2 and by multiboot, with Debian's kernel and an initrd as modules, which
run as dom0. To be run with --cpu max,vendor=GenuineIntel,smap=off: QEMU 7.2 emulates SMAP in a way that no dom0 survives,
however Xen was started. On an EFI machine it is refused: it would find no ACPI."""

import os

import images
from lab import expect

arches = ("x86_64", "i386-pae")


def run(lab):
    xen = os.path.join(images.tool(os.path.join(images.HERE, "deb"), "amd64", "xen-hypervisor-4.17-amd64"),
                       "boot/xen-4.17-amd64.gz")
    files = {**lab.make_b("x86_64"), "boot/xen.gz": xen}
    if lab.options.machine != "pc":
        a = lab.boot(files)
        for kind in ("multiboot2-x86", "multiboot-x86"):
            a.refuses(f"kexec -l /boot/xen.gz --type={kind} --module=/boot/b", "would not find ACPI's tables on this EFI machine")
        return
    for kind in ("multiboot2-x86", "multiboot-x86"):
        a = lab.boot(files)
        a.refuses("kexec -l /boot/xen.gz --module=/boot/none", "/boot/none: cannot open")
        a.run(f"kexec -l /boot/xen.gz --type={kind} --append='console=com1 com1=115200,8n1 word={kind}' "
              f"--module='/boot/b console=hvc0 word={kind}' --module=/boot/b.img", 120)
        b = lab.boot_other(timeout=300)
        expect(b.run("cat /sys/hypervisor/type /sys/hypervisor/version/extra /sys/hypervisor/version/major /sys/hypervisor/version/minor"), r"^xen\n.*\n4\n17$", "B's hypervisor")
        expect(b.run("cat /proc/cmdline"), rf"(^| )word={kind}$", "dom0's command line")
        expect(b.run("dmesg"), "Hypervisor detected: Xen PV", "dom0's log")
        lab.machine.wait_console(rf"Command line: .*word={kind}", 1)
        lab.finish()
