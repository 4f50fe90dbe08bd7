# SPDX-License-Identifier: GPL-2.0-only
"""Each jump carries data and a status, in both directions and every round: of 0, 1, and 65,536 bytes, and of sizes
between. More is refused, and so is a damaged message; what A asks for is done by B, which sends what it said."""

import os
import random

import images
from lab import expect
from machine import Failure

MOST = 65536
SIZES = (0, 1, MOST, 4095, 4096, 4097, 31337)
MESSAGE = 0xa00         # in page 0: see include/jump_message.h


def run(lab):
    rng = random.Random(4711)
    oldmem = os.path.join(images.programs(lab.arch), "tree", "sbin", "oldmem")
    kdump = os.path.join(images.programs(lab.arch), "tree", "sbin", "kdump")
    a = lab.boot({**lab.make_b(files={"sbin/oldmem": oldmem}), "sbin/kdump": kdump},
                 disks=[images.empty_disk(lab.path("saved.img"), images.mib(lab.options.mem))])
    a.refuses("echo no | kexec -e --send -", "nothing is loaded")
    a.run("kexec --received", status=2)
    lab.load_b()
    a.refuses("kexec -e --status 3", "is for the kernel that was jumped to")
    a.refuses(f"head -c {MOST + 1} /dev/zero | kexec -e --send=-", "more than 65536 bytes")
    for n in range(1, lab.rounds + 1):
        out, back = SIZES[n % len(SIZES)], SIZES[(n // 2) % len(SIZES)]
        status = rng.randrange(125) if n % 3 else 0
        lab.say(f"round {n}: {out} bytes, then {back} bytes and status {status}")
        sum_out = make(a, out)
        lab.visit("kexec -e --send=/run/data")
        received(lab.b, "cat /run/received", sum_out)
        received(lab.b, "kexec --received", sum_out)
        sum_back = make(lab.b, back)
        lab.b.run(f"mv /run/data /run/answer; echo {status} >/run/status")
        home(lab, status, back)
        received(a, "kexec --received", sum_back)
    without(lab)
    damaged(lab)
    commands(lab)
    nowhere(lab)
    by_itself(lab)


def make(guest, size):
    return guest.run(f"head -c {size} /dev/urandom >/run/data && md5sum </run/data").split()[0]


def received(guest, command, expected):
    found = guest.run(f"{command} | md5sum").split()[0]
    if found != expected:
        raise Failure(f"{guest.name}: {command}: not what was sent")


def home(lab, status, size=None, timeout=120):
    """B goes back; A's kexec -e ends with B's status."""
    lab.machine.check_log(lab.b.run("dmesg -c"), "B's log")
    lab.machine.leave()
    output, got = lab.machine.result(lab.jumping, timeout, "kexec -e")
    expect(output, "back in Linux", "kexec -e")
    if got != status:
        raise Failure(f"kexec -e ended with status {got}, not {status}: {output.strip()[-300:]}")
    if size is not None:
        expect(output, f"sent {size} bytes", "kexec -e")
    return output


def without(lab):
    """Nothing is sent, and nothing of the rounds before is found."""
    lab.visit()
    lab.b.run("kexec --received", status=2)
    home(lab, 0)
    lab.a.run("kexec --received", status=2)


def damaged(lab):
    """A byte of the data, then one of the message itself, is not what A wrote."""
    make(lab.a, 5000)
    lab.visit("kexec -e --send=/run/data")
    b = lab.b
    page = int.from_bytes(bytes.fromhex(
        b.run(f"dd if=/dev/mem bs=8 skip={(MESSAGE + 64) // 8} count=1 2>/dev/null | od -An -tx1 | tr -d ' '")), "little")
    b.run(f"oldmem read {page + 100:#x} 1 | tr '\\000-\\377' '\\001-\\377\\000' | oldmem write {page + 100:#x}")
    b.refuses("kexec --received", "what the other kernel sent, 5000 bytes, is damaged")
    b.run(f"printf x | dd of=/dev/mem bs=1 seek={MESSAGE + 24} conv=notrunc 2>/dev/null")
    b.run("kexec --received", status=2)
    b.refuses("kexec --load-jump-back-helper && kexec -e --status 3", "left no room for an answer")
    home(lab, 0)


def nowhere(lab):
    """Where A cannot write to page 0, a jump is one without words."""
    lab.a.run("mv /dev/mem /dev/no-mem; echo 1 >/run/data")
    lab.a.refuses("kexec -e --send=/run/data", "/dev/mem")
    lab.visit()
    lab.b.refuses("kexec --load-jump-back-helper && kexec -e --status 3", "left no room for an answer")
    home(lab, 0)
    lab.a.run("kexec --received", status=2)


def commands(lab):
    """B does what it is told, and A gets the result."""
    for script, status, said in (("echo done in $(uname -r); exit 7", 7, "done in"), ("head -c 9 /proc/vmcore", 0, "ELF"),
                                 ("nonsense", 124, "not found"), ("seq 1 20000; exit 1", 1, "\n20000$")):
        ask(lab, f"run {script}", status)
        expect(lab.a.run("kexec --received"), said, "kexec --received")
    ask(lab, "dance", 124)
    expect(lab.a.run("kexec --received"), "does not know", "kexec --received")
    ask(lab, "back", 0)


def by_itself(lab):
    """B saves A, and A goes on; has a shell on its console; and switches the machine off."""
    lab.a.run("mv /dev/no-mem /dev/mem")
    ask(lab, f"save {lab.disk()}", 0, 600)
    lab.a.run(f"kdump info {lab.disk()}")
    ask(lab, "save /dev/none", 124)
    expect(lab.a.run("kexec --received"), "/dev/none", "kexec --received")
    send(lab, "shell")
    lab.machine.leave()
    lab.machine.wait_console("a shell on the console")
    lab.machine.console_socket.sendall(b"exit\n")
    expect(lab.machine.result(lab.jumping, 120, "kexec -e")[0], "back in Linux", "kexec -e")
    lab.finish()
    send(lab, "poweroff")
    lab.machine.leave()
    lab.machine.wait_end()


def send(lab, request):
    lab.a.run(f"echo 'kexec-jump: {request}' >/run/script")
    lab.visit("kexec -e --send=/run/script")


def ask(lab, request, status, timeout=120):
    send(lab, request)
    home(lab, status, timeout=timeout)
