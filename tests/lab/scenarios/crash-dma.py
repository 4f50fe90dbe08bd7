# SPDX-License-Identifier: GPL-2.0-only
"""B crashes while a device writes to memory that is A's a moment later: the network floods its card, or QEMU's edu device
has just begun to write to a page of A's. No page of A's is damaged; without the step that stops devices, some are: the
last rounds show it."""

import errno
import os
import re
import time

import images
from flood import Flood
from lab import expect
from machine import Failure
from workload import Workload

GATE_SIZE, GATE_PARAMS, FLAGS = 0x10000, 0x80, 24     # include/purgatory_abi.h
STOP_CPUS = 0x80
MAGIC = "6578656b 756a2d63 6720706d 00657461"       # the first bytes of the parameters
TRIES = 8       # the device may be done before A's page is back


def run(lab):
    for way in Card(), Edu():
        work = boot(lab, way)
        for n in range(1, lab.rounds + 1):
            lab.say(f"{way.name}, round {n}")
            status = crash(lab, way, prepare(lab, way))
            if status != 254:
                raise Failure(f"kexec -e ended with status {status}")
            work.check()
            lab.a.run("kexec -u")
        lab.finish()
        without(lab, way)
        lab.kill()


def boot(lab, way):
    drivers = os.path.dirname(images.modules(lab.options.kernel_b, lab.arch)[-1])
    work = Workload(lab)
    lab.boot(lab.make_b(files={f"lib/{name}": os.path.join(drivers, name) for name in ("dma.ko", "poke.ko")}),
             disks=[work.disk], more=way.device)
    work.start("--return-on-panic")
    way.choose(lab, work.window)
    return work


class Card:
    """B gets what it cannot take in time, and the card goes on writing to B's buffers."""

    name = "network"

    def __init__(self):
        self.flood = Flood()
        self.device = self.flood.card

    def choose(self, lab, window):
        pass

    def begin(self, lab):
        """What B does to crash, then."""
        self.flood.connect(lab.b)
        self.flood.begin(lab.b)
        return "echo c >/proc/sysrq-trigger"

    def end(self):
        self.flood.end()


class Edu:
    """Takes a tenth of a second to write to the page of A's that is back first."""

    name = "edu"
    device = ("-device", "edu,dma_mask=0xffffffff")

    def choose(self, lab, window):
        said = lab.a.run(f"memfill check {window.first:#x}-{window.last:#x}", 300)
        self.page = expect(said, "the lowest at (0x[0-9a-f]+)", "memfill")[1]

    def begin(self, lab):
        return f"insmod /lib/dma.ko at={self.page}"

    def end(self):
        pass


def prepare(lab, way, step=True):
    """What B, which is there, does to crash."""
    lab.load_b(options="--return-on-panic")
    lab.visit()
    if not step:
        forget(lab.b)
    what = way.begin(lab)
    lab.machine.check_log(lab.b.run("dmesg -c"), "B's log")
    return what


def crash(lab, way, what):
    """The status of kexec -e in A, when the device is done."""
    machine = lab.machine
    lab.losing()
    machine.send(what)
    _, status = machine.result(lab.jumping, 120, "kexec -e")
    time.sleep(1)
    way.end()
    machine.scan()
    machine.allowed.pop()
    return status


def without(lab, way):
    """A has damaged pages, or does not even come so far."""
    for _ in range(TRIES):
        lab.say(f"{way.name}, without the step")
        what = prepare(lab, way, step=False)
        lab.machine.allow(".*")
        try:
            status = crash(lab, way, what)
            output, _ = lab.a.attempt("memfill check", 60)
        except Failure as failure:
            output = str(failure)
        else:
            expect(str(status), "^0$", "kexec -e, which is not told of a crash,")
        finally:
            way.end()
        lab.say(f"   A: {output.splitlines()[0]}")
        if re.match(r"[1-9]\d* of \d+ pages damaged", output) or "the machine reset or stopped" in output:
            return
        if not re.match(r"0 of \d+ pages damaged", output):
            raise Failure(f"without the step: {output}")
        lab.a.run("kexec -u")
    raise Failure("A goes on without the step, too: this shows nothing")


def forget(b):
    """Has B's gate for a crash forget what it is for: the flag in it goes, and with it the step. B's kernel itself does not
    write there."""
    place = re.search(r"crashkernel=1M@0x([0-9a-f]+)", b.run("cat /proc/cmdline"))
    flags = int(place[1], 16) + (1 << 20) - GATE_SIZE + GATE_PARAMS + FLAGS     # the highest place in it
    b.run(f"insmod /lib/poke.ko at={flags:#x} word={STOP_CPUS:#x}", status=errno.EAGAIN)
    params = b.run(f"dd if=/dev/mem bs=4 skip={(flags - FLAGS) // 4} count={FLAGS // 4 + 1} 2>/dev/null | od -An -v -tx4")
    expect(params, rf"(?s)^{MAGIC}.*\s{STOP_CPUS:08x}\s*$", "the memory of B's gate")
