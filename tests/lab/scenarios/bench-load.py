# SPDX-License-Identifier: GPL-2.0-only
"""How long the module takes to load images of many sizes, for tests/bench/load."""

import json
import statistics

import images

SIZES = (64, 128, 256, 512, 1024, 2048, 4096)


def run(lab):
    lab.options.module = True
    lab.options.mem = "9G"
    a = lab.boot({"bin/misuse": f"{images.programs(lab.arch)}/misuse"})
    sizes = " ".join(map(str, SIZES))
    a.run(f"misuse load {SIZES[-1]}", 300)      # the host gives its memory at the first touch
    found = [dict(line.split(": ") for line in a.run(f"misuse load {sizes}", 300).splitlines())
             for _ in range(lab.rounds)]
    print("figures: " + json.dumps({size: statistics.median(float(f[str(size)]) for f in found) for size in SIZES}))
