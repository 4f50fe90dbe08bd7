# SPDX-License-Identifier: GPL-2.0-only
"""B sees A's memory in /proc/vmcore: its headers are in order, and pages are where they were."""

import base64
import json

import dumps
from elfcore import ElfCore
from lab import expect
from machine import Failure
from workload import Window

JUMP = "kexec --load-preserve-context /boot/b --initrd=/boot/b.img"
HEAD = 65536        # bytes that hold all headers and notes
LOG_LINE = "this line of the log is A's"


def run(lab):
    a = lab.boot(lab.make_b())
    pages = a.run("corepage put /fill/pages 64").split()
    a.run(f"echo {LOG_LINE!r} >/dev/kmsg")
    note = ElfCore(head(a, "/proc/kcore")).notes["VMCOREINFO"]
    visit(lab, 64, "", pages, note)
    above_4g = "awk -F- '/System RAM/ && length($1) > 8' /proc/iomem"
    if lab.arch == "x86_64":
        a.refuses(f"{JUMP} --elf32-core-headers --append=", "is for two i386 kernels")
    elif a.run(above_4g):
        a.refuses(f"{JUMP} --elf32-core-headers --append=", "an ELF32 elfcorehdr cannot describe")
    else:
        visit(lab, 32, "--elf32-core-headers", pages, note)


def visit(lab, bits, options, pages, note):
    window = Window(lab, options)
    outside = [p for p in pages if not window.first <= int(p.split("=")[1], 16) <= window.last]
    if len(outside) < 8:
        raise Failure(f"only {len(outside)} of A's {len(pages)} pages are outside the window")
    lab.load_b(options=options)
    said = lab.a.run("dmesg")
    lab.visit()
    lab.say(f"ELF{bits}: " + lab.b.run(f"corepage find /proc/vmcore {' '.join(outside)}"))
    headers(lab, bits, window, note)
    expect(said, LOG_LINE, "A's log")
    dumps.whole_log(lab, said)
    lab.home()
    lab.a.run("kexec -u")


def head(guest, path):
    return base64.b64decode(guest.run(f"head -c {HEAD} {path} | base64"))


def headers(lab, bits, window, note):
    """What they say, as readelf on the host and kdump in B read them."""
    data = head(lab.b, "/proc/vmcore")
    dumps.readelf(lab, data, int(lab.b.run("stat -c %s /proc/vmcore")), bits, "KEXECJUMP")
    core = ElfCore(data)
    entry = expect(lab.b.run("cat /proc/cmdline"), r"kexec_jump_back_entry=(0x[0-9a-f]+)", "B")[1]
    if core.notes["VMCOREINFO"] != note or b"OSRELEASE=" not in note:
        raise Failure("VMCOREINFO in /proc/vmcore is not that of A's kernel, byte for byte")
    if core.entry != int(entry, 16):
        raise Failure(f"e_entry is {core.entry:#x}, kexec_jump_back_entry={entry}")
    if core.notes["KEXECJUMP"][:16] != b"kexec-jump rec.\0":
        raise Failure("the jump record's magic is wrong")

    info = json.loads(lab.b.run("kdump info --json"))
    lab.say(f"kdump info: {info}")
    gate = [int(n, 16) for n in info["gate"].split("-")]
    if (gate[0], gate[1] - gate[0] + 1) not in core.loads:
        raise Failure(f"no PT_LOAD is the gate: {core.loads}")
    for key, expected in (("entry", entry), ("window", f"{window.first:#x}-{window.last:#x}"),
                          ("kernel", lab.b.run("uname -r"))):
        if info[key] != expected:
            raise Failure(f"kdump info: {key} is {info[key]}, not {expected}")
    expect(info["core"], f"^ELF{bits}, ", "kdump info")
