# SPDX-License-Identifier: GPL-2.0-only
"""Debian 13 starts entries of the Boot Loader Specification, a unified kernel image among them, by kexec and systemctl."""

import reboots

arches = ("x86_64",)     # Debian 13 has no kernel for i386


def run(lab):
    reboots.by_entries(lab, "trixie")
