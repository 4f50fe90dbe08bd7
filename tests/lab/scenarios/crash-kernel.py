# SPDX-License-Identifier: GPL-2.0-only
"""A kernel loaded by -p runs when A panics, in its own memory, and finds A's memory and log in /proc/vmcore."""

import base64
import re

import dumps
import images
from elfcore import ElfCore
from lab import expect
from machine import Failure

PAGES = 512
HEAD = 65536        # bytes that hold all headers and notes
READ = 512          # MiB of /proc/vmcore that are read, half of them at its end
MIB = 1 << 20
LOG_LINE = "this line of the log is A's"
LOW = "bs=64k count=7"
LOW_AT = 0x10000
LOAD = "kexec -p /boot/b --initrd=/boot/b.img"
PANIC = "sysrq triggered crash"
CPU_GOES = "echo 0 >/sys/devices/system/cpu/cpu1/online"    # with --hotplug the kernel makes new headers


def run(lab):
    files = lab.make_b()
    crashkernel = "" if "crashkernel=" in lab.options.append else "crashkernel=160M"
    for number, (options, bits) in enumerate(ways(lab)):
        lab.say(f"{LOAD} {options}")
        a = lab.boot(files, append=crashkernel)
        if not number:
            refusals(lab)
        for again in range(3):      # the second one takes the first one's place
            if again == 2:
                a.run("kexec -p -u && kexec -p -S")
            a.run(f"{LOAD} {options} --append='{lab.b_command_line('nr_cpus=1')}'", 120)
            a.run("kexec -p -S", status=1)
        before = Before(lab)
        if "--hotplug" in options:
            a.run(f"{CPU_GOES}; [ ! -e /sys/kernel/crash_elfcorehdr_size ] || "
                  "grep -q 1 /sys/devices/system/cpu/crash_hotplug")
        crash(lab)
        check(lab, before, options, bits or (64 if before.is_high() else 32))


def ways(lab):
    """Options, and the class of the headers; None: by the size of memory."""
    if lab.arch == "x86_64":
        return ("-c", 64), ("-c --hotplug", 64), ("-s", 64)
    return ("", None), ("--elf64-core-headers --pass-memmap-cmdline", 64)


def refusals(lab):
    a = lab.a
    a.refuses(f"{LOAD} --append=\"$(seq -s ' ' 2000)\"", "the command line has [0-9]+ bytes, but this kernel takes")
    a.refuses(f"{LOAD} --mem-max=1M", "leave nothing of the memory reserved for a crash kernel")
    if images.mib(lab.options.mem) <= 1024:
        too_large(lab)
    a.run("kexec -p -S && kexec -S -l")


def too_large(lab):
    """An initrd that is larger than what is free; it has no content, and takes none."""
    lab.a.run("truncate -s 1000M /run/larger")
    for way in ("-c", "-s") if lab.arch == "x86_64" else ("",):
        for verb in "-p", "-l":
            lab.a.refuses(f"kexec {verb} {way} /boot/b --initrd=/run/larger",
                          "no room for the initrd|not enough free memory")
    lab.a.run("rm /run/larger")


class Before:
    """What A knows before it panics."""

    def __init__(self, lab):
        a = lab.a
        self.pages = a.run(f"corepage put /fill/pages {PAGES}").split()
        self.vmcoreinfo = ElfCore(base64.b64decode(a.run(f"head -c {HEAD} /proc/kcore | base64"))).notes["VMCOREINFO"]
        self.ram, self.reserved = [], []
        for start, last, name in re.findall(r"([0-9a-f]+)-([0-9a-f]+) : (.*)", a.run("cat /proc/iomem")):
            where = {"System RAM": self.ram, "Crash kernel": self.reserved}.get(name)
            if where is not None:
                where.append((int(start, 16), int(last, 16)))
        if self.reserved[-1][1] + 1 - self.reserved[-1][0] != int(a.run("kexec --print-ckr-size")):
            raise Failure(f"--print-ckr-size is not the size of {self.reserved}")
        for first, last in re.findall("([0-9a-f]+)-([0-9a-f]+)", a.run("cat /sys/kernel/kexec/crash_cma_ranges || :")):
            self.contiguous(int(first, 16), int(last, 16))
        # What no kernel of ours uses; with STRICT_DEVMEM nobody may see it.
        self.low, status = a.attempt(f"head -c 458752 /dev/urandom >/run/low; dd if=/run/low of=/dev/mem {LOW} seek=1 "
                                     f"conv=notrunc 2>/dev/null; dd if=/dev/mem {LOW} skip=1 2>/dev/null | "
                                     "cmp -s - /run/low && sha256sum </run/low")
        self.sees_low = not status
        a.run(f"echo {LOG_LINE!r} >/dev/kmsg")
        self.log = a.run("dmesg")
        self.kernel = a.run("uname -r")
        self.boot_id = a.run("cat /proc/sys/kernel/random/boot_id")

    def contiguous(self, first, last):
        """crashkernel=SIZE,cma is A's for user memory, and in no dump."""
        self.reserved.append((first, last))
        self.pages = [p for p in self.pages if not first <= int(p.split("=")[1], 16) <= last]

    def is_high(self):
        return self.ram[-1][1] >> 32


def crash(lab, how="echo c >/proc/sysrq-trigger"):
    """A panics; lab.b is the crash kernel then."""
    machine = lab.machine
    machine.scan()
    machine.allow(".*")
    machine.send(f"sync; {how}")
    machine.wait_agent("B", 180)
    machine.scan()
    machine.allowed.pop()
    lab.a = lab.b


def check(lab, before, options, bits):
    b = lab.b
    if b.run("cat /proc/sys/kernel/random/boot_id") == before.boot_id:
        raise Failure("the boot id is A's")
    lab.say(b.run(f"corepage find /proc/vmcore {' '.join(before.pages)}", 120))
    if len(before.pages) < PAGES // 2:
        raise Failure(f"only {len(before.pages)} pages of A are to be found")
    size = int(b.run("stat -c %s /proc/vmcore"))
    skip = max(0, (size >> 20) - READ // 2)
    end = int(b.run(f"dd if=/proc/vmcore bs=1M count={READ // 2} of=/dev/null 2>/dev/null && "
                    f"dd if=/proc/vmcore bs=1M skip={skip} 2>/dev/null | wc -c", 300))
    if end != size - (skip << 20):
        raise Failure(f"/proc/vmcore has {size} bytes, but its end is {end} behind {skip} MiB")
    data = base64.b64decode(b.run(f"head -c {HEAD} /proc/vmcore | base64"))
    headers(lab, before, data, bits)
    if options not in ("-s", "-c --hotplug"):   # the kernel's own headers leave it out
        low_memory(lab, before, data)
    dumps.readelf(lab, data, size, bits, "NT_PRSTATUS")
    dumps.whole_log(lab, before.log)


def headers(lab, before, data, bits):
    core = ElfCore(data)
    if core.bits != bits:
        raise Failure(f"/proc/vmcore is ELF{core.bits}, not ELF{bits}")
    if not core.notes["VMCOREINFO"].startswith(before.vmcoreinfo.rstrip(b"\0")):
        raise Failure("VMCOREINFO in /proc/vmcore is not A's")
    if "CORE" not in core.notes:
        raise Failure("no CPU has left its registers")
    described = pages([load for load in core.loads if load[0] >= MIB])
    expected = pages([(start, last + 1 - start) for start, last in before.ram if start >= MIB])
    for start, last in before.reserved:
        expected -= pages([(start, last + 1 - start)])
    if described != expected:
        raise Failure(f"/proc/vmcore has {len(described - expected)} MiB too much of A's memory and "
                      f"lacks {len(expected - described)}: {core.loads}")
    lab.say(f"ELF{core.bits}: {len(core.loads)} pieces, {len(described)} MiB")


def low_memory(lab, before, data):
    """What the crash kernel itself runs in is there as A had it."""
    where = [offset + LOW_AT - paddr for offset, paddr, size in ElfCore(data).pieces if paddr <= LOW_AT < paddr + size]
    if len(where) != 1:
        raise Failure(f"{len(where)} pieces have A's low memory")
    if before.sees_low:
        now = lab.b.run(f"dd if=/proc/vmcore bs=4k skip={where[0] // 4096} count=112 2>/dev/null | sha256sum")
        if now != before.low:
            raise Failure("A's low memory is not as it was")
        lab.say("A's low memory is as it was")


def pages(pieces):
    """The numbers of the MiB that these (start, size) touch."""
    return set(n for start, size in pieces for n in range(start // MIB, (start + size - 1) // MIB + 1))
