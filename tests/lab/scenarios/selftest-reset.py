# SPDX-License-Identifier: GPL-2.0-only
"""Must fail: the machine resets."""


def run(lab):
    lab.boot().run("reboot -f")
