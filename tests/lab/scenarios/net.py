# SPDX-License-Identifier: GPL-2.0-only
"""A jump leaves network interfaces alone; an ordinary start takes them down, unless with -x."""

UP = "ip link show eth0 | grep -q '[<,]UP[,>]'"


def run(lab):
    a = lab.boot(lab.make_b(), nic="e1000")
    a.run(f"ip link set eth0 up && ip addr add 10.0.2.15/24 dev eth0 && {UP}")
    a.run("ping -c 1 -W 5 10.0.2.2")
    lab.load_b()
    lab.visit()
    lab.home()
    a.run(UP)
    a.run("ping -c 3 -W 5 10.0.2.2", 60)
    a.run("noreboot kexec -e")
    a.run(UP)
    a.run("kexec -u && kexec -l /boot/b --initrd=/boot/b.img --append=quiet", 120)
    a.run("noreboot kexec -e -x")
    a.run(UP)
    a.run("noreboot kexec -e")
    a.run(UP, status=1)
