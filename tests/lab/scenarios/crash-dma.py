# SPDX-License-Identifier: GPL-2.0-only
"""B crashes while the network floods its card, which goes on writing what it gets into B's buffers, A's memory a
moment later. No page of A's is damaged; without the step that stops devices, some are: the last round shows it, on
i386."""

import re
import socket
import threading
import time

import images
from lab import expect
from machine import Failure
from workload import Workload

GATE_SIZE, GATE_PARAMS, FLAGS = 0x10000, 0x80, 24     # include/purgatory_abi.h
STOP_CPUS = "\\200\\000\\000\\000"


class Flood(threading.Thread):
    """Datagrams to a port of the host that QEMU passes on to the guest, until it is stopped."""

    def __init__(self):
        super().__init__(daemon=True)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        self.on = threading.Event()
        self.start()

    def run(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            while True:
                self.on.wait()
                for _ in range(20):
                    s.sendto(b"\xdb" * 1400, ("127.0.0.1", self.port))
                time.sleep(0.002)


def run(lab):
    flood = Flood()
    work = Workload(lab)
    a = lab.boot(lab.make_b(), disks=[work.disk], more=(
        "-netdev", f"user,id=flood,hostfwd=udp:127.0.0.1:{flood.port}-10.0.2.15:9",
        "-device", "virtio-net-pci,netdev=flood"))
    work.start("--return-on-panic")
    for n in range(1, lab.rounds + 1):
        lab.say(f"round {n}")
        prepare(lab, flood)
        status = crash(lab, flood)
        if status != 254:
            raise Failure(f"kexec -e ended with status {status}")
        work.check()
        a.run("kexec -u")
    if images.BITS[lab.arch] == "64":       # such a kernel lets nobody write to its crash kernel
        work.finish()
        return
    lab.say("without the step")
    damage = without(lab, flood)
    if not damage:
        raise Failure("A goes on without the step, too: this shows nothing")
    lab.say(f"   A: {damage}")
    lab.kill()


def without(lab, flood):
    """What came of A: it has damaged pages, or does not even come so far."""
    prepare(lab, flood, step=False)
    lab.machine.allow(".*")
    try:
        status = crash(lab, flood)
        output, _ = lab.a.attempt("memfill check", 60)
    except Failure as failure:
        return str(failure)
    finally:
        flood.on.clear()
    expect(str(status), "^0$", "kexec -e, which is not told of a crash,")
    return output.splitlines()[0] if not output.startswith("0 of") else ""


def prepare(lab, flood, step=True):
    """B gets what it cannot take in time."""
    lab.load_b(options="--return-on-panic")
    lab.visit()
    b = lab.b
    b.run("ip link set eth0 up && ip addr add 10.0.2.15/24 dev eth0 && "
          "until grep -qx 1 /sys/class/net/eth0/carrier; do usleep 100000; done; ping -c 1 -W 5 10.0.2.2", 60)
    if not step:
        forget(b)
    flood.on.set()
    before = packets(b)
    time.sleep(1)
    if packets(b) < before + 50:
        raise Failure("the flood does not reach B")
    lab.machine.check_log(b.run("dmesg -c"), "B's log")


def crash(lab, flood):
    """The status of kexec -e in A, a second later."""
    machine = lab.machine
    machine.scan()
    machine.allow(".*")
    machine.send("echo c >/proc/sysrq-trigger")
    _, status = machine.result(lab.jumping, 120, "kexec -e")
    time.sleep(1)
    flood.on.clear()
    machine.scan()
    machine.allowed.pop()
    return status


def packets(b):
    return int(b.run("cat /sys/class/net/eth0/statistics/rx_packets"))


def forget(b):
    """Has B's gate for a crash forget what it is for: the flag in it goes, and with it the step."""
    place = re.search(r"crashkernel=1M@0x([0-9a-f]+)", b.run("cat /proc/cmdline"))
    gate = int(place[1], 16) + (1 << 20) - GATE_SIZE        # the highest place in it
    magic = b.run(f"dd if=/dev/mem bs=128 skip={(gate + GATE_PARAMS) // 128} count=1 2>/dev/null | head -c 15")
    expect(magic, "^kexec-jump gate$", "the memory of B's gate")
    b.run(f"printf '{STOP_CPUS}' | dd of=/dev/mem bs=1 seek={gate + GATE_PARAMS + FLAGS} conv=notrunc 2>/dev/null")
