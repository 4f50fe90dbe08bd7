# SPDX-License-Identifier: GPL-2.0-only
"""The image is on a partition of a USB disk, which is found late and by its PARTUUID."""

import struct

import images
from hibernate import Hibernator, room
from workload import Workload

FIRST = 2048                    # the partition's first sector
SIGNATURE = 0x4d7a1f0e


def partitioned_disk(path, mib):
    """One partition, in an MBR."""
    images.empty_disk(path, mib)
    entry = struct.pack("<8sII", bytes([0, 0, 2, 0, 0x83, 0, 0, 0]), FIRST, mib * 2048 - FIRST)
    with open(path, "r+b") as f:
        f.seek(440)
        f.write(struct.pack("<IH", SIGNATURE, 0) + entry + bytes(48) + b"\x55\xaa")
    return path


def run(lab):
    work = Workload(lab)
    disk = partitioned_disk(lab.path("usb.img"), room(lab))
    target = f"PARTUUID={SIGNATURE:08x}-01"
    h = Hibernator(lab, target, disks=[work.disk], devices=[
        "-device", "qemu-xhci", "-drive", f"if=none,id=usb,file={disk},format=raw,cache=writeback",
        "-device", "usb-storage,drive=usb"])
    a = h.boot()
    a.run(f"kexec-hibernate setup --image {target} --initrd /boot/b.img", 120)
    work.start()
    for n in range(1, lab.rounds + 1):
        lab.say(f"round {n}: " + h.now())
        work.check()
    work.finish()
