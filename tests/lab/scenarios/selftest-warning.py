# SPDX-License-Identifier: GPL-2.0-only
"""Must fail: A's kernel warns of something, and all else is right."""


def run(lab):
    lab.boot().run("echo 'WARNING: of something' >/dev/kmsg")
