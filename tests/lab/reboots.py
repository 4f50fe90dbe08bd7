# SPDX-License-Identifier: GPL-2.0-only
"""A Debian, unchanged but for our package, reboots by kexec in each way that it has."""

import os
import re

import images
from hibernate import LONG
from installed import Packaged

MKUKI = os.path.join(images.TOP, "tests", "makers", "mkuki")
# How systemctl finds entries on a machine that no EFI has started.
ESP = "SYSTEMD_ESP_PATH=/boot SYSTEMD_RELAX_ESP_CHECKS=1"


class Rebooted(Packaged):
    append = "ro watchdog_thresh=60"        # a busy host may not run a CPU for seconds

    def line(self, word):
        """A command line that ends in this word."""
        return f"{self.lab.console()} root={self.root_name} {self.append} word={word}"

    def write(self, tree, name, text):
        path = os.path.join(tree, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="ascii") as f:
            f.write(text)


class WithGrub(Rebooted):
    packages = (*Packaged.packages, "grub-common", "grub2-common")

    def install_lab(self, tree):
        super().install_lab(tree)
        os.makedirs(f"{tree}/boot/grub", exist_ok=True)
        self.write(tree, "etc/default/grub", f"GRUB_DEFAULT=saved\nGRUB_DISABLE_RECOVERY=true\nGRUB_DISTRIBUTOR=Debian\n"
                                             f"GRUB_CMDLINE_LINUX='{self.line('grub')}'\n")
        self.write(tree, "etc/grub.d/41_lab", f"""#!/bin/sh
cat <<'END'
menuentry 'Mine' $menuentry_id_option 'mine' {{
  linux /boot/vmlinuz-{self.release} {self.line('mine')}
  initrd /boot/initrd.img-{self.release}
}}
END
""")
        os.chmod(f"{tree}/etc/grub.d/41_lab", 0o755)


class WithEntries(Rebooted):
    """/boot as the Boot Loader Specification has it: two entries of type 1 and a unified kernel image."""

    def __init__(self, lab, suite):
        if suite == "trixie":
            self.packages = (*self.packages, "systemd-boot-efi", "systemd-ukify")
        super().__init__(lab, suite)

    def install_lab(self, tree):
        super().install_lab(tree)
        for name in "first", "second":
            self.write(tree, f"boot/loader/entries/{name}.conf",
                       f"title {name}\nsort-key lab\nversion {'2' if name == 'first' else '1'}\n"
                       f"linux /vmlinuz-{self.release}\ninitrd /initrd.img-{self.release}\noptions {self.line(name)}\n")
        self.write(tree, "boot/loader/loader.conf", "default first.conf\n")
        os.makedirs(f"{tree}/boot/EFI/Linux")
        self.make_unified(tree, "/boot/EFI/Linux/unified.efi")

    def make_unified(self, tree, path):
        """By Debian's own tool where it has one: systemd 257 takes no other."""
        initrd, line = f"/boot/initrd.img-{self.release}", self.line("unified")
        if "systemd-ukify" in self.packages:
            self.inside(tree, "ukify", "build", f"--linux={self.kernel}", f"--initrd={initrd}", f"--cmdline={line}",
                        f"--output={path}")
            return
        images.tool(MKUKI, tree + path, f"machine={0x8664 if self.lab.arch == 'x86_64' else 0x14c}",
                    "osrel=ID=debian\nPRETTY_NAME=Unified\nVERSION_ID=1\n", f"uname={self.release}",
                    f"cmdline={line}", f"linux=@{tree}{self.kernel}", f"initrd=@{tree}{initrd}")


def by_grub(lab, suite):
    """GRUB's default and another entry, by systemctl, by /etc/default/kexec, by kexec itself; then through the firmware."""
    h = WithGrub(lab, suite)
    kernel = re.escape(h.kernel)
    h.boot()
    h.on_a("systemctl is-enabled kexec-load && systemctl is-active kexec-load", "^enabled\nactive$")
    h.on_a("grub-mkconfig -o /boot/grub/grub.cfg 2>&1", "(?m)^done$", LONG)
    h.on_a("kexec --list", r"(?m)^\* gnulinux-simple-\S+ \(Debian GNU/Linux\): (?s:.*)  mine \(Mine\): ")
    h.on_a("kexec --list --json", rf'"id": "mine", "title": "Mine", "kernel": "{kernel}"')
    h.on_a("kexec -l 2>&1", rf'loading "Debian GNU/Linux" \(GRUB\): {kernel}$', LONG)
    h.restart("systemctl kexec", "word=grub")

    h.on_a("kexec --load --entry-of=mine 2>&1", rf'loading "Mine" \(GRUB\): {kernel}$', LONG)
    h.restart("systemctl reboot", "word=mine")

    h.on_a("grub-set-default 0; sed -i 's/^LOAD_KEXEC=.*/LOAD_KEXEC=true/; s/^USE_GRUB_CONFIG=.*/USE_GRUB_CONFIG=true/' "
           "/etc/default/kexec && grep -cE '^(LOAD_KEXEC|USE_GRUB_CONFIG)=true$' /etc/default/kexec", "^2$")
    h.restart("systemctl reboot", "word=grub")

    h.on_a(f"mkdir /etc/default/kexec.d; cat >/etc/default/kexec.d/lab <<'END'\n"
           f"USE_GRUB_CONFIG=false KERNEL_IMAGE={h.kernel} INITRD=/boot/initrd.img-{h.release}\n"
           f"APPEND='{h.line('file')}'\nEND")
    h.restart("systemctl reboot", "word=file")

    h.restart(f"kexec {h.kernel} --initrd=/boot/initrd.img-{h.release} --append='{h.line('alone')}'", "word=alone")
    lab.say("A# coldreboot")
    lab.machine.send("coldreboot && sleep 3600")
    lab.machine.wait_end(LONG)


def by_entries(lab, suite):
    """Entries of both types, by kexec and by what systemctl makes of them."""
    h = WithEntries(lab, suite)
    h.boot()
    h.on_a("kexec --list", r"^ *unified .*\n\* first: .*\n  second: ")     # by sort-key: debian, lab
    h.on_a("kexec -l 2>&1", r'loading "first" \(Boot Loader Specification\)', LONG)
    h.on_a("kexec -u")
    h.restart("kexec --reboot", "word=first")
    h.restart("kexec --reboot --entry-of=unified", "word=unified")
    h.restart(f"{ESP} systemctl kexec", "word=first")
    h.on_a("rm -r /boot/loader && kexec --list", r"^\* unified ")
    h.restart(f"{ESP} systemctl kexec", "word=unified")
    h.on_a("ls -A /tmp | grep -vE 'systemd|-unix$' || :", "^$")
    h.off()
