# SPDX-License-Identifier: GPL-2.0-only
"""Must fail: a refusal has the right exit status, and other words."""


def run(lab):
    lab.boot().refuses("echo no; exit 255", "^yes$")
