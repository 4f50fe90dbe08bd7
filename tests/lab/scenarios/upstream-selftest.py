# SPDX-License-Identifier: GPL-2.0-only
"""Linux's own test of a jump, from the source of the kernel that runs, works before and after jumps of ours:
neither leaves anything behind that the other one trips over."""

import os
import subprocess

import images
from lab import expect
from machine import Failure

arches = ("x86_64",)        # its payload is 64-bit code

TEST = "tools/testing/selftests/kexec/test_kexec_jump.c"
JUMPS = 2                   # that it does, each with an int3, which the kernel tells the serial line
BREAKPOINT = "Exc:0000000000000003"
SERIAL = "earlyprintk=serial,ttyS0,115200"


def run(lab):
    program = build(lab)
    a = lab.boot({**lab.make_b(), "bin/selftest": program}, append=SERIAL)
    selftest(lab, 1)
    lab.load_b()
    for _ in range(lab.rounds):
        lab.visit()
        lab.say(lab.home())
    selftest(lab, 2)
    a.run("kexec -S -l", status=1)
    a.run("kexec -u && kexec -S -l")
    lab.load_b()
    lab.visit()
    lab.home()


def build(lab):
    """The program, static. Its source is the kernel's, and never ours."""
    source = os.path.join(images.tool(os.path.join(images.HERE, "source"), lab.options.name), TEST)
    if not os.path.exists(source):
        raise Failure(f"Linux {lab.options.name} has no {TEST}")
    program = lab.path("selftest")
    done = subprocess.run(["gcc", "-O2", "-static", "-o", program, source], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        raise Failure(f"{TEST} does not compile: {done.stdout.strip()[-300:]}")
    return program


def selftest(lab, times):
    """What it loads replaces what was loaded."""
    expect(lab.a.run("selftest", 120), "^Success$", "the selftest")
    lab.machine.scan()
    seen = lab.machine.console.count(BREAKPOINT)
    if seen != JUMPS * times:
        raise Failure(f"{seen} breakpoints on the console, not {JUMPS * times}")
