# SPDX-License-Identifier: GPL-2.0-only
"""Must fail: A's kernel panics."""


def run(lab):
    lab.boot().run("echo c >/proc/sysrq-trigger")
