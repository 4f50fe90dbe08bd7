# SPDX-License-Identifier: GPL-2.0-only
"""A Debian 13 with systemd hibernates, is switched off, and is resumed by its own initramfs: the same boot, the
same services, no unit failed, and a journal without a gap."""

import os

from hibernate import LONG
from installed import Systemd
from machine import Failure
from workload import Workload

SERVICES = "agent dbus systemd-journald systemd-logind systemd-udevd"
JOURNAL = "/run/journal"        # the entries of this boot, as they were before
SAME = (f"systemctl show -p Id,MainPID,NRestarts,ActiveEnterTimestampMonotonic {SERVICES} && "
        "journalctl -q --list-boots --no-pager | wc -l")


def remember(lab, number):
    """What must be as it is now when A is back; what it is, in words."""
    lab.a.run(f"logger -t lab 'before hibernation {number}' && journalctl --sync && "
              f"journalctl -q -b -o export >{JOURNAL}", LONG)
    return lab.a.run(SAME)


def check(lab, h, number, before):
    h.healthy()
    after = lab.a.run(SAME)
    if after != before:
        raise Failure(f"services are not as before: {after.split()}, not {before.split()}")
    # Entries are only added, and the last one of before is among those that were compared.
    lab.a.run(f"grep -q '^MESSAGE=before hibernation {number}$' {JOURNAL}")
    lab.a.run(f"logger -t lab 'after hibernation {number}' && journalctl --sync && "
              f"journalctl -q -b -o export | head -c $(stat -c %s {JOURNAL}) | cmp - {JOURNAL}", LONG)
    h.on_a("journalctl -q -b -o cat -t lab", f"(?s)before hibernation {number}\nafter hibernation {number}$", LONG)
    # Not the file that is written to.
    lab.a.run("journalctl --rotate && for file in /var/log/journal/*/*@*.journal; do "
              "journalctl --verify --file $file 2>&1 || exit; done", LONG)


def run(lab):
    if os.geteuid():
        raise Failure("only root can install into a Debian (chroot)")
    # The rest is systemd's, and what its programs need to go on.
    lab.options.fill = lab.options.fill or 40
    work = Workload(lab, 1)
    h = Systemd(lab, lab.options.initramfs, disks=[work.disk])
    work.kernel, work.initrd = h.kernel, h.initrd

    h.boot()
    h.setup()
    h.on_a("systemctl is-enabled kexec-hibernate-check", "^enabled$")
    h.off()
    h.take_initramfs()

    h.boot()
    h.on_a("systemctl show -p Result,ExecMainStatus,ExecMainPID kexec-hibernate-check",
           r"Result=success\n.*ExecMainPID=[1-9]\d*\n.*ExecMainStatus=0")
    h.on_a("kexec-hibernate status", "image    none\n.*not loaded")
    work.start()
    boot_id = lab.a.run("cat /proc/sys/kernel/random/boot_id")
    for n in range(1, lab.rounds + 1):
        before = remember(lab, n)
        lab.say(f"round {n}: A# kexec-hibernate now")
        lab.say("   " + h.now())
        lab.a.run(f"[ $(cat /proc/sys/kernel/random/boot_id) = {boot_id} ]")
        check(lab, h, n, before)
        work.check()
        h.on_a("kexec-hibernate status", "image    was resumed")
    work.stop()
    lab.a.run("umount /mnt")
    h.off()
    work.fsck()

    h.boot()
    h.past()
    h.healthy()
    h.on_a("journalctl -q -b -u kexec-hibernate-check -o cat", "this boot did not resume it", LONG)
    h.off()
