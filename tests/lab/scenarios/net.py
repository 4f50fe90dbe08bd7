# SPDX-License-Identifier: GPL-2.0-only
"""A jump leaves network interfaces alone; an ordinary start takes them down, unless with -x."""

from lab import ECHO, ECHO_NET, expect

ADDRESS = "10.0.2.15/24"
UP = "ip link show eth0 | grep -q '[<,]UP[,>]'"


def run(lab):
    a = lab.boot(lab.make_b(), net=ECHO_NET)
    # A packet that is sent before there is a carrier is lost, and nc does not try again.
    a.run(f"ip link set eth0 up && ip addr add {ADDRESS} dev eth0 && {UP} && "
          "until grep -qx 1 /sys/class/net/eth0/carrier; do usleep 100000; done")
    connect(a)
    talk(a, "before any jump")
    lab.load_b()
    a.run("noreboot kexec -e")
    still_up(a)
    for n in range(1, lab.rounds + 1):
        lab.visit()
        expect(lab.b.run("ip link show"), "eth0: ", "B")
        lab.home()
        still_up(a)
        talk(a, f"after jump {n}")
    a.run("ping -c 3 -W 5 10.0.2.2", 60)

    a.run("kexec -u && kexec -l /boot/b --initrd=/boot/b.img --append=quiet", 120)
    a.run("noreboot kexec -e -x")
    still_up(a)
    a.run("noreboot kexec -e")
    a.run(UP, status=1)


def still_up(a):
    a.run(UP)
    expect(a.run("ip addr show eth0"), rf"inet {ADDRESS} ", "eth0")


def connect(a):
    """One TCP connection for the whole scenario; what goes into /run/out comes back in /run/in."""
    a.run("mkfifo /run/out && (sleep 100000 >/run/out 2>&1 & nc "
          f"{ECHO} 7 </run/out >/run/in 2>&1 &) >/dev/null 2>&1")


def talk(a, words):
    a.run(f"echo {words} >/run/out; for i in $(seq 100); do grep -qx '{words}' /run/in && exit 0; "
          "usleep 100000; done; exit 1", 60)
