# SPDX-License-Identifier: GPL-2.0-only
"""One QEMU machine: its console, which is only read, and the agent on its second serial port."""

import base64
import ctypes
import os
import re
import select
import signal
import socket
import subprocess
import time


class Failure(Exception):
    """Why a scenario failed, in one line."""


class Missing(Failure):
    """What a scenario needs is not to be had here now: nothing is wrong with what it tests."""


# What no kernel of ours may ever say.
BAD = re.compile(
    r"WARNING:|BUG:|\bOops\b|Call Trace|Kernel panic|general protection fault|Unable to handle|"
    r"INFO: task .* blocked|rcu: INFO: |rcu:.* detected .*stall|Bad page|scheduling while atomic|"
    r"EXT4-fs error|EXT4-fs warning|I/O error")

def die_with_parent():
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)


class Machine:
    def __init__(self, arguments, folder, limit, trace="cpu_reset", watch=False, tpm=None):
        """Starts QEMU. `limit` is in seconds, for the life of the machine; `tpm` is the device that a
        TPM shall be, whose memory is in the folder."""
        self.folder = folder
        self.started = time.monotonic()
        self.deadline = self.started + limit
        self.limit = limit
        self.watch = watch
        self.allowed = []
        self.console = ""
        self.answers = ""
        self.scanned = 0
        self.requests = 0
        self.tpm = None
        self.serial_log = open(os.path.join(folder, "serial.log"), "ab", buffering=0)
        self.agent_log = open(os.path.join(folder, "agent.log"), "ab", buffering=0)
        self.console_socket, console_far = socket.socketpair()
        self.agent_socket, agent_far = socket.socketpair()
        self.open = [self.console_socket, self.agent_socket]
        self.monitor, monitor_far = socket.socketpair()
        command = ["qemu-system-x86_64", *arguments, "-display", "none", "-nodefaults",
                   "-d", trace, "-D", os.path.join(folder, "trace.log")]
        for name, far in (("console", console_far), ("agent", agent_far)):
            command += ["-chardev", f"socket,id={name},fd={far.fileno()}",
                        "-serial", f"chardev:{name}"]
        command += ["-chardev", f"socket,id=monitor,fd={monitor_far.fileno()}", "-mon", "monitor"]
        far_ends = [console_far, agent_far, monitor_far]
        if tpm:
            tpm_far = self.start_tpm()
            command += ["-chardev", f"socket,id=tpm,fd={tpm_far.fileno()}",
                        "-tpmdev", "emulator,id=tpm,chardev=tpm", "-device", f"{tpm},tpmdev=tpm"]
            far_ends.append(tpm_far)
        with open(os.path.join(folder, "qemu.log"), "wb") as log:
            log.write((" ".join(command) + "\n").encode())
            log.flush()
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=die_with_parent,
                pass_fds=[far.fileno() for far in far_ends])
        for far in far_ends:
            far.close()

    def start_tpm(self):
        """Starts a TPM, which ends with QEMU; the socket that QEMU shall have."""
        near, far = socket.socketpair()
        state = os.path.join(self.folder, "tpm")
        os.makedirs(state, exist_ok=True)
        try:
            with open(os.path.join(self.folder, "tpm.log"), "ab") as log:
                self.tpm = subprocess.Popen(
                    ["swtpm", "socket", "--tpm2", "--terminate", "--tpmstate", f"dir={state}",
                     "--ctrl", f"type=unixio,clientfd={near.fileno()}"], stdin=subprocess.DEVNULL,
                    stdout=log, stderr=log, preexec_fn=die_with_parent, pass_fds=[near.fileno()])
        except FileNotFoundError:
            raise Missing("swtpm is missing: install package swtpm (tests/setup)") from None
        near.close()
        return far

    def nmi(self):
        """As from a button on the machine: to the boot CPU, as Linux sets the others up."""
        self.monitor.sendall(b"nmi\n")

    def screendump(self, path, timeout=30):
        """Writes what is on the screen to a PPM file."""
        self.monitor.sendall(f"screendump {path}.new\n".encode())
        end = time.monotonic() + timeout
        while not os.path.exists(f"{path}.new") or not os.path.getsize(f"{path}.new"):
            if time.monotonic() > end:
                raise Failure("QEMU gave no picture of its screen")
            time.sleep(0.2)
        time.sleep(1)           # it is being written
        os.rename(f"{path}.new", path)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        if self.tpm:
            self.tpm.wait()     # for its memory is the next machine's

    def running(self):
        return self.process.poll() is None

    def allow(self, pattern):
        """Lines of the kernels' logs that match are no reason to fail."""
        self.allowed.append(re.compile(pattern))

    def age(self):
        return time.monotonic() - self.started

    # Reading

    def _receive(self, seconds):
        """Takes what the machine says within `seconds`; returns at its first words."""
        readable, _, _ = select.select(self.open, [], [], seconds)
        for sock in readable:
            try:
                data = sock.recv(65536)
            except ConnectionResetError:    # QEMU ended before it had read all that it was sent
                data = b""
            text = data.decode("latin-1")
            if not data:
                self.open.remove(sock)
            elif sock is self.console_socket:
                self.serial_log.write(data)
                self.console += text
                if self.watch:
                    print(text.replace("\r", ""), end="", flush=True)
            else:
                self.agent_log.write(data)
                self.answers += text
        if not self.open:
            self.process.wait()

    def scan(self):
        """Fails at a bad line of the console."""
        end = self.console.rfind("\n") + 1
        lines = self.console[self.scanned:end]
        self.scanned = end
        self.check_log(lines, "the console")

    def check_log(self, text, whose):
        for line in text.splitlines():
            if BAD.search(line) and not any(p.search(line) for p in self.allowed):
                self.drain(1)
                raise Failure(f"{whose} has: {line.strip()[:150]}")

    def drain(self, seconds):
        """What follows a bad line, or an end, explains it: it belongs into the log."""
        end = time.monotonic() + seconds
        while self.open and time.monotonic() < end:
            self._receive(0.1)

    def wait_for(self, test, timeout, what):
        """Waits until test() is true, and returns what it said."""
        end = min(time.monotonic() + timeout, self.deadline)
        while True:
            self.scan()
            result = test()
            if result:
                return result
            if not self.open:
                raise Failure(f"the machine reset or stopped instead of {what}")
            if time.monotonic() > end:
                raise Failure(f"no {what} within {min(timeout, self.limit):.0f} s")
            self._receive(0.2)

    def wait_console(self, pattern, timeout=60):
        """Waits for the console to say this, also if it did so before."""
        return self.wait_for(lambda: re.search(pattern, self.console), timeout,
                             f"\"{pattern}\" on the console")

    def wait_end(self, timeout=60):
        """Waits for the machine to switch off or reset."""
        self.wait_for(lambda: not self.open, timeout, "end of the machine")

    # The agent

    def wait_agent(self, role, timeout=60):
        """Waits for the greeting of a system's agent, and returns its boot id."""
        match = self.wait_for(lambda: re.search(r"\n@@(\S+) (\S+)(?: (\S+))?\r?\n", self.answers),
                              timeout, f"greeting from {role}")
        said = self.take(match)
        kind, who, boot_id = match.groups()
        if kind != "hello":
            raise Failure(f"status {who} instead of {role}: {' '.join(said.split())[-300:]}")
        if who != role:
            raise Failure(f"{who} greets, not {role}")
        return boot_id

    def take(self, match):
        """What was said before a match; it and the match are done with."""
        said = self.answers[:match.start()]
        self.answers = self.answers[match.end():]
        return said

    def send(self, script):
        """Sends a script to the agent, and returns the request's number."""
        self.requests += 1
        line = f"{self.requests} {base64.b64encode(script.encode()).decode()}\n"
        self.agent_log.write(f"\n[{self.age():.1f} s] >>> {script}\n".encode())
        self.agent_socket.sendall(line.encode())
        return self.requests

    def result(self, number, timeout, what):
        """The output and exit status of a request, when it is done."""
        match = self.wait_for(lambda: re.search(rf"\n@@{number} (\d+)\r?\n", self.answers),
                              timeout, f"answer to \"{what}\"")
        self.agent_log.write(f"[{self.age():.1f} s]\n".encode())
        return self.take(match), int(match[1])

    def leave(self):
        """Ends the agent; the next one has to greet again."""
        self.agent_log.write(f"\n[{self.age():.1f} s] >>> leave\n".encode())
        self.agent_socket.sendall(b"leave\n")
