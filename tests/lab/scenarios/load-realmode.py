# SPDX-License-Identifier: GPL-2.0-only
"""What begins in real mode is started by --real-mode: Debian's iPXE, which runs its command line; memdisk, from whose
floppy a boot sector reads a second one by the BIOS; and a kernel, whose setup code asks the BIOS for its memory. The BIOS'
screen is the serial line. On an EFI machine it is refused."""

import os
import subprocess

import images
from lab import expect

SECTOR = 512
FLOPPY = 2880 * SECTOR
# Reads the second sector by INT 13h to where it will be looked for, and writes it to the serial port.
BOOT_SECTOR = r"""
    .code16
    .globl _start
_start:
    xor %ax, %ax
    mov %ax, %ds
    mov %ax, %es
    mov %ax, %ss
    mov $0x7c00, %sp
    mov $0x0201, %ax
    mov $0x0002, %cx
    mov $0x00, %dh
    mov $0x8000, %bx
    int $0x13
    jc stop
    mov $0x8000, %si
    cld
next:
    lodsb
    test %al, %al
    jz stop
    mov %al, %bl
ready:
    mov $0x3fd, %dx
    in %dx, %al
    test $0x20, %al
    jz ready
    mov $0x3f8, %dx
    mov %bl, %al
    out %al, %dx
    jmp next
stop:
    hlt
    jmp stop
    .org 510
    .word 0xaa55
"""


def make_floppy(path):
    with open(f"{path}.S", "w", encoding="ascii") as f:
        f.write(BOOT_SECTOR)
    images.tool("gcc", "-m32", "-nostdlib", "-static", "-no-pie", "-Wl,--build-id=none", "-Wl,-Ttext=0x7c00",
                "-Wl,--oformat=binary", "-o", path, f"{path}.S")
    with open(path, "r+b") as f:
        f.truncate(FLOPPY)
        f.seek(SECTOR)
        f.write(b"\r\nread by the BIOS from memdisk's floppy\r\n\0")
    subprocess.run(["gzip", "-kf", path], check=True)
    return path


def debian(package, path):
    return os.path.join(images.tool(os.path.join(images.HERE, "deb"), "amd64", package), path)


def run(lab):
    files = {**lab.make_b(), "boot/ipxe": debian("ipxe", "usr/lib/ipxe/ipxe.lkrn"),
             "boot/memdisk": debian("syslinux-common", "usr/lib/syslinux/memdisk"),
             "boot/floppy": make_floppy(lab.path("floppy"))}
    if lab.options.machine != "pc":
        a = lab.boot(files)
        a.refuses("kexec -l /boot/ipxe", "16-bit entry only.*EFI firmware")
        a.refuses("kexec -l /boot/ipxe --real-mode", "booted by EFI firmware")
        a.refuses("kexec -l /boot/b --real-mode", "booted by EFI firmware")
        return
    bios = ("-machine", "graphics=off")
    a = lab.boot(files, more=bios)
    a.refuses("kexec -l /boot/ipxe", "it has a 16-bit entry only")
    a.refuses("kexec -l /boot/memdisk", "it has a 16-bit entry only")
    a.run("kexec -l /boot/ipxe --real-mode --append='echo read from the command line'")
    lab.machine.send("kexec -e")
    lab.machine.wait_console("iPXE initialising devices", 60)
    lab.machine.wait_console("\nread from the command line", 60)

    a = lab.boot(files, more=bios)
    a.run("kexec -l /boot/memdisk --real-mode --initrd=/boot/floppy --append=floppy")
    lab.machine.send("kexec -e")
    lab.machine.wait_console("MEMDISK 6.04", 60)
    lab.machine.wait_console("read by the BIOS from memdisk's floppy", 60)

    a = lab.boot(files, more=bios)
    memory = a.run("grep 'System RAM' /proc/iomem")
    a.run(f"kexec -l /boot/b --real-mode --initrd=/boot/b.img --append='{lab.b_command_line('word=real')}'", 120)
    b = lab.boot_other()
    expect(b.run("cat /proc/cmdline"), "word=real", "B's command line")
    expect(b.run("grep 'System RAM' /proc/iomem"), f"^{memory}$", "B's memory")
    expect(b.run("dmesg"), "BIOS-provided physical RAM map", "B's log")
    lab.finish()
