# SPDX-License-Identifier: GPL-2.0-only
"""The milliseconds of each part of a round trip, for tests/bench/roundtrip."""

import json
import os
import re
import statistics

import images
from lab import expect
from machine import Failure
from workload import Window

TO_GATE = 3         # enum gate_target: of B's gate; A's own enters a kernel
REENTRY = 0x40      # GATE_REENTRY
BACK = "Enabling non-boot CPUs", "smpboot: Booting Node"    # what a kernel or our module says first when it is back


class Log:
    """The log of a kernel that jumped away and came back, in ticks of the counter. The log's clock
    may have stood still meanwhile, so each mark serves for its own side only."""

    def __init__(self, text, hertz):
        self.hertz = hertz
        self.lines = [(float(when), what) for when, what in re.findall(r"\[\s*(\d+\.\d+)\] (.*)", text)]

    def mark(self, word):
        """Where a mark stands last, and its ticks."""
        for i in reversed(range(len(self.lines))):
            match = re.match(rf"gates: {word} (\d+)", self.lines[i][1])
            if match:
                return i, int(match[1])
        raise Failure(f"the log has no mark \"{word}\"")

    def ticks(self, i, mark):
        return mark[1] + (self.lines[i][0] - self.lines[mark[0]][0]) * self.hertz

    def split(self):
        """(last line before the jump, first one after it)"""
        first, last = self.mark("out")[0], self.mark("in")[0]
        for i in range(first + 2, last):
            if self.lines[i][1].startswith(BACK):
                return i - 1, i
        raise Failure(f"the log of a jump has no \"{BACK[0]}\": is this a kernel with one CPU?")

    def down(self, entered):
        """The parts of the way from the mark to this entry of the gate."""
        mark, last = self.mark("out"), self.split()[0]
        first = self.ticks(mark[0] + 1, mark)
        return {"program": first - mark[1], "devices": self.ticks(last, mark) - first,
                "pages": entered - self.ticks(last, mark)}

    def up(self, left):
        """The parts of the way from leaving the gate to the mark."""
        mark, first = self.mark("in"), self.split()[1]
        last = self.ticks(mark[0] - 1, mark)
        return {"program": mark[1] - last, "devices": last - self.ticks(first, mark),
                "pages": self.ticks(first, mark) - left}


class Round:
    """One round trip: the parts that are known so far."""

    def __init__(self):
        self.parts = {}

    def add(self, parts):
        for name, ticks in parts.items():
            if ticks < 0:
                raise Failure(f"\"{name}\" took {ticks} ticks")
            self.parts[name] = self.parts.get(name, 0) + ticks

    def milliseconds(self, hertz):
        return {name: ticks * 1000 / hertz for name, ticks in self.parts.items()}


def stamps(guest, address=""):
    """When A's and B's gate were last entered and left."""
    found = {}
    for line in guest.run(f"gates show {address}").splitlines():
        target, entered, left = map(int, line.split())
        found["B" if target == TO_GATE else "A"] = entered, left
    return found


def hooks(lab):
    """B's first and last step on each visit."""
    for name, word in (("a-mark", "in"), ("z-mark", "out")):
        with open(lab.path(name), "w", encoding="utf-8") as f:
            f.write(f"#!/bin/sh\nexec gates mark {word}\n")
        yield lab.path(name)


def run(lab):
    gates = {"bin/gates": os.path.join(images.programs(lab.arch), "gates")}
    a = lab.boot({**lab.make_b(files=gates, hooks=list(hooks(lab))), **gates})
    hertz = int(a.run("gates hertz"))
    window = Window(lab)
    lab.load_b()
    rounds = [Round()]
    b_entered = 0
    # What B's log says about its way back is read on its next visit: the last one serves for that.
    for n in range(lab.rounds + 1):
        a.run("dmesg -c")
        lab.visit("gates mark out && kexec -e && gates mark in")
        entry = expect(lab.b.run("cat /proc/cmdline"), r"kexec_jump_back_entry=(0x[0-9a-f]+)", "B")[1]
        out = stamps(lab.b, hex(int(entry, 16) - REENTRY))
        in_b = Log(lab.b.run("dmesg"), hertz)
        if n:
            rounds[-2].add(in_b.down(b_entered))
            rounds[-1].add({"out": out["B"][1] - out["A"][0], **in_b.up(out["B"][1])})
        else:
            rounds[-1].add({"out": out["A"][1] - out["A"][0], "boot": in_b.mark("in")[1] - out["A"][1]})
        lab.home()
        back = stamps(a)
        b_entered = back["B"][0]
        in_a = Log(a.run("dmesg"), hertz)
        rounds[-1].add(in_a.down(out["A"][0]))
        rounds[-1].add({"back": back["A"][1] - b_entered, **in_a.up(back["A"][1])})
        lab.say(f"round {n + 1}: {rounds[-1].milliseconds(hertz)}")
        rounds.append(Round())
    first, *later = [r.milliseconds(hertz) for r in rounds[:lab.rounds]]
    medians = {name: statistics.median(r[name] for r in later) for name in later[0]}
    print("figures: " + json.dumps({"window": window.mib, "first": first, "later": medians}))
