# SPDX-License-Identifier: GPL-2.0-only
"""What a scenario sees: a machine with A, the B that it jumps to, and expectations."""

import os
import re

import images
from machine import Failure, Machine
from models import MODELS

# A busy host may be too slow for the kernel's test of its timer, which panics then, and may not run
# a CPU for seconds, which is no stall of ours.
CONSOLE = ("console=ttyS0,115200 ignore_loglevel no_console_suspend no_timer_check "
           "rcupdate.rcu_cpu_stall_timeout=100")
ECHO = "10.0.2.100"         # TCP port 7 sends back what it gets, on a machine with this network
ECHO_NET = f"restrict=on,guestfwd=tcp:{ECHO}:7-cmd:cat"


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
        self.model = MODELS[options.machine]
        self.rounds = options.rounds
        self.machine = None
        self.a = None
        self.b = None

    def path(self, name):
        return os.path.join(self.folder, name)

    def kernel(self, arch=None):
        return images.kernel(self.options.kernel, arch or self.arch)

    def kernel_b(self, arch=None):
        return images.kernel(self.options.kernel_b, arch or self.arch)

    # Setting up

    def modules(self):
        """What A loads first."""
        return images.modules(self.options.kernel, self.arch) if self.options.module else ()

    def modules_b(self, arch=None):
        """What B loads first: with Debian's kernel, as A, or because it is another one than A's."""
        o = self.options
        if images.is_stock(o.kernel_b) and (o.module or o.kernel_b != o.kernel):
            return images.modules(o.kernel_b, arch or self.arch)
        return ()

    def config(self):
        """A kernel with a module is Debian's, whose configuration is a file."""
        return images.config(self.kernel()) if self.options.module else {}

    def make_b(self, arch=None, files=None, hooks=()):
        """Makes B's kernel and root file system; {path in A: file here} to give to boot()."""
        image = images.initramfs(self.path("b.img"), arch or self.arch, "B", self.options.kexec,
                                 files, hooks, insmod=self.modules_b(arch))
        return {"boot/b": os.path.join(self.kernel_b(arch), "bzImage"), "boot/b.img": image, **self.config()}

    def boot(self, files=None, append="", disks=(), net=None, more=()):
        """Boots A on a new machine; `files` as from make_b(), `net` and `more` as for power_on()."""
        self.kill()
        image = images.initramfs(self.path("a.img"), self.arch, "A", self.options.kexec, files,
                                 compress="cat", insmod=self.modules())
        for last in (False, True):
            self.power_on(image, append=append, disks=disks, cache="unsafe", net=net, more=more)
            try:
                self.machine.wait_agent("A", 120 + self.model.seconds)
                break
            except Failure as failure:
                # Before its first process nothing of ours runs; TCG on a busy host stalls there once in hundreds.
                if last or "no greeting" not in str(failure) or "Run /init" in self.machine.console:
                    raise
            self.say("A's kernel stalled in its own boot: A boots once more")
            self.kill()
        os.unlink(image)
        return self.a

    def power_on(self, initrd, kernel=None, append="", mem=None, cpu=None, limit=0, more=(), **parts):
        """Starts QEMU; `parts` as for Model.qemu(), `more` as they are."""
        o = self.options
        # An i386 kernel wants several CPUs of Intel's only: "not suitable for SMP" otherwise.
        arguments = ["-accel", "tcg", "-cpu", cpu or o.cpu or "max,vendor=GenuineIntel",
                     "-smp", str(o.cpus), "-m", mem or o.mem, *self.nodes(mem or o.mem), "-no-reboot",
                     "-kernel", os.path.join(kernel or self.kernel(), "bzImage"), "-initrd", initrd,
                     "-append", " ".join(filter(None, [self.console(), o.append, append])),
                     *self.model.qemu(self.folder, images.BITS[self.arch], **parts),
                     *(["-device", o.device] if o.device else []), *more]
        self.machine = Machine(arguments, self.folder, max(o.limit, limit) + self.model.seconds,
                               "int,cpu_reset" if o.trace else "cpu_reset", o.watch, self.model.tpm)
        self.a = Guest(self.machine, "A")
        self.b = Guest(self.machine, "B")
        return self.machine

    def nodes(self, mem):
        """What QEMU is told about NUMA: as much memory and as many CPUs for each node."""
        cpus, nodes = self.options.cpus, self.options.nodes
        arguments = []
        for n in range(nodes) if nodes > 1 else ():
            own = range(cpus * n // nodes, cpus * (n + 1) // nodes)
            arguments += ["-object", f"memory-backend-ram,id=node{n},size={images.mib(mem) // nodes}M",
                          "-numa", ",".join([f"node,memdev=node{n}", *(f"cpus={c}" for c in own)])]
        return arguments

    def console(self):
        """The words of a command line that make a kernel heard."""
        return " ".join(filter(None, [self.model.console, CONSOLE]))

    def disk(self, number=0):
        """What Linux calls a disk of this machine."""
        return self.model.disk(number)

    # Jumping

    def b_command_line(self, extra=""):
        return " ".join(filter(None, [self.console(), self.options.append_b, extra]))

    def via(self):
        """The option for our module where the kernel could do it too."""
        o = self.options
        return "--jump-via=module" if o.module and not images.is_stock(o.kernel) else ""

    def load_b(self, append="", options=""):
        """Loads B to jump to; what kexec said."""
        options = " ".join(filter(None, [self.via(), options]))
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

    def lost(self, what, ended, said, more=None):
        """B does `what`, and `more` is done to it, of which it is lost: see ended()."""
        self.machine.check_log(self.b.run("dmesg -c"), "B's log")
        self.losing()
        self.machine.send(f"sync; {what}")
        if more:
            more()
        self.ended(ended, said)

    def losing(self):
        """From here to ended() the console may say what it likes."""
        self.machine.scan()
        self.machine.allow(".*")

    def ended(self, ended, said, timeout=300):
        """A is back without B, and kexec -e says that it `ended`; `said` is in B's log, as A sees it."""
        output, status = self.machine.result(self.jumping, timeout, "kexec -e")
        self.machine.scan()
        self.machine.allowed.pop()
        self.say(f"   {output.strip()[-200:]}")
        if status != 254:
            raise Failure(f"kexec -e in A ended with status {status}: {output.strip()[-300:]}")
        expect(output, f"the other kernel {ended}", "kexec -e")
        log = self.a.run("kimgcore dmesg")
        if not re.search(said, log):
            raise Failure(f"B's log, as A sees it, has no \"{said}\": {log[-300:]}")
        self.a.refuses("kexec -e", "the kernel that is loaded has crashed")

    def boot_beside(self, boot, *loads, leave="umount /mnt"):
        """A by boot(), again until its kernel, which is somewhere else each time, is not where the memory of a kept B was."""
        for _ in range(8):
            boot()
            said = [self.a.attempt(load) for load in loads]
            refused = [text for text, status in said if status]
            if not refused:
                return self.a
            for text in refused:
                expect(text, "this boot's kernel lies where its memory was", "kexec")
            self.say("A's kernel is where B's memory was: once more")
            self.a.run(leave)
        raise Failure("A's kernel was where B's memory is eight times")

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
