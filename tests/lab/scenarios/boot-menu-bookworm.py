# SPDX-License-Identifier: GPL-2.0-only
"""Debian 12 starts entries of the Boot Loader Specification, a unified kernel image among them, by kexec and systemctl."""

import reboots

arches = ("x86_64", "i386-pae")


def run(lab):
    reboots.by_entries(lab, "bookworm")
