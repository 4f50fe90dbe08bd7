# SPDX-License-Identifier: GPL-2.0-only
"""Each allocation of the module's fails once, in a load and in a jump: nothing is loaded by halves, and the next request
works. For a kernel that can inject faults: --kernel 6.12-debug."""

import images
from lab import expect
from machine import Failure

# An allocation counts if the module is so near to it: what devices do in a jump is theirs.
DEPTH = 8


def run(lab):
    lab.options.module = True
    program = f"{images.programs(lab.arch)}/misuse"
    a = lab.boot({"bin/misuse": program})
    a.run(f"""set -e
mount -t debugfs debugfs /sys/kernel/debug
cd /sys/module/kexec_jump/sections
start=$(($(cat .text))) size=$(awk '$1 == "kexec_jump" {{ print $2 }}' /proc/modules)
for kind in failslab fail_page_alloc; do
    cd /sys/kernel/debug/$kind
    echo N >ignore-gfp-wait
    [ ! -e ignore-gfp-highmem ] || echo N >ignore-gfp-highmem
    [ ! -e min-order ] || echo 0 >min-order
    echo 0 >verbose
    echo {DEPTH} >stacktrace-depth
    printf '%#x' $start >require-start
    printf '%#x' $((start + size)) >require-end
done""")
    said = a.run("misuse faults", 600)
    lab.say(said.replace("\n", ", "))
    for what, least in ("LOAD", 10), ("EXEC", 1):
        match = expect(said, rf"(?m)^{what}: (\d+) faults, (\d+) failed", "misuse")
        if int(match[2]) < least:
            raise Failure(f"{match[0]}: too few")
    lab.finish()
