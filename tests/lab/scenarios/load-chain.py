# SPDX-License-Identifier: GPL-2.0-only
"""kexec -l many times in a row: what the firmware gave does not get less from one kernel to the next."""

import re

import images
from lab import expect
from machine import Failure

# Nodes of setup_data that are made anew for each kernel: memory map, EFI, seed.
FACTS = r"""set -e
cd /sys/firmware/memmap
for n in $(ls | sort -n); do echo "map $(cat $n/start $n/end $n/type | tr '\n' ' ')"; done
cd /sys/kernel/boot_params
for n in $(ls setup_data 2>/dev/null); do
    type=$(cat setup_data/$n/type)
    case $type in 0x1|0x4|0x9) ;; *) echo "node $type $(sha256sum <setup_data/$n/data)" ;; esac
done | sort
part() { echo "$1 $(dd if=data bs=1 skip=$(($2)) count=$(($3)) 2>/dev/null | od -An -v -tx1 | tr -d ' \n')"; }
part screen 6 52
part ist 0x60 16
part edd 0x1e9 2
part disks 0xd00 492
part signatures 0x290 64
part secure_boot 0x1ec 1
for f in sys_vendor product_name; do echo "dmi $(cat /sys/class/dmi/id/$f 2>/dev/null)"; done
for f in /sys/firmware/acpi/tables/[A-Z]*; do echo "acpi $(sha256sum <$f) ${f##*/}"; done"""
SEED = "cat /sys/kernel/boot_params/setup_data/*/type | grep -qx 0x9"      # the kernel wipes it
LOAD = "kexec -l /mnt/b --initrd=/mnt/b.img --append='{}' && umount /mnt"


def ram(guest):
    """Bytes of System RAM that a kernel has."""
    areas = re.findall(r"^([0-9a-f]+)-([0-9a-f]+) : System RAM$", guest.run("cat /proc/iomem"), re.M)
    return sum(int(last, 16) - int(start, 16) + 1 for start, last in areas)


def facts(lab, guest):
    """DMI comes with EFI, which an i386 kernel cannot hand on, as it says."""
    said = guest.run(FACTS).splitlines()
    return said if lab.arch == "x86_64" or lab.options.machine == "pc" else [line for line in said if line[:3] != "dmi"]


def run(lab):
    disk = images.ext4_disk(lab.path("disk.img"), 128)
    a = lab.boot(lab.make_b(), disks=[disk])
    a.run(f"mount {lab.disk()} /mnt && cp /boot/b /boot/b.img /mnt && sync", 120)
    first, memory = facts(lab, a), ram(a)
    # Nothing is equal to nothing, too.
    for what in (r"map 0x\S+ 0x\S+ \S", r"acpi [0-9a-f]{64} ", r"screen 0*[1-9a-f]", *([r"disks 0*[1-9a-f]"] if lab.options.machine == "pc" else [])):
        expect("\n".join(first), f"(?m)^{what}", "the first kernel")
    for number in range(2, lab.rounds + 2):
        a.run(LOAD.format(lab.b_command_line()), 120)
        a = lab.boot_other()
        now = facts(lab, a)
        if now != first:
            other = [line[:120] for line in set(now) ^ set(first)]
            raise Failure(f"kernel {number} was given something else: {other}")
        lab.say(f"kernel {number}: {ram(a) >> 10} KiB of RAM, the first had {memory >> 10}")
        if ram(a) != memory:
            raise Failure(f"kernel {number} has {ram(a)} bytes of RAM, the first had {memory}")
        a.run(SEED)
        lab.check_log(a.run("dmesg"), f"the log of kernel {number}")
        a.run(f"mkdir -p /mnt && mount {lab.disk()} /mnt")
