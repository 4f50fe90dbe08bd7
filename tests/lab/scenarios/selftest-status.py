# SPDX-License-Identifier: GPL-2.0-only
"""Must fail: a command ends with another exit status than expected."""


def run(lab):
    lab.boot().run("echo words; exit 3")
