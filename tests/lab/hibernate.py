# SPDX-License-Identifier: GPL-2.0-only
"""A machine that hibernates: several QEMU processes, one after the other, with the same disks."""

import os
import subprocess

import images
from lab import expect
from machine import Failure
from workload import Workload

NET = os.path.join(images.TOP, "hibernate", "boot", "hibernate-net")
CONF = "etc/kexec-hibernate.conf"
B_KERNEL, B_IMAGE = "boot/b", "boot/b.img"
LONG = 300          # seconds, for a whole save or restore on a busy host
LIFE = 900          # and for all that one machine does


def room(lab):
    """MiB that hold an image of any content."""
    return images.mib(lab.options.mem) + 128


def on_partition(lab, drivers=()):
    """A busy A that is set up to hibernate to a raw disk: its workload, itself, and the disk."""
    work = Workload(lab, 1)
    target = images.empty_disk(lab.path("target.img"), room(lab))
    h = Hibernator(lab, lab.disk(0), disks=[target, work.disk], drivers=drivers)
    h.boot().run(f"kexec-hibernate setup --image {h.target} --initrd /boot/b.img", 120)
    work.start()
    return work, h, target


class Hibernator:
    """A and its disks. `target` as A knows it; `conf`: more lines of its configuration; `drivers`: modules that A alone
    loads before it resumes; `files`: more of A's, path: source."""

    life = LIFE
    kernel_folder = None        # of A, when it is not the lab's

    def __init__(self, lab, target, conf=(), hooks=(), disks=(), devices=(),
                 net=None, append_b="", drivers=(), files=()):
        if lab.options.kernel_b != lab.options.kernel:
            raise Failure("a hibernated system's second kernel is its own: no --kernel-b")
        self.lab = lab
        self.target = target
        self.disks = list(disks)
        self.devices = list(devices)
        self.net = net
        self.conf = lab.path("hibernate.conf")
        self.hooks = list(hooks)
        self.drivers = list(drivers)
        self.files = dict(files)
        self.asked = None
        self.sbin = self.programs()
        with open(self.conf, "w", encoding="utf-8") as f:
            f.write("\n".join([f"TARGET={target}", f"KERNEL=/{B_KERNEL}", f"INITRD=/{B_IMAGE}",
                               f"APPEND={lab.b_command_line()} {append_b}", "PAUSE=1", "KEEP=no",
                               f"MODULES={' '.join(lab.modules())}", *conf]) + "\n")
        self.make_images()

    def programs(self):
        """The folder of kexec, kdump and krestore."""
        tree = os.path.join(images.programs(self.lab.arch), "tree")
        return os.path.join(tree, "sbin")

    def busybox(self):
        if images.BITS[self.lab.arch] == "64":
            return []
        folder = images.tool(os.path.join(images.HERE, "deb"), "i386", "busybox-static")
        return ["--busybox", os.path.join(folder, "bin/busybox")]

    def make_images(self):
        """B's root file system by kexec-hibernate's own means, and A's around it."""
        lab, sbin = self.lab, self.sbin
        options = [f"--kexec={sbin}/kexec", f"--kdump={sbin}/kdump", *self.busybox()]
        for hook in self.hooks:
            options += ["--hook", hook]
        environment = {"KEXEC_HIBERNATE_CONF": self.conf, "KEXEC_HIBERNATE_LIB": self.parts(),
                       "KEXEC_HIBERNATE_MKINITRAMFS": " ".join(options)}
        self.b_image = lab.path("b.img")
        images.tool("env", *[f"{k}={v}" for k, v in environment.items()], f"{sbin}/kexec-hibernate", "initrd",
                    self.b_image)
        self.a_image = self.make_a(lab.path("a-hibernate.img"))

    def parts(self):
        """A folder with what kexec-hibernate takes from where it is installed."""
        folder = self.lab.path("parts")
        os.makedirs(folder, exist_ok=True)
        for source in (images.MKINITRAMFS, os.path.join(os.path.dirname(images.MKINITRAMFS), "init"), NET,
                       os.path.join(os.path.dirname(self.sbin), "libexec/kexec-jump/hibernate-hook")):
            link = os.path.join(folder, os.path.basename(source))
            if not os.path.lexists(link):
                os.symlink(source, link)
        return folder

    def make_a(self, output):
        lab = self.lab
        programs = images.programs(lab.arch)
        files = {
            B_KERNEL: os.path.join(lab.kernel(), "bzImage"), B_IMAGE: self.b_image,
            CONF: self.conf,
            "sbin/kexec-hibernate": f"{self.sbin}/kexec-hibernate",
            "usr/share/kexec-jump/hibernate-net": NET,
            "etc/init-lab": os.path.join(images.GUEST, "init"),
            "etc/agent": os.path.join(images.GUEST, "agent"),
            **{f"bin/{name}": os.path.join(programs, name) for name in images.WORKLOADS["A"]},
            **lab.config(), **self.files,
        }
        command = [images.MKINITRAMFS, "-o", output, "--compress", "cat",
                   "--kexec", f"{self.sbin}/kexec", "--kdump", f"{self.sbin}/kdump",
                   "--init", os.path.join(images.GUEST, "init-hibernate"), *self.busybox()]
        for path, source in files.items():
            command += ["--file", f"{source}:{path}"]
        for module in (*lab.modules(), *self.drivers):
            command += ["--module", module]
        images.tool(*command)
        return output

    # The machine

    def power_on(self, kernel=None, mem=None, cpu=None, append=""):
        """Starts QEMU; what A becomes is seen by what it says then."""
        self.lab.kill()
        return self.lab.power_on(self.a_image, kernel or self.kernel_folder, append, mem, cpu, self.life, self.devices,
                                 disks=self.disks, net=self.net)

    def boot(self, **options):
        """An ordinary boot, which finds nothing to resume."""
        self.power_on(**options).wait_agent("A", LONG)
        return self.lab.a

    # Hibernation

    def ask(self, options=""):
        """A begins to hibernate."""
        self.asked = self.lab.machine.send(f"kexec-hibernate now {options}")

    def answer(self, status=0):
        """What kexec-hibernate said in the end, here or on a machine that came later."""
        machine = self.lab.machine
        output, got = machine.result(self.asked, LONG, "kexec-hibernate now")
        machine.requests = max(machine.requests, self.asked)
        if got != status:
            raise Failure(f"kexec-hibernate now ended with status {got}, not {status}: "
                          f"{' '.join(output.split())[-300:]}")
        return output.strip()

    def save(self, options=""):
        """A hibernates; returns when the machine is off."""
        self.ask(options)
        self.lab.machine.wait_end(LONG)

    def resume(self, **options):
        """A later boot, which must bring A back."""
        self.power_on(**options)
        said = self.answer()
        expect(said, r"resumed from .*id=[0-9a-f]{32}", "kexec-hibernate now")
        return said

    def now(self, options=""):
        """Hibernates and comes back."""
        self.save(options)
        return self.resume()

    def tool(self, *command):
        """One of our programs, here. It tells its progress to the log."""
        with open(self.lab.path("tools.log"), "a", encoding="utf-8") as log:
            done = subprocess.run(command, stdout=log, stderr=log, check=False)
        if done.returncode:
            raise Failure(f"{' '.join(command[:2])}: status {done.returncode}, see tools.log")

    def state(self):
        """What kdump says about the image on A's target, in A."""
        return self.lab.a.run("kexec-hibernate status --json")
