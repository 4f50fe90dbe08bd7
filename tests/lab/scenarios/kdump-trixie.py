# SPDX-License-Identifier: GPL-2.0-only
"""Debian 13's kdump-tools loads, tests and unloads a crash kernel by our kexec, and saves dump and log of a panic."""

import kdump

arches = ("x86_64",)     # Debian 13 has no kernel for i386


def run(lab):
    kdump.run(lab, "trixie")
