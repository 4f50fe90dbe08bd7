# SPDX-License-Identifier: GPL-2.0-only
"""Must fail: B's kernel warns of something where the console does not show it."""


def run(lab):
    lab.boot(lab.make_b())
    lab.load_b()
    lab.visit()
    lab.b.run("echo N >/sys/module/printk/parameters/ignore_loglevel; dmesg -n 1; "
              "echo 'WARNING: of something' >/dev/kmsg")
    lab.home()
