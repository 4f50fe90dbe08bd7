# SPDX-License-Identifier: GPL-2.0-only
"""The image goes to another host, over TCP, and comes back from there."""

import socket
import threading

from hibernate import Hibernator
from lab import expect
from machine import Failure
from workload import Workload

HOST = "10.0.2.2"               # the host as QEMU's user network shows it
PIECE = 1 << 20


class Server:
    """The other side of a tcp: target, as kexec-hibernate(8) describes it: three ports in a row."""

    def __init__(self, path):
        self.path = path
        self.have = False
        self.log = []
        self.port = self.listen()

    def listen(self):
        """Three free ports in a row, each with a thread that serves it."""
        for port in range(20000, 60000, 3):
            sockets = []
            try:
                for n in range(3):
                    sockets.append(socket.create_server(("127.0.0.1", port + n)))
            except OSError:
                for s in sockets:
                    s.close()
                continue
            for s, serve in zip(sockets, (self.take, self.give, self.discard)):
                threading.Thread(target=self.forever, args=(s, serve), daemon=True).start()
            return port
        raise Failure("no three free ports in a row")

    @staticmethod
    def forever(listener, serve):
        while True:
            connection, _ = listener.accept()
            with connection:
                try:
                    serve(connection)
                except OSError:
                    pass

    def take(self, connection):
        size = 0
        with open(self.path, "wb") as f:
            while data := connection.recv(PIECE):
                size += f.write(data)
        self.have = True
        self.log.append(f"took {size} bytes")

    def give(self, connection):
        self.log.append("gave" if self.have else "had nothing to give")
        if self.have:
            with open(self.path, "rb") as f:
                connection.sendfile(f)

    def discard(self, connection):
        self.have = False
        self.log.append("discarded")
        connection.sendall(b"discarded\n")


def run(lab):
    work = Workload(lab)
    server = Server(lab.path("image"))
    h = Hibernator(lab, f"tcp:{HOST}:{server.port}",
                   conf=[f"NET=eth0,10.0.2.15/24,{HOST}"], disks=[work.disk],
                   net="")
    a = h.boot()
    a.run(f"kexec-hibernate setup --image tcp:{HOST}:{server.port} --initrd /boot/b.img", 120)
    work.start()
    for n in range(1, lab.rounds + 1):
        lab.say(f"round {n}: " + h.now())
        work.check()
        lab.say(f"   the other side: {', '.join(server.log)}")
        expect(" ".join(server.log), "took [0-9]{6,} bytes.*gave.*gave.*discarded$", "the other side")
        server.log.clear()
    work.finish()
