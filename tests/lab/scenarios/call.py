# SPDX-License-Identifier: GPL-2.0-only
"""Programs are called in physical mode and return: the BIOS tells its memory map, twenty times a thousand answers, equal
to what Linux has from it, and its VBE; a program finds the CPU as promised and keeps its memory between calls. A's memory
is as it was. What cannot work is refused."""

import os
import struct
import subprocess

import images
from lab import expect
from machine import Failure
from workload import Workload

TYPES = {"System RAM": 1, "Reserved": 2, "ACPI Tables": 3, "ACPI Non-volatile Storage": 4}
LOOP = "\n".join((
    ".globl _start", "_start:", "incl count", "mov count, %eax", "ret", ".data", "count: .long 0", ""))
ELF = "\n".join((
    ".globl _start", "_start:", "mov (%esi), %eax", "add %ecx, %eax", "mov %eax, (%esi)", "mov $0x12345678, %edx", "stc",
    "ret", ""))


def run(lab):
    tree = os.path.join(images.programs(lab.arch), "tree")
    files = {f"boot/{name}.bin": os.path.join(tree, "examples", f"{name}.bin") for name in ("e820", "vbe", "cpustate")}
    files |= {"boot/elf": images.elf32(lab.path("elf"), "0x3000000", ELF), "boot/elf-high": images.elf32(lab.path("elf-high"), "0xe0000000", ELF),
              "boot/loop": images.elf32(lab.path("loop"), "0x3000000", LOOP)}
    efi = lab.options.machine != "pc"
    work = Workload(lab)
    a = lab.boot({**lab.make_b(), **files}, disks=[work.disk],
                 more=() if efi else ("-device", "VGA"))
    work.start()
    call = f"kexec --call {lab.via()}"
    state(lab, call)
    output = a.run(f"printf '\\001\\002\\003\\004' >/run/in && {call} /boot/elf --in=/run/in --out=/run/out && "
                   "od -An -tx4 /run/out")
    expect(output, r"edx=12345678.*eflags=.{7}[13579bdf]\s+04031201", "the ELF program")
    if efi:
        a.refuses(f"{call} --real-mode /boot/e820.bin", "booted by EFI firmware")
    else:
        bios(lab, call)
    again(lab)
    refusals(a, call)
    work.check()
    a.run(lab.model.parts)
    work.finish()


def words(text):
    return [int(word, 16) for word in text.split()]


def state(lab, call):
    """The CPU as it is promised: flat segments, paging off, interrupts off."""
    out = lab.a.run(f"{call} /boot/cpustate.bin --out=/run/out && od -An -v -tx4 -N 76 /run/out")
    first, _, rest = out.partition("\n")
    expect(first, r"eax=00000001 ", "cpustate")
    cr0, _, cr4, eflags, _, *segments = words(rest)[:11]
    eax, ebx, ecx, edx, esi, edi, ebp, count = words(rest)[11:]
    if cr0 & 0x80000001 != 1 or cr4 & 0x20 or eflags & 0x200 or segments != [0x10] + [0x18] * 5:
        raise Failure(f"a program is entered with {rest}")
    if (eax, edx, edi, ebp, ecx, count) != (0, 0, 0, 0, 4096, 1) or not ebx or not esi:
        raise Failure(f"a program is entered with the registers {rest}")


def bios(lab, call):
    a = lab.a
    expected = firmware(a)
    a.run("printf '\\350\\003' >/run/in")       # a thousand
    for n in range(20):
        out = a.run(f"head -c 4096 /dev/zero | dd of=/run/in bs=1 seek=2 2>/dev/null; {call} --real-mode /boot/e820.bin "
                    "--in=/run/in --out=/run/out && base64 /run/out", 120)
        count = int(expect(out, r"eax=([0-9a-f]{8})", "e820")[1], 16)
        data = subprocess.run(["base64", "-d"], input=out.split("\n", 1)[1].encode(), stdout=subprocess.PIPE,
                              check=True).stdout
        found = [struct.unpack_from("<QQI", data, 20 * i) for i in range(count)]
        if merged((start, start + size - 1, kind) for start, size, kind in found if size) != expected:
            raise Failure(f"call {n + 1}: the BIOS says {found}, /sys/firmware/memmap {expected}")
    lab.say(f"   E820: {len(found)} entries, as Linux has them")
    out = a.run(f"{call} --real-mode /boot/vbe.bin --out=/run/out && head -c 4 /run/out")
    expect(out, r"eax=....004f", "vbe")
    expect(out, r"VESA$", "vbe")


def firmware(a):
    entries = a.run("cd /sys/firmware/memmap; for i in *; do echo $(cat $i/start) $(cat $i/end) $(cat $i/type); done")
    return merged((int(s, 16), int(e, 16), TYPES[kind]) for s, e, kind in
                  (line.split(" ", 2) for line in entries.splitlines()))


def merged(entries):
    joined = []
    for start, last, kind in sorted(entries):
        if joined and joined[-1][1] + 1 == start and joined[-1][2] == kind:
            joined[-1][1] = last
        else:
            joined.append([start, last, kind])
    return joined


def again(lab):
    """Loaded once, called several times, as the old command lines have it: its memory stays its own."""
    a = lab.a
    a.run(f"kexec --load-preserve-context {lab.via()} --args-none /boot/loop")
    for n in range(1, 6):
        expect(a.run("kexec -e"), rf"eax={n:08x} ", f"call {n}")
    a.run("kexec -u")


def refusals(a, call):
    a.refuses(f"{call} /boot/b", "a Linux kernel")
    a.refuses(f"{call} /boot/elf-high", "is not memory that it may have")
    a.refuses(f"{call} --real-mode /boot/elf", "EFI firmware|takes a flat binary")
    a.refuses(f"head -c 70000 /dev/zero >/run/big; {call} /boot/elf --in=/run/big", "more than a program can be given")
    a.run("(printf '\\177ELF\\002\\001\\001'; head -c 200 /dev/zero) >/run/wide")
    a.refuses(f"{call} /run/wide", "a 64-bit program")
    a.refuses("kexec -e", "nothing is loaded")
