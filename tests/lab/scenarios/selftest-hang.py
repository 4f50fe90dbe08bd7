# SPDX-License-Identifier: GPL-2.0-only
"""Must fail: a command does not come to an end."""


def run(lab):
    lab.boot().run("sleep 1000", timeout=3)
