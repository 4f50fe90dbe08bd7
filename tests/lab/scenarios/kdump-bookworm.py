# SPDX-License-Identifier: GPL-2.0-only
"""Debian 12's kdump-tools loads, tests and unloads a crash kernel by our kexec, and saves dump and log of a panic."""

import kdump

arches = ("x86_64", "i386-pae")


def run(lab):
    kdump.run(lab, "bookworm")
