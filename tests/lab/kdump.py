# SPDX-License-Identifier: GPL-2.0-only
"""Debian's kdump-tools, unchanged, with our package in kexec-tools' place."""

import os
import re

from hibernate import LONG
from installed import Packaged, SLOW
from lab import expect
from machine import Failure

LOG_LINE = "this line of the log is A's"
LOG = "/root/before.log"


class Kdump(Packaged):
    packages = (*Packaged.packages, "kdump-tools", "makedumpfile")

    @property
    def append(self):
        """An i386 kernel reserves memory below 512 MiB only, which is not all free."""
        return f"ro crashkernel={'320M' if self.lab.arch == 'x86_64' else '256M'}"

    def boot(self, **options):
        """The first one makes the crash kernel's initramfs before all else."""
        self.power_on(**options).wait_agent("A", SLOW)
        self.lab.a.attempt("systemctl is-system-running --wait", LONG)
        return self.lab.a


def run(lab, suite):
    """Load, test, unload, and a panic whose dump is looked at after the next boot."""
    h = Kdump(lab, suite)
    a = h.boot()
    # Its own initramfs has what this machine needs to reach its disk, which nobody could know before.
    h.on_a("[ -e /var/lib/kdump/initrd.img-$(uname -r) ] || { kdump-config unload; "
           "/etc/kernel/postinst.d/kdump-tools $(uname -r); }; sync", "", SLOW)
    h.on_a("kdump-config unload; kdump-config load 2>&1", "loaded kdump kernel", LONG)
    h.on_a("kdump-config show 2>&1", r"(?s)current state: +ready to kdump.*kexec command:\s+/sbin/kexec -p ", LONG)
    h.on_a("kdump-config test 2>&1", r"kexec command to be used:\s+/sbin/kexec -p .*--initrd=", LONG)
    h.on_a("kdump-config status 2>&1", "ready to kdump", LONG)
    h.on_a("kdump-config unload 2>&1 && kexec -p -S", "unloaded kdump kernel", LONG)
    h.on_a("systemctl restart kdump-tools && systemctl is-active kdump-tools && kdump-config status 2>&1",
           "^active\n.*ready to kdump", LONG)
    a.run(f"echo {LOG_LINE!r} >/dev/kmsg; dmesg >{LOG}; sync")
    panic(lab)
    h.boot()
    saved(h)
    h.off()


def panic(lab):
    """Until the crash kernel has saved what it has to, and reboots."""
    machine = lab.machine
    machine.scan()
    machine.allow(".*")
    machine.send("echo 1 >/proc/sys/kernel/sysrq; echo c >/proc/sysrq-trigger")
    machine.wait_console("kdump-tools.*: saved vmcore in /var/crash/", SLOW)
    machine.wait_end(LONG)


def saved(h):
    """What is in /var/crash, as makedumpfile and kdump-config made it."""
    a = h.lab.a
    folder = a.run("echo /var/crash/2*")
    name = os.path.basename(folder)
    h.on_a(f"ls -l {folder}", rf"dmesg\.{name}(?s:.*)dump\.{name}")
    # It came through a pipe (makedumpfile -F).
    a.run(f"makedumpfile -R /root/dump <{folder}/dump.{name} && makedumpfile --dump-dmesg /root/dump /root/dmesg && "
          f"cmp /root/dmesg {folder}/dmesg.{name}", LONG)
    log = a.run(f"cat {folder}/dmesg.{name}")
    for words in LOG_LINE, "sysrq: Trigger a crash", "Kernel panic - not syncing: sysrq triggered crash":
        expect(log, re.escape(words), "the saved log")
    # A newer makedumpfile tells who said it, too.
    found = set(re.sub(r"\] \[ *[TC][0-9]+\] ", "] ", line).strip() for line in log.splitlines())
    missing = [line for line in a.run(f"cat {LOG}").splitlines() if line.strip() not in found]
    if missing:
        raise Failure(f"the saved log lacks {len(missing)} of A's lines, as: {missing[0].strip()}")
