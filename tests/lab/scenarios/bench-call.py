# SPDX-License-Identifier: GPL-2.0-only
"""The milliseconds of a call of a physical-mode program, for tests/bench/call."""

import json
import os
import re

import images
from machine import Failure

EMPTY = "\n".join((".globl _start", "_start:", "ret", ""))


def run(lab):
    programs = images.programs(lab.arch)
    e820 = os.path.join(programs, "tree", "examples", "e820.bin")
    a = lab.boot({"bin/gates": os.path.join(programs, "gates"), "boot/e820.bin": e820,
                  "boot/empty": images.elf32(lab.path("empty"), "0x3000000", EMPTY)})
    hertz = int(a.run("gates hertz"))
    once, thousand = "/run/once", "/run/thousand"
    a.run(f"for i in '{once} \\001\\000' '{thousand} \\350\\003'; do set -- $i; printf $2 >$1; "
          "head -c 4096 /dev/zero >>$1; done")
    call = f"kexec --call {lab.via()}"
    real = f"{call} --real-mode /boot/e820.bin --out=/run/out"
    ways = {"load": f"kexec --load-preserve-context {lab.via()} --args-none /boot/empty && kexec -u",
            "empty": f"{call} /boot/empty", "once": f"{real} --in={once}", "thousand": f"{real} --in={thousand}"}
    found = {}
    for name, command in ways.items():
        a.run(f"dmesg -c >/dev/null; gates mark begin; n=0; while [ $n -lt {lab.rounds} ]; do {command} >/dev/null || exit; "
              "n=$((n + 1)); done; gates mark end", 600)
        log = a.run("dmesg")
        begin, end = (re.search(rf"gates: {word} (\d+)", log) for word in ("begin", "end"))
        if not begin or not end:
            raise Failure(f"the log has not both marks of \"{name}\"")
        found[name] = (int(end[1]) - int(begin[1])) * 1000 / hertz / lab.rounds
        lab.say(f"{name}: {found[name]:.3f} ms")
    print("figures: " + json.dumps(found))
