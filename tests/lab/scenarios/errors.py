# SPDX-License-Identifier: GPL-2.0-only
"""What cannot be done is refused in words, and leaves nothing loaded behind."""

from lab import expect

LOAD = "kexec -l /boot/b --initrd=/boot/b.img --append=quiet"
JUMP = "kexec --load-preserve-context /boot/b --initrd=/boot/b.img --append=quiet"
SEEDS = f"{JUMP} --mem-min=0x100000 --mem-max=0xffffff --elf64-core-headers"
FREE = 64       # MiB that are left where a load needs more than a hundred


def run(lab):
    a = lab.boot(lab.make_b())
    wrong_usage(a)
    nothing_there(a)
    status(a)
    windows(a)
    not_root(a)
    hidden_kernel(a)
    too_little_memory(lab, a)
    in_b(lab)
    load_disabled(a)
    lab.finish()
    lockdown(lab)


def refused(guest, command, words, status=255):
    guest.refuses(command, words, status)
    expect(guest.run("cat /sys/kernel/kexec_loaded"), "^0$", f"kexec_loaded after {command}")


def wrong_usage(a):
    refused(a, "kexec --frobnicate", "^kexec: unknown option --frobnicate", status=1)
    refused(a, "kexec --load-preserve-context", "no kernel to load was named", status=1)
    refused(a, f"{JUMP} -s", "-s cannot load a jump", status=1)


def nothing_there(a):
    refused(a, "kexec -e", "nothing is loaded: load a kernel first")
    refused(a, "kexec --load-jump-back-helper", "this kernel was not jumped to")
    refused(a, "kexec --load-jump-back-helper=0x1234040", "this kernel was not jumped to")
    refused(a, "kexec -l", "no kernel was named, and there is no boot menu")
    refused(a, "kexec -l /etc/agent", "/etc/agent: a script")
    refused(a, "kexec -l /boot/nothing", "/boot/nothing: .*No such file or directory")


def status(a):
    """1 is "loaded"; without -l it is the crash image's."""
    a.run("kexec -S && kexec -S -l")
    a.run(LOAD, 120)
    expect(a.run("kexec -S -l", status=1), "^the image: loaded$", "kexec -S -l")
    a.run("kexec -S && kexec -u && kexec -S -l")


def windows(a):
    refused(a, f"{JUMP} --window-size=400M", "400 MiB .* is more than half of this machine's RAM")
    refused(a, f"{JUMP} --window-size=8M", "--window-size=8 MiB is too small: .* need")
    refused(a, SEEDS, "no room for a window of .*: the largest piece of RAM there .*0xffffff")


def not_root(a):
    a.run("printf 'root::0:0::/:/bin/sh\\nnobody::65534:65534::/:/bin/sh\\n' >/etc/passwd")
    for command in (JUMP, LOAD, "kexec -e", "kexec -u", "kexec --load-jump-back-helper"):
        refused(a, f"su nobody -c '{command}'", "CAP_SYS_BOOT.* only root has")
    a.run("su nobody -c 'kexec -S -l'")


def hidden_kernel(a):
    """The gate needs the address of A's GDT: from the symbols and from /proc/kcore."""
    a.run("echo 2 >/proc/sys/kernel/kptr_restrict")
    refused(a, JUMP, "/proc/kallsyms: all addresses are hidden: .*kptr_restrict")
    a.run("echo 0 >/proc/sys/kernel/kptr_restrict")
    a.run(": >/run/nothing && mount --bind /run/nothing /proc/kcore")
    refused(a, JUMP, "/proc/kcore")
    a.run("umount /proc/kcore")


def too_little_memory(lab, a):
    """A filled machine is told how much is needed and how much there is, and is not harmed."""
    if lab.options.mem != "512M":
        return
    lab.say(a.run(f"memfill start /fill {FREE}", 300))
    refused(a, JUMP, r"not enough free memory to load this image: it needs \d+.* MiB, "
                     r"and \d+.* MiB is available")
    expect(a.run("memfill check && memfill stop", 300), "^0 of", "memfill")


def in_b(lab):
    """In B, an entry that is not A's gate is refused; the right one is not."""
    lab.load_b()
    lab.visit()
    b = lab.b
    entry = int(expect(b.run("cat /proc/cmdline"), r"kexec_jump_back_entry=0x([0-9a-f]+)", "B")[1],
                16)
    for wrong in (0, entry + 0x1000, entry - 0x20, 0x100000, 0xfee00000, 1 << 40):
        refused(b, f"kexec --load-jump-back-helper={wrong:#x}", f"{wrong:#x} is not the way back")
        refused(b, f"kexec --load-jump-back-helper --entry={wrong:#x}", "is not the way back")
    refused(b, "kexec -e", "nothing is loaded")
    b.run(f"kexec --load-jump-back-helper={entry:#x} && kexec -u")
    b.run(f"kexec --load-jump-back-helper --entry={entry:#x} && kexec -u")
    lab.home()
    lab.a.run("kexec -u")


def load_disabled(a):
    a.run("echo 1 >/proc/sys/kernel/kexec_load_disabled")
    for command in (JUMP, LOAD):
        refused(a, command, "switched off until the next boot: .*kexec_load_disabled is 1")


def lockdown(lab):
    a = lab.boot(lab.make_b(), append="lockdown=integrity")
    for level in "integrity", "confidentiality":
        a.run(f"cd /sys/kernel/security; grep {level}] lockdown || echo {level} >lockdown")
        refused(a, JUMP, rf"kernel lockdown \({level}\) forbids kexec_load")
        refused(a, f"{LOAD} -c", rf"kernel lockdown \({level}\) forbids kexec_load: leave -c out")
