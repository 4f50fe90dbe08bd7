# SPDX-License-Identifier: GPL-2.0-only
"""The module is asked in every wrong way, by programs of 32 and of 64 bits, by several at once, and while it is
removed: it answers, the kernel has nothing to say, and no memory is lost."""

import os

import images
from lab import expect
from machine import Failure

CALLS, DEBUG_CALLS = 20000, 100000
RACE = 20       # seconds
LOST = 512      # KiB that a system's own life may take meanwhile
# What each CPU has at hand is free as well, megabytes at times.
FREE = ("echo 3 >/proc/sys/vm/drop_caches; awk '/^MemFree:/ { free = $2 } $1 == \"count:\" { free += $2 * 4 } "
        "END { print free }' /proc/meminfo /proc/zoneinfo")
DEVICE = "/sys/class/misc/kexec_jump"


def run(lab):
    lab.options.module = True
    widths = ("x86_64", "i386") if lab.arch == "x86_64" else ("i386",)
    files = {f"bin/misuse-{images.BITS[arch]}": os.path.join(images.programs(arch), "misuse") for arch in widths}
    permissions(lab, lab.boot({**files, **lab.make_b()}))
    a = lab.boot(files)
    # The first calls of each program fill the kernel's own stores of pages, and KASAN's quarantine.
    free = []
    calls = DEBUG_CALLS if lab.options.kernel.endswith("-debug") else CALLS
    for n, program in enumerate([*files, *files], 1):
        said = a.run(f"/{program} calls {calls} {lab.options.seed + n}", 1800)
        lab.say(f"{program}: " + said.replace("\n", ", "))
        for answer in "good", "Invalid argument", "Bad address", "Cannot assign requested address", \
                "Inappropriate ioctl for device":
            expect(said, rf"(?m)^{answer}: [1-9]", program)
        expect(a.run(f"cat {DEVICE}/loaded"), "^0$", "loaded")
        free.append(int(a.run(FREE)))
    lab.say(f"free after each: {free} KiB")
    lost = free[len(files) - 1] - free[-1]
    if lost > LOST:
        raise Failure(f"{lost} KiB were lost")
    module = [path for path in lab.modules() if path.endswith("/kexec_jump.ko")][0]
    a.run(f"misuse-{images.BITS[lab.arch]} race {RACE} & racers=$!; removed=0; "
          f"while kill -0 $racers 2>/dev/null; do "
          f"rmmod kexec_jump 2>/dev/null && removed=$((removed + 1)) && insmod /lib/{os.path.basename(module)}; "
          "done; wait $racers && [ $removed -gt 0 ]", 300)
    lab.finish()


def permissions(lab, a):
    """Nobody but root, and not when loading is switched off; what is loaded stays, and can be seen."""
    load = f"kexec --load-preserve-context {lab.via()} /boot/b --initrd=/boot/b.img --append='{lab.b_command_line()}'"
    a.run("stat -c %a /dev/kexec_jump | grep -qx 600")
    a.run(load, 120)
    a.run(f"cd {DEVICE} && grep -qx 1 loaded && [ $(cat size) -gt 1000000 ] && grep -q '^0x' entry && grep -qx 0 rounds")
    a.run("kexec -S -l", status=1)
    # One loads with the kernel's call: then that is what is run.
    a.run("kexec -l /boot/b --initrd=/boot/b.img --append=quiet", 120)
    expect(a.run(f"cat {DEVICE}/loaded /sys/kernel/kexec_loaded"), r"^0\s1$", "loaded, kexec_loaded")
    a.run(load, 120)
    expect(a.run(f"cat {DEVICE}/loaded /sys/kernel/kexec_loaded"), r"^1\s0$", "loaded, kexec_loaded")
    a.run("kexec -u && kexec -S -l")
    a.run("echo 1 >/proc/sys/kernel/kexec_load_disabled")
    a.refuses(load, "switched off until the next boot")
    said = a.run(f"misuse-{images.BITS[lab.arch]} calls 500 1", 60)
    expect(said, "(?m)^Operation not permitted: [1-9]", "with kexec_load_disabled, misuse")
    lab.finish()
