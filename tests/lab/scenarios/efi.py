# SPDX-License-Identifier: GPL-2.0-only
"""A kernel that was started by kexec -l has the firmware's EFI, and so has the last of many."""

import images
from lab import expect
from machine import Failure

machines = ("q35",)
arches = ("x86_64",)

# What the firmware gave, but for the names of variables that it makes anew.
FACTS = r"""set -e
cd /sys/firmware/efi
[ -e efivars/. ] && { mountpoint -q efivars || mount -t efivarfs none efivars; }
cat fw_platform_size config_table fw_vendor
grep -r . runtime-map | sort
ls efivars | grep -c ^Boot
cat /sys/class/dmi/id/sys_vendor
dd if=/sys/kernel/boot_params/data bs=1 skip=492 count=1 2>/dev/null | od -An -tx1"""
LOAD = "kexec -l /mnt/b --initrd=/mnt/b.img --append='{}'"


def memory(guest):
    return int(guest.run("awk '/MemTotal/ { print $2 }' /proc/meminfo"))


def run(lab):
    disk = images.ext4_disk(lab.path("disk.img"), 128)
    a = lab.boot(lab.make_b(), disks=[disk])
    a.run(f"mount {lab.disk()} /mnt && cp /boot/b /boot/b.img /mnt && sync", 120)
    first, ram = a.run(FACTS), memory(a)
    expect(a.run(LOAD.format("") + " --dry-run"), r"\nEFI: handed over, [0-9]+ regions", "the plan")
    expect(a.run(LOAD.format("") + " --dry-run --noefi"), r"\nEFI: left out: --noefi", "the plan")
    for number in range(lab.rounds):
        a.run(LOAD.format(lab.b_command_line()) + " && umount /mnt", 120)
        a = lab.boot_other()
        now = a.run(FACTS)
        if now != first:
            raise Failure(f"kernel {number + 1} has another EFI: {' '.join(now.split())[-200:]}")
        lab.check_log(a.run("dmesg"), f"the log of kernel {number + 1}")
        a.run(f"mkdir -p /mnt && mount {lab.disk()} /mnt")
    if abs(memory(a) - ram) > ram // 100:
        raise Failure(f"the last kernel has {memory(a)} kB of memory, the first had {ram}")
    a.run(LOAD.format(lab.b_command_line()) + " --noefi && umount /mnt", 120)
    b = lab.boot_other()
    b.run("[ ! -e /sys/firmware/efi ] && [ -e /sys/firmware/acpi/tables/FACP ]")
