# SPDX-License-Identifier: GPL-2.0-only
"""What A does while it is jumped away from and back to: nothing of it may be lost."""

import subprocess

import images
from lab import expect
from machine import Failure

SLACK = 24          # MiB that stay free: kernels need some while devices and CPUs come and go
LOW = "bs=64k count=7"      # of 640 KiB what no kernel uses: from 64 KiB, below its trampoline
SMALL = 1024        # MiB; bigger machines are filled for the most part, which takes long enough


class Window:
    """What kexec would lend to B, from its own plan."""

    def __init__(self, lab, options="", kernel="/boot/b", initrd="/boot/b.img"):
        plan = lab.a.run(f"kexec --load-preserve-context {kernel} --initrd={initrd} "
                         f"{options} --append='{lab.b_command_line()}' --dry-run")
        match = expect(plan, r"window: 0x([0-9a-f]+)-0x([0-9a-f]+)", "the plan")
        self.first, self.last = int(match[1], 16), int(match[2], 16)
        self.mib = (self.last - self.first >> 20) + 1


class Workload:
    """Memory that is full, timers, a growing file on ext4, a TCP connection."""

    kernel, initrd = "/boot/b", "/boot/b.img"       # B's, in A

    def __init__(self, lab, disk=0):
        self.lab = lab
        self.device = lab.disk(disk)
        self.disk = images.ext4_disk(lab.path("disk.img"), 64)
        self.window = None
        self.sees_low = False

    def start(self, options=""):
        a = self.lab.a
        self.window = Window(self.lab, options, self.kernel, self.initrd)
        a.run(f"mount {self.device} /mnt && steady start /mnt/grows")
        total = int(a.run("awk '/MemTotal/ { print int($2 / 1024) }' /proc/meminfo"))
        # Everything, at first: what is dropped again is chosen then.
        percent = self.lab.options.fill
        most = total + 1 if total < SMALL and not percent else total * (percent or 65) // 100
        filled = a.run(f"memfill start /fill {self.window.mib + SLACK} {most} "
                       f"{self.window.first:#x}-{self.window.last:#x}", 60 + total // 10)
        self.lab.say(f"A's memory is full: {filled}")
        expect(filled, r"^\d+ MiB", "memfill")
        if int(filled.split()[0]) < total * (percent - 1 if percent else 60) // 100:
            raise Failure(f"less than {percent or 60} % of A's memory could be filled: {filled}")
        # No kernel gives these pages away, but all lend them: see init_real_mode().
        # With STRICT_DEVMEM nobody may see them.
        self.sees_low = a.run(f"head -c 458752 /dev/urandom >/run/low; "
                              f"dd if=/run/low of=/dev/mem {LOW} seek=1 conv=notrunc 2>/dev/null; "
                              f"dd if=/dev/mem {LOW} skip=1 2>/dev/null | cmp -s - /run/low && echo yes || echo no") == "yes"
        # The root file system was unpacked early, into the lowest memory.
        a.run("(ls /boot/* /bin/memfill $(command -v kexec); ls /fill/* | tail -n 16) | "
              "xargs sha256sum >/run/sums")
        self.coverage()

    def coverage(self):
        """A damaged frame can only be seen where there is content to be damaged."""
        w = self.window
        text = self.lab.a.run(f"memfill check {w.first:#x}-{w.last:#x}", 300)
        pages = int(expect(text, r"^0 of (\d+) pages", "memfill")[1])
        inside = int(expect(text, r"(\d+) pages in", "memfill")[1])
        self.lab.say(f"   of it {inside} pages in the window, {pages - inside} around it")
        if self.lab.options.mem == "512M" and not self.lab.options.fill and inside < w.mib * 256 // 4:
            raise Failure(f"only {inside} pages in the window of {w.mib} MiB have content")

    def use_in_b(self, visit):
        """B fills its memory too, once, and later finds it as it was."""
        b = self.lab.b
        if self.sees_low:
            b.run(f"dd if=/dev/zero of=/dev/mem {LOW} seek=1 conv=notrunc 2>/dev/null")
        if visit == 1:
            b.run("mkdir /fill && mount -t tmpfs -o size=0 tmpfs /fill")
            self.lab.say("   B: " + b.run("memfill start /fill 24", 300))
        else:
            self.lab.say("   B: " + b.run("memfill check", 300))

    def check(self):
        a = self.lab.a
        if self.sees_low:
            a.run(f"dd if=/dev/mem {LOW} skip=1 2>/dev/null | cmp - /run/low")
        self.lab.say("   A: " + a.run("memfill check", 300).splitlines()[0] + ", " +
                     a.run("steady check"))

    def stop(self):
        """Everything is still there."""
        a = self.lab.a
        self.check()
        a.run("sha256sum -c /run/sums >/dev/null", 120)
        a.run("memfill stop")
        self.lab.say("   A: " + a.run("steady stop").splitlines()[-1])

    def finish(self):
        """The same, and the file system is clean, as the host sees it."""
        lab = self.lab
        self.stop()
        lab.a.run("umount /mnt && sync")
        lab.finish()
        lab.kill()
        self.fsck()

    def fsck(self):
        fsck = subprocess.run(["/sbin/e2fsck", "-fn", self.disk], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False)
        if fsck.returncode:
            raise Failure(f"e2fsck: status {fsck.returncode}: {' '.join(fsck.stdout.split())[-200:]}")
