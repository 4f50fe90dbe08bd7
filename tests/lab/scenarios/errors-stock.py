# SPDX-License-Identifier: GPL-2.0-only
"""A distribution's kernel: no CONFIG_KEXEC_JUMP, which is said; an ordinary load works."""

from lab import expect


def run(lab):
    a = lab.boot(lab.make_b())
    jump = "kexec --load-preserve-context /boot/b --initrd=/boot/b.img --append=quiet"
    a.refuses(jump, "cannot jump: it was built without CONFIG_KEXEC_JUMP")
    expect(a.run("cat /sys/kernel/kexec_loaded"), "^0$", "kexec_loaded")
    a.run("kexec -l /boot/b --initrd=/boot/b.img --append=quiet && kexec -u", 120)
    a.run("echo integrity >/sys/kernel/security/lockdown")
    a.refuses("kexec -c -l /boot/b --append=quiet",
              r"kernel lockdown \(integrity\) forbids kexec_load")
