# SPDX-License-Identifier: GPL-2.0-only
"""Debian 13 reboots by kexec: GRUB's default and other entries, by systemctl, /etc/default/kexec and kexec itself."""

import reboots

arches = ("x86_64",)     # Debian 13 has no kernel for i386


def run(lab):
    reboots.by_grub(lab, "trixie")
