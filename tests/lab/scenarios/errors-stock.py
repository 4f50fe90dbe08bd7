# SPDX-License-Identifier: GPL-2.0-only
"""A distribution's kernel: no CONFIG_KEXEC_JUMP, which is said; an ordinary load works."""

from lab import expect

JUMP = "kexec --load-preserve-context /boot/b --initrd=/boot/b.img --append=quiet"
LOAD = "kexec -l /boot/b --initrd=/boot/b.img --append=quiet"


def run(lab):
    a = lab.boot(lab.make_b())
    for command in JUMP, "kexec --load-jump-back-helper":
        refused(a, command, "cannot jump: it was built without CONFIG_KEXEC_JUMP=y: load the module kexec_jump")
    for call in "-c", "-a":
        a.run(f"{LOAD} {call}", 120)
        a.run("kexec -S -l", status=1)
        a.run("kexec -u && kexec -S -l")
    a.run("echo integrity >/sys/kernel/security/lockdown")
    refused(a, JUMP, r"kernel lockdown \(integrity\) forbids kexec_load")
    refused(a, f"{LOAD} -c", r"kernel lockdown \(integrity\) forbids kexec_load: leave -c out")
    # The other call wants an image that is signed, or does not exist.
    refused(a, LOAD, r"kernel lockdown \(integrity\) forbids kexec_load: .*" +
            ("unsigned images" if lab.arch == "x86_64" else "has no kexec_file_load"))


def refused(a, command, words):
    a.refuses(command, words)
    expect(a.run("cat /sys/kernel/kexec_loaded"), "^0$", f"kexec_loaded after {command}")
