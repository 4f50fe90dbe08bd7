# SPDX-License-Identifier: GPL-2.0-only
"""A saved kernel comes back by an ordinary load: again and again a copy of /proc/vmcore, all of it, with the
command line that this had in 2007, then an image of kdump's. One that is too large is refused; by the module, half
of RAM is not too large."""

import images
from lab import expect
from machine import Failure
from workload import Workload

DISK = 900          # MiB, for the core of a machine with 512 MiB and for an image
FILL = 20           # percent of memory: with what a kernel has, almost half of it, which is the most to be loaded


def run(lab):
    lab.options.fill = lab.options.fill if lab.options.module else FILL
    work = Workload(lab)
    disks = [work.disk, images.ext4_disk(lab.path("dump.img"), max(DISK, images.mib(lab.options.mem) + 128))]
    lab.boot(lab.make_b(), disks=disks)
    work.start()
    # A plain copy has the free pages, too: all of RAM.
    for n in range(1, 1 if lab.options.module else lab.rounds + 1):
        lab.say(f"round {n}")
        entry = save(lab, "cat /proc/vmcore >/t/dump.elf")
        bring_back(lab, work, disks, f"kexec -l --args-none --entry={entry} /t/dump.elf")
    for _ in range(lab.rounds if lab.options.module else 1):
        save(lab, "rm -f /t/image && kdump save -o /t/image")
        bring_back(lab, work, disks, "kexec -l /t/image")
    work.finish()
    too_large(lab, disks)


def mount_copy(lab, options=""):
    return f"mkdir -p /t && mount {options} {lab.disk(1)} /t"


def save(lab, command):
    """B saves A, and then the power fails. A's entry."""
    lab.load_b()
    lab.visit()
    b = lab.b
    b.run(mount_copy(lab))
    b.run(command, 300)
    lab.say("   " + b.run("ls -s /t | grep -v lost+found").replace("\n", ", "))
    b.run("umount /t && sync")
    lab.machine.check_log(b.run("dmesg -c"), "B's log")
    return expect(b.run("cat /proc/cmdline"), r"kexec_jump_back_entry=(0x[0-9a-f]+)", "B")[1]


def bring_back(lab, work, disks, load):
    """C, an ordinary boot, loads the image; A goes on where it was."""
    jumping = lab.jumping
    c = lab.boot(disks=disks)
    c.run(mount_copy(lab, "-r"))
    c.run(load, 300)
    c.run("umount /t")
    if lab.machine.send("kexec -e") >= jumping:
        raise Failure("C had more requests than A: the answers cannot be told apart")
    output, status = lab.machine.result(jumping, 120, "kexec -e")
    lab.machine.requests = jumping
    if status:
        raise Failure(f"kexec -e in A ended with status {status}: {output.strip()[-300:]}")
    lab.say(f"{load}: {output.strip()}")
    # What is loaded holds rubbish now.
    lab.a.run("kexec -u")
    work.check()


def too_large(lab, disks):
    """The kernel would not take it: said with figures, and with the way that works."""
    lab.options.fill = 0
    work = Workload(lab)
    disks = [work.disk, disks[1]]
    lab.boot(lab.make_b(), disks=disks)
    work.start()
    save(lab, "rm -r /t/* && kdump save -o /t/image")
    c = lab.boot(disks=disks)
    c.run(mount_copy(lab, "-r"))
    limit = r"half of .*RAM.*krestore"
    if lab.options.module:
        c.run("dd if=/dev/zero of=/fill/taken bs=1M count=300 2>/dev/null")
        limit = "not enough free memory"
    c.refuses("kexec -l /t/image", limit, timeout=300)
    lab.say(c.run("kexec -l /t/image 2>&1", 300, 255))
    expect(c.run("cat /sys/kernel/kexec_loaded"), "^0$", "C")
    lab.finish()
