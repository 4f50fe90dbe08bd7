# SPDX-License-Identifier: GPL-2.0-only
"""A jumps while its kernel is about to look at a USB disk that has just come: it neither hangs nor loses the disk."""

DRIVER = "/sys/bus/usb/drivers/usb-storage"
AGAIN = f"stick=$(basename $(echo {DRIVER}/*:*)); echo $stick >{DRIVER}/unbind; echo $stick >{DRIVER}/bind"
FIRST, LAST = 880, 1000     # milliseconds; the kernel looks after a second (delay_use)

machines = ("q35",)


def run(lab):
    a = lab.boot(lab.make_b())
    a.run(lab.model.parts)
    lab.load_b()
    for n in range(lab.rounds):
        delay = FIRST + n * (LAST - FIRST) // lab.rounds
        lab.say(f"{delay} ms after it came")
        lab.visit(f"{AGAIN}; usleep {delay * 1000}; kexec -e")
        lab.home()
        a.run(lab.model.parts)
