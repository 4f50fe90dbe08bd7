# SPDX-License-Identifier: GPL-2.0-only
"""Must fail: the scenario itself is broken."""


def run(lab):
    lab.boot().run(no_such_name)  # noqa: F821
