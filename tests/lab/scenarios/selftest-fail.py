# SPDX-License-Identifier: GPL-2.0-only
"""Must fail: the scenario says so, before there is a machine."""

from machine import Failure


def run(_):
    raise Failure("on purpose")
