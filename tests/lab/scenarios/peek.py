# SPDX-License-Identifier: GPL-2.0-only
"""Each kernel reads and writes the other's memory: a number that one of them keeps is found by the other, changed, and
seen changed by the first; both logs and symbols are readable from the other side; what may not be touched is refused
before any byte is written; B's memory as a core is one that others' tools open."""

import os
import subprocess

import dumps
import images
from elfcore import ElfCore
from lab import expect
from machine import Failure

FOREIGN = 0xa0000       # the screen: nobody's RAM
UNUSED = 0x40000        # no kernel uses it
GATE_SIZE = 0x10000     # include/purgatory_abi.h
STEP = 31       # of so many pages one is told of: the console is slow
LINE = "this line of the log is"


def run(lab):
    dumps.unpacked(lab)       # before all else: it may not be to be had
    sbin = os.path.join(images.programs(lab.arch), "tree", "sbin")
    programs = {f"sbin/{name}": os.path.join(sbin, name) for name in ("kimgcore", "oldmem")}
    disk = images.empty_disk(lab.path("core.img"), 512)
    a = lab.boot({**lab.make_b(files=programs), **programs}, disks=[disk])
    a.refuses("kimgcore info", "nothing is loaded")
    a.refuses("oldmem info", "/proc/vmcore.*only a kernel that was jumped to")
    a.run(f"echo {LINE} A >/dev/kmsg")
    lab.load_b()
    lab.say(a.run("kimgcore info"))
    a.refuses("kimgcore dmesg", "has not run yet")
    numbers_of_a = Numbers(a, "in A", 40000)
    window = window_of(a)
    ram = a.run("sed -n 's/.*-\\([0-9a-f]*\\) : System RAM$/\\1/p' /proc/iomem").split()
    lab.last_page = int(ram[-1], 16) + 1 - 4096
    for n in range(1, lab.rounds + 1):
        lab.say(f"round {n}")
        in_a_now = sample(lab, numbers_of_a, window, n)
        numbers_of_a.know(in_a_now)
        said = a.run("dmesg")
        lab.visit()
        if n == 1:
            numbers_of_b = Numbers(lab.b, "in B", 640)
            lab.b.run(f"echo {LINE} B >/dev/kmsg; hostname the-second")
        numbers_of_b.check()
        in_b(lab, numbers_of_a, in_a_now, said)
        in_b_now = sample(lab, numbers_of_b, window, n)
        numbers_of_b.know(in_b_now)
        said = lab.b.run("dmesg")
        lab.home()
        numbers_of_a.check()
        in_a(lab, numbers_of_b, in_b_now, said)
    if not lab.options.module:
        load_again(lab, numbers_of_b)
        low_memory(lab)
    save(lab, disk)


class Numbers:
    """Pages of random numbers in one of the kernels, whose addresses it tells."""

    def __init__(self, guest, where, count):
        self.guest = guest
        self.where = where
        told = guest.run(f"mkdir -p /fill; grep -q ' /fill ' /proc/mounts || mount -t tmpfs -o size=0 tmpfs /fill\n"
                         f"corepage put /fill/numbers {count} | awk 'NR % {STEP} == 1' && dd if=/dev/urandom of=/fill/numbers bs=64k "
                         f"count={count // 16} conv=notrunc 2>/dev/null", 300)
        self.pages = {int(page.split("=")[0]): int(page.split("=")[1], 16) for page in told.split()}
        self.sums = {}

    def sum(self, index):
        """Of one page, as it is for its own kernel now."""
        return self.guest.run(f"dd if=/fill/numbers bs=4096 skip={index} count=1 2>/dev/null | md5sum").split()[0]

    def check(self):
        """Each page that was looked at is what was last written to it, by whichever side."""
        for index, expected in self.sums.items():
            if self.sum(index) != expected:
                raise Failure(f"page {index} {self.where}, at {self.pages[index]:#x}, "
                              "is not what was written there last")

    def know(self, indexes):
        """What is in these pages, before the other kernel looks at them."""
        self.sums.update((i, self.sum(i)) for i in indexes if i not in self.sums)


def sample(lab, numbers, window, n):
    """Some pages in the window, where there are, and some that are not."""
    inside = [i for i, page in numbers.pages.items() if window[0] <= page <= window[1]]
    outside = [i for i, page in numbers.pages.items() if not window[0] <= page <= window[1]]
    lab.say(f"   {numbers.where}: {len(inside)} pages in the window, {len(outside)} are not")
    return [part[(7 * n + 13 * k) % len(part)] for part in (inside, outside) if part for k in range(3)]


def exchange(guest, program, numbers, indexes, way=""):
    """What the one side has is read by the other, changed, in the `way` that is told, and read again."""
    for i in indexes:
        at = f"{numbers.pages[i]:#x}"
        found = guest.run(f"{program} read {at} 4096 | md5sum").split()[0]
        if found != numbers.sums[i]:
            raise Failure(f"{program} read {at}: not the page {i} {numbers.where}")
        numbers.sums[i] = guest.run(f"head -c 4096 /dev/urandom >/run/new && {program} write {at} </run/new 2>/run/said && "
                                    f"case $(cat /run/said) in *'{way}'*) ;; *) exit 99 ;; esac && {program} read {at} 4096 | cmp - /run/new && md5sum </run/new").split()[0]


def window_of(a):
    match = expect(a.run("kimgcore info"), r"window +0x([0-9a-f]+)-0x([0-9a-f]+)", "kimgcore info")
    return int(match[1], 16), int(match[2], 16)


def gates_of(a):
    """A's and B's, which has stood in B's memory since B left."""
    info = a.run("kimgcore info")
    return tuple(int(expect(info, pattern, "kimgcore info")[1], 16) & ~0xfff
                 for pattern in (r"gate +0x([0-9a-f]+)-", r"way back +0x([0-9a-f]+)"))


def way(lab):
    """How A's kernel lets B's memory be written."""
    if lab.options.module:
        return "by the module kexec_jump"
    return "by loading the image again" if lab.options.kernel.endswith("-strict") else "in place"


def in_gate(page, gate):
    return gate <= page < gate + GATE_SIZE


def in_b(lab, numbers, indexes, said):
    b = lab.b
    exchange(b, "oldmem", numbers, indexes)
    same_log(b.run("oldmem dmesg"), said, "A")
    banner(b, "oldmem", "A")
    b.refuses(f"oldmem read {FOREIGN:#x} 16", "was not RAM of the kernel that jumped here")
    b.refuses(f"echo no | oldmem write {FOREIGN:#x}", "was not RAM of the kernel that jumped here")
    b.refuses("oldmem read nobody_calls_it_so 16", "the kernel does not know it")
    b.refuses("oldmem read --virtual 4096 16", "is not mapped")
    b.run("oldmem write", status=1)
    edge = f"{lab.last_page:#x}"
    before = b.run(f"oldmem read {edge} 4096 | md5sum")
    b.refuses(f"head -c 8192 /dev/zero | oldmem write {edge}", "was not RAM of the kernel that jumped here")
    if b.run(f"oldmem read {edge} 4096 | md5sum") != before:
        raise Failure("oldmem write changed memory before it refused")


def in_a(lab, numbers, indexes, said):
    a, window = lab.a, window_of(lab.a)
    gates = gates_of(a)
    exchange(a, "kimgcore", numbers, [i for i in indexes if not in_gate(numbers.pages[i], gates[1])], way(lab))
    for at in (gates[1], gates[1] + GATE_SIZE - 4096):
        a.refuses(f"kimgcore read {at:#x} 16", "is in a gate now")
    for at in gates:
        a.refuses(f"head -c 16 /dev/zero | kimgcore write {at:#x}", "is in a gate now")
    same_log(a.run("kimgcore dmesg"), said, "B")
    banner(a, "kimgcore", "B")
    beyond = window[1] + 1
    a.refuses(f"kimgcore read {beyond:#x} 16", "is not memory of the loaded kernel")
    before = a.run(f"kimgcore read {beyond - 4096:#x} 4096 | md5sum")
    a.refuses(f"head -c 8192 /dev/zero | kimgcore write {beyond - 4096:#x}", "is not memory of the loaded kernel")
    if a.run(f"kimgcore read {beyond - 4096:#x} 4096 | md5sum") != before:
        raise Failure("kimgcore write changed memory before it refused")


def load_again(lab, numbers):
    """Where nobody may write to A's memory, B is loaded once more, with the change in it, and does not notice."""
    a = lab.a
    gate = gates_of(a)[1]
    index = next(i for i, page in numbers.pages.items() if not in_gate(page, gate))
    at = f"{numbers.pages[index]:#x}"
    a.run("mv /dev/mem /dev/no-mem && head -c 4096 /dev/urandom >/run/new && mkdir /full && mount -t tmpfs -o size=0 tmpfs /full && "
          "dd if=/dev/zero of=/full/full bs=1M count=$(awk '/^MemAvailable/ { print int($2 / 1024) - 32 }' /proc/meminfo) "
          "2>/dev/null", 300)
    a.refuses(f"kimgcore write {at} </run/new", "needs [0-9.]+ MiB.*is available.*has to be loaded again to be changed", timeout=300)
    a.run("umount /full")
    for _ in range(2):      # what was loaded again may be loaded again
        expect(a.run(f"kimgcore write {at} </run/new 2>&1", 300), "by loading the image again", "kimgcore write")
    a.run(f"mv /dev/no-mem /dev/mem && kimgcore read {at} 4096 | cmp - /run/new")
    numbers.sums[index] = a.run("md5sum </run/new").split()[0]
    lab.visit()
    numbers.check()
    lab.home()


def low_memory(lab):
    """What the kernel lets be read, with CONFIG_STRICT_DEVMEM, is not what is there."""
    lab.a.run(f"head -c 4096 /dev/urandom >/run/new && kimgcore write {UNUSED:#x} </run/new 2>/run/said && "
              f"grep -q '{way(lab)}' /run/said && kimgcore read {UNUSED:#x} 4096 | cmp - /run/new", 300)


def same_log(found, said, whose):
    """Every line that a kernel's own dmesg had is found from the other side."""
    lines = set(line.strip() for line in found.splitlines())
    if not any(f"{LINE} {whose}" in line for line in lines):
        raise Failure(f"the log has {len(lines)} lines, but not \"{LINE} {whose}\"")
    missing = [line for line in said.splitlines() if line.strip() not in lines]
    if missing:
        raise Failure(f"the log lacks {len(missing)} of {whose}'s lines, as: {missing[0].strip()}")


def banner(guest, program, whose):
    """By a symbol that is not in VMCOREINFO: through the kernel's own table of symbols."""
    if guest.attempt("grep -q ' linux_banner$' /proc/kallsyms")[1]:     # both are kernels of one kind
        guest.refuses(f"{program} read linux_banner 14", "need a kernel with CONFIG_KALLSYMS_ALL")
        return
    text = guest.run(f"{program} read linux_banner 14")
    if text != "Linux version":
        raise Failure(f"{program} read linux_banner, of {whose}: {text}")


def save(lab, disk):
    """B's memory as a core: makedumpfile reads its log, readelf its headers, gdb a variable."""
    a = lab.a
    lab.say(a.run(f"kimgcore save --compress /run/b.image && kdump dmesg /run/b.image | tail -n 1; rm /run/b.image", 300))
    a.run(f"kimgcore save - | dd of={lab.disk()} bs=64k 2>/dev/null && sync", 300)
    lab.finish()
    lab.kill()
    with open(disk, "rb") as f:
        core = ElfCore(f.read(65536))
    if b"OSRELEASE=" not in core.notes["VMCOREINFO"] or not core.entry:
        raise Failure("the core has no VMCOREINFO or no entry")
    read = subprocess.run(["readelf", "-aW", disk], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    expect(read.stdout, r"Type:\s+CORE", "readelf")
    os.truncate(disk, core.end)
    dumps.read(lab, disk, f"{LINE} B")
    dumps.hostname(lab, disk, "the-second")
