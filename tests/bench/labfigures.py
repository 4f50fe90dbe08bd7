# SPDX-License-Identifier: GPL-2.0-only
"""What a bench-* scenario of the lab measured."""
import json
import os
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def figures(scenario, *options):
    command = [os.path.join(TOP, "tests/lab/run"), scenario, *options]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    found = [line for line in done.stdout.splitlines() if line.startswith("figures: ")]
    if done.returncode or not found:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}")
    return json.loads(found[0].partition(" ")[2])
