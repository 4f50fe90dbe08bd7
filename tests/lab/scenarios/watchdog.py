# SPDX-License-Identifier: GPL-2.0-only
"""The purgatory arms a watchdog, that of a 6300ESB or, on the machine of today, of the chipset: a
kernel that does not take it over is reset. One that does what the 6300ESB's driver does goes on."""

import time

from lab import expect
from machine import Failure

SECONDS = 60
CHIPS = {"pc": ("6300ESB", ("-device", "i6300esb")),
         "q35": ("iTCO", ("-global", "ICH9-LPC.noreboot=off"))}
# What the driver does when it is loaded: it writes to the lock register of the function.
TAKE_OVER = r"""for d in /sys/bus/pci/devices/*; do grep -qx 0x25ab $d/device && config=$d/config; done
dd if=$config bs=1 skip=104 count=1 2>/dev/null | od -An -tx1
printf '\000' | dd of=$config bs=1 seek=104 conv=notrunc 2>/dev/null"""


def start(lab):
    """B is there, with a watchdog that runs."""
    chip, device = CHIPS[lab.options.machine]
    a = lab.boot(lab.make_b(), more=device)
    load = (f"kexec -l /boot/b --initrd=/boot/b.img --watchdog={SECONDS} --console-serial "
            f"--append='{lab.b_command_line()}'")
    expect(a.run(load + " --dry-run", 120), rf"\nwatchdog: {chip}, armed for {SECONDS} s\n", "the plan")
    a.run(load, 120)
    started = time.monotonic()
    b = lab.boot_other()
    lab.say(f"B is there after {time.monotonic() - started:.0f} s")
    return b, started


def run(lab):
    _, started = start(lab)
    lab.machine.wait_end(SECONDS * 2)
    seconds = time.monotonic() - started
    lab.say(f"reset after {seconds:.0f} s")
    # Half: a guest's clock is not the host's, and the chip's ticks are coarse. Anything else ends it at once.
    if seconds < SECONDS / 2:
        raise Failure(f"the machine ended after {seconds:.0f} s, which was not the watchdog")
    if lab.options.machine != "pc":
        return
    b, _ = start(lab)
    expect(b.run(TAKE_OVER), r"^02$", "the lock register")
    time.sleep(SECONDS * 3 // 2)
    lab.check_log(b.run("dmesg"), "B's log")
