# SPDX-License-Identifier: GPL-2.0-only
"""What a scenario sees: a machine with A, the B that it jumps to, and expectations."""

import os
import re

import images
from machine import Failure, Machine

# A busy host may be too slow for the kernel's test of its timer, which panics then, and may not run
# a CPU for seconds, which is no stall of ours.
CONSOLE = ("console=ttyS0,115200 ignore_loglevel no_console_suspend no_timer_check "
           "rcupdate.rcu_cpu_stall_timeout=100")
ECHO = "10.0.2.100"         # TCP port 7 sends back what it gets


class Guest:
    """A system whose agent answers."""

    def __init__(self, machine, name):
        self.machine = machine
        self.name = name

    def attempt(self, script, timeout=60):
        """Runs a shell script; its output and exit status."""
        number = self.machine.send(script)
        output, status = self.machine.result(number, timeout, script.strip()[:60])
        return output.strip(), status

    def run(self, script, timeout=60, status=0):
        """Runs a shell script that must end with this exit status; its output."""
        output, got = self.attempt(script, timeout)
        if got != status:
            raise Failure(f"{self.name}: \"{script.strip()[:80]}\" ended with status {got}, "
                          f"not {status}: {' '.join(output.split())[-300:]}")
        return output

    def refuses(self, script, pattern, status=255, timeout=60):
        """Runs a script that must fail with this exit status and with these words."""
        output = self.run(script, timeout, status)
        expect(output, pattern, f"{self.name}: \"{script.strip()[:80]}\"")
        return output


def expect(text, pattern, whose):
    """Fails unless the text has this regular expression; the match."""
    match = re.search(pattern, text)
    if not match:
        raise Failure(f"{whose} said \"{' '.join(text.split())[-300:]}\", "
                      f"which has no \"{pattern}\"")
    return match


class Lab:
    def __init__(self, options, folder, say):
        self.options = options
        self.folder = folder
        self.say = say
        self.arch = options.arch
        self.rounds = options.rounds
        self.machine = None
        self.a = None
        self.b = None

    def path(self, name):
        return os.path.join(self.folder, name)

    def kernel(self, arch=None):
        return images.kernel(self.options.kernel, arch or self.arch)

    # Setting up

    def make_b(self, arch=None, files=None, hooks=()):
        """Makes B's kernel and root file system; {path in A: file here} to give to boot()."""
        image = images.initramfs(self.path("b.img"), arch or self.arch, "B", self.options.kexec,
                                 files, hooks)
        return {"boot/b": os.path.join(self.kernel(arch), "bzImage"), "boot/b.img": image}

    def boot(self, files=None, append="", disks=(), nic=None):
        """Boots A on a new machine; `files` as from make_b(). A NIC reaches ECHO, nothing else."""
        o = self.options
        self.kill()
        image = images.initramfs(self.path("a.img"), self.arch, "A", o.kexec, files, compress="cat")
        # An i386 kernel wants several CPUs of Intel's only: "not suitable for SMP" otherwise.
        cpu = o.cpu or "max,vendor=GenuineIntel"
        arguments = ["-accel", "tcg", "-cpu", cpu, "-smp", str(o.cpus), "-m", o.mem, "-no-reboot",
                     "-kernel", os.path.join(self.kernel(), "bzImage"),
                     "-initrd", image,
                     "-append", " ".join(filter(None, [CONSOLE, o.append, append]))]
        for disk in disks:
            arguments += ["-drive", f"file={disk},format=raw,if=virtio,cache=unsafe"]
        if nic:
            arguments += ["-netdev", f"user,id=n,restrict=on,guestfwd=tcp:{ECHO}:7-cmd:cat",
                          "-device", f"{nic},netdev=n"]
        self.machine = Machine(arguments, self.folder, o.limit,
                               "int,cpu_reset" if o.trace else "cpu_reset", o.watch)
        self.a = Guest(self.machine, "A")
        self.b = Guest(self.machine, "B")
        self.machine.wait_agent("A", 120)
        os.unlink(image)
        return self.a

    # Jumping

    def b_command_line(self, extra=""):
        return " ".join(filter(None, [CONSOLE, self.options.append_b, extra]))

    def load_b(self, append="", options=""):
        """Loads B to jump to; what kexec said."""
        return self.a.run(f"kexec --load-preserve-context /boot/b --initrd=/boot/b.img {options} "
                          f"--append='{self.b_command_line(append)}'", 120)

    def boot_other(self, program="kexec -e", timeout=120):
        """A starts an ordinary image, whose system is B from now on, and the only one."""
        self.machine.send(program)
        self.machine.wait_agent("B", timeout)
        self.a = self.b
        return self.b

    def visit(self, program="kexec -e", timeout=120):
        """A starts to jump; B is there when this returns. To be followed by home()."""
        self.jumping = self.machine.send(program)
        return self.machine.wait_agent("B", timeout)

    def home(self, timeout=120):
        """B goes back; what A's kexec said in the end."""
        self.machine.check_log(self.b.run("dmesg -c"), "B's log")
        self.machine.leave()
        output, status = self.machine.result(self.jumping, timeout, "kexec -e")
        if status:
            raise Failure(f"kexec -e in A ended with status {status}: {output.strip()[-300:]}")
        return output.strip()

    def check_log(self, text, whose="the log"):
        self.machine.check_log(text, whose)

    def finish(self):
        """The last look into the logs of a machine that still runs."""
        if self.machine and self.machine.running():
            self.machine.scan()
            self.machine.check_log(self.a.run("dmesg"), "A's log")

    def kill(self):
        """Switches the machine off, after finish() or a failure."""
        if self.machine:
            self.machine.kill()
