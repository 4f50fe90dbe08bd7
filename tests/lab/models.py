# SPDX-License-Identifier: GPL-2.0-only
"""The machines that the lab knows, as data: what QEMU is told, and what Linux calls their parts."""

import os
import shutil
from dataclasses import dataclass, field

from machine import Failure, Missing

OVMF = "/usr/share/OVMF"


@dataclass(frozen=True)
class Firmware:
    """A UEFI of package `package`: its code, and the variables that each machine has a copy of."""
    package: str
    code: str
    variables: str

    def arguments(self, folder):
        variables = os.path.join(folder, "firmware.vars")
        for name in self.code, self.variables:
            if not os.path.exists(os.path.join(OVMF, name)):
                raise Missing(f"{OVMF}/{name} is missing: install package {self.package} (tests/setup)")
        if not os.path.exists(variables):
            shutil.copyfile(os.path.join(OVMF, self.variables), variables)
        return ["-drive", f"if=pflash,format=raw,readonly=on,file={OVMF}/{self.code}",
                "-drive", f"if=pflash,format=raw,file={variables}"]


@dataclass(frozen=True)
class Model:
    """A disk is QEMU's device and Linux's name for it. `quiet_net`: what QEMU's user network does
    on a card that no scenario asked for; None: there is no such card."""
    disks: tuple
    nic: str
    arguments: tuple = ()
    firmware: dict = field(default_factory=dict)    # {bits of the kernel: Firmware}
    quiet_net: str = None
    tpm: str = None
    console: str = ""           # words before those of the serial line, which is /dev/console
    seconds: int = 0            # that a boot takes longer than on the PC
    parts: str = "true"         # a script that fails in A when a part of the machine does not work

    def disk(self, number):
        """Linux's name of a disk."""
        return self.disks[number][1]

    def qemu(self, folder, bits, disks=(), cache="writeback", net=None):
        """Arguments for QEMU. A disk is a file, or what -drive shall be told instead; `net` is for
        the network card, as in "restrict=on"."""
        arguments = list(self.arguments)
        if self.firmware:
            arguments += self.firmware[bits].arguments(folder)
        for number, disk in enumerate(disks):
            if number == len(self.disks):
                raise Failure(f"this machine has room for {number} disks")
            drive = disk if "=" in disk else f"file={disk},format=raw,cache={cache}"
            arguments += ["-drive", f"if=none,id=disk{number},{drive}",
                          "-device", f"{self.disks[number][0]},drive=disk{number}"]
        net = self.quiet_net if net is None else net
        if net is not None:
            arguments += ["-netdev", f"user,id=net,{net}".rstrip(","),
                          "-device", f"{self.nic},netdev=net"]
        return arguments


# The default of QEMU: a BIOS, an i440FX, what Linux has known for twenty years.
PC = Model(disks=tuple(("virtio-blk-pci", f"/dev/vd{letter}") for letter in "abc"), nic="e1000")

TODAY = """set -e
grep -q ^efivarfs /proc/mounts || mount -t efivarfs efivarfs /sys/firmware/efi/efivars
ls /sys/firmware/efi/efivars | grep -q ^Boot
grep -q "frame buffer device" /sys/class/vtconsole/*/name
readlink /sys/class/drm/card0/device/driver | grep -q bochs
grep -q '^[0-9A-F]' /sys/class/tpm/tpm0/pcr-sha256/7
ls -d /sys/bus/pci/drivers/e1000e/*/net/* >/dev/null
for try in 1 2 3 4 5 6 7 8 9 10; do
    stick=$(ls /sys/bus/usb/drivers/usb-storage/*/host*/target*/*/block 2>/dev/null) && break
    sleep 1
done
head -c 1048576 "/dev/$stick" >/dev/null"""

# A machine of today. Each disk is of another kind: two of one kind may be found in any order. The
# USB stick is there to be found again after each jump.
Q35 = Model(
    arguments=("-machine", "q35", "-device", "bochs-display",
               "-device", "qemu-xhci,id=usb",
               "-drive", "if=none,id=stick,driver=null-co,size=16M,read-zeroes=on",
               "-device", "usb-storage,bus=usb.0,drive=stick"),
    firmware={"64": Firmware("ovmf", "OVMF_CODE_4M.fd", "OVMF_VARS_4M.fd"),
              "32": Firmware("ovmf-ia32", "OVMF32_CODE_4M.secboot.fd", "OVMF32_VARS_4M.fd")},
    disks=(("nvme,serial=lab", "/dev/nvme0n1"), ("virtio-blk-pci", "/dev/vda")),
    nic="e1000e", quiet_net="restrict=on", tpm="tpm-tis", console="console=tty0", seconds=60, parts=TODAY)

MODELS = {"pc": PC, "q35": Q35}
