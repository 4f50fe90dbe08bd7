# SPDX-License-Identifier: GPL-2.0-only
"""Debian 12 reboots by kexec: GRUB's default and other entries, by systemctl, /etc/default/kexec and kexec itself."""

import reboots

arches = ("x86_64", "i386-pae")


def run(lab):
    reboots.by_grub(lab, "bookworm")
