# SPDX-License-Identifier: GPL-2.0-only
"""Datagrams from the host that flood a network card of the guest's, in whichever kernel."""

import socket
import threading
import time

from machine import Failure

CARD = "$(basename $(dirname $(ls -d /sys/bus/virtio/drivers/virtio_net/*/net/*/mtu)))"
ROUTER = "10.0.2.2"     # QEMU's


class Flood(threading.Thread):
    """Goes to a port of the host that QEMU passes on to the guest, while it is on."""

    def __init__(self):
        super().__init__(daemon=True)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        # For Lab.boot().
        self.card = ("-netdev", f"user,id=flood,hostfwd=udp:127.0.0.1:{self.port}-10.0.2.15:9",
                     "-device", "virtio-net-pci,netdev=flood")
        self.on = threading.Event()
        self.start()

    def run(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            while True:
                self.on.wait()
                for _ in range(20):
                    s.sendto(b"\xdb" * 1400, ("127.0.0.1", self.port))
                time.sleep(0.002)

    def connect(self, guest):
        """The card works in this kernel, once more perhaps."""
        guest.run(f"card={CARD} && ifconfig $card 10.0.2.15 netmask 255.255.255.0 up && "
                  "until grep -qx 1 /sys/class/net/$card/carrier; do usleep 100000; done; "
                  f"ping -c 1 -W 5 {ROUTER}", 60)

    def begin(self, guest):
        """Into a kernel that is connected."""
        self.on.set()
        before = packets(guest)
        time.sleep(1)
        if packets(guest) < before + 50:
            raise Failure("the flood does not reach the guest")

    def end(self):
        self.on.clear()


def packets(guest):
    return int(guest.run(f"cat /sys/class/net/{CARD}/statistics/rx_packets"))
