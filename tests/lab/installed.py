# SPDX-License-Identifier: GPL-2.0-only
"""A that is installed on a disk, as every machine is: a Debian, with what "make install" put there, or, with Debian's
own kernel, our packages. The initramfs that it makes boots it, and brings it back."""

import glob
import os
import re
import shutil
import struct
import subprocess
import uuid
import zlib

import images
from hibernate import Hibernator, LONG, room
from lab import expect
from machine import Failure

SLOW = 1200         # seconds to make an initramfs in A
ROOT_MIB = 2048
FIRST = 2048        # the first sector of the first partition
APT = "apt-get", "-q", "-y", "--no-install-recommends"
LINUX = uuid.UUID("0fc63daf-8483-4772-8e79-3d69d8477de4")      # the type of a partition


def partition_uuid(number):
    return uuid.UUID(int=0x6b657865_632d_4a75_8d70_000000000000 + number)


def partitioned_disk(path, *sizes):
    """A disk with a GPT and partitions of so many MiB."""
    sectors = FIRST + sum(sizes) * 2048 + 2048
    images.empty_disk(path, sectors // 2048)
    entries, at = b"", FIRST
    for number, size in enumerate(sizes, 1):
        entries += struct.pack("<16s16sQQQ72s", LINUX.bytes_le, partition_uuid(number).bytes_le,
                               at, at + size * 2048 - 1, 0, b"")
        at += size * 2048
    entries = entries.ljust(128 * 128, b"\0")

    def header(here, other, table):
        def fields(checksum):
            return struct.pack("<8sIIIIQQQQ16sQIII", b"EFI PART", 0x10000, 92, checksum, 0, here, other, 34,
                               sectors - 34, partition_uuid(0).bytes_le, table, 128, 128, zlib.crc32(entries))
        return fields(zlib.crc32(fields(0)))

    with open(path, "r+b") as f:
        for offset, data in (
                (446, struct.pack("<8sII", bytes([0, 0, 2, 0, 0xee, 0xff, 0xff, 0xff]), 1, sectors - 1)),
                (510, b"\x55\xaa"),
                (512, header(1, sectors - 1, 2)), (1024, entries),
                ((sectors - 33) * 512, entries),
                ((sectors - 1) * 512, header(sectors - 1, 1, sectors - 33))):
            f.seek(offset)
            f.write(data)
    return path


class Debian(Hibernator):
    """Its disk has two partitions: the root file system, and the one that it is hibernated to."""

    root_name = f"PARTUUID={partition_uuid(1)}"
    suite = "bookworm"
    append = "rw init=/etc/init-lab"
    life = 3600

    def __init__(self, lab, initramfs, disks=()):
        self.initramfs = initramfs
        self.name_kernel(lab.kernel())
        self.initrd = "/boot/kexec-hibernate.img"
        disk = partitioned_disk(lab.path("debian.img"), ROOT_MIB, room(lab))
        self.root = f"{disk}?offset={FIRST * 512}"      # as e2fsprogs have it
        super().__init__(lab, f"PARTUUID={partition_uuid(2)}", disks=[disk, *disks])

    def name_kernel(self, folder):
        self.release = images.release(folder)
        self.kernel = f"/boot/vmlinuz-{self.release}"

    # Installing

    def make_images(self):
        lab = self.lab
        self.a_image = lab.path("initrd.img")
        tree = lab.path("debian")
        os.mkdir(tree)
        try:
            if lab.options.module:
                self.install_packages(tree)
            else:
                self.install(tree)
            self.install_lab(tree)
            self.write_disk(tree)
        finally:
            shutil.rmtree(tree)
        self.take_initramfs()

    def write_disk(self, tree):
        images.tool("/sbin/mke2fs", "-q", "-t", "ext4", "-F", "-d", tree, "-E", f"offset={FIRST * 512}",
                    self.disks[0], f"{ROOT_MIB}M")

    def inside(self, tree, *command):
        """Runs a command in a Debian that is not running."""
        self.tool("unshare", "--mount", "--pid", "--fork", f"--mount-proc={tree}/proc", "chroot", tree,
                  "env", "DEBIAN_FRONTEND=noninteractive", *command)

    def install(self, tree):
        """A fresh Debian with our programs, the lab's kernel, and an initramfs as for any kernel."""
        lab = self.lab
        images.tool("tar", "-C", tree, "-xf",
                    images.tool(os.path.join(images.HERE, "debian"), self.suite, self.initramfs, lab.arch))
        images.tool("make", "-s", "-C", os.path.dirname(self.sbin), "install", f"DESTDIR={tree}")
        shutil.copy(os.path.join(lab.kernel(), "bzImage"), tree + self.kernel)
        shutil.copy(os.path.join(lab.kernel(), "config"), f"{tree}/boot/config-{self.release}")
        # Everything is built in.
        modules = os.path.join(tree, "lib/modules", self.release)
        os.makedirs(modules)
        for name in ("modules.builtin", "modules.builtin.modinfo", "modules.order"):
            open(os.path.join(modules, name), "wb").close()
        self.tool("chroot", tree, "depmod", self.release)
        self.tool("chroot", tree, *{
            "initramfs-tools": ("update-initramfs", "-c", "-k", self.release),
            "dracut": ("dracut", "--no-hostonly", f"/boot/initrd.img-{self.release}", self.release),
        }[self.initramfs])

    def unpack(self, tree, ours):
        """A Debian with its own kernel, and those of our packages in /root; their paths there."""
        images.tool("tar", "-C", tree, "-xf",
                    images.tool(os.path.join(images.HERE, "debian"), self.suite, self.initramfs, self.lab.arch, "dkms"))
        other = ["i386"] if images.BITS[self.lab.arch] == "32" else []
        packages = images.tool(os.path.join(images.HERE, "packages"), *other)
        names = [name for name in os.listdir(packages) if re.fullmatch(ours, name) and "dbgsym" not in name]
        for name in names:
            shutil.copy(os.path.join(packages, name), os.path.join(tree, "root"))
        return [f"/root/{name}" for name in names]

    def install_packages(self, tree):
        """Ours as a user installs them; DKMS builds the module."""
        self.inside(tree, *APT, "install", *self.unpack(tree, r".*\.deb"))
        self.take_kernel(tree)

    def take_kernel(self, tree):
        """The only kernel of a Debian, for its boot loader."""
        self.kernel_folder = self.lab.path("kernel")
        os.makedirs(self.kernel_folder, exist_ok=True)
        kernel, = glob.glob(f"{tree}/boot/vmlinuz-*")
        shutil.copy(kernel, os.path.join(self.kernel_folder, "bzImage"))
        self.name_kernel(self.kernel_folder)

    def install_lab(self, tree):
        """What the lab needs to talk to it, and its workload."""
        programs = images.programs(self.lab.arch)
        shutil.copy(os.path.join(images.GUEST, "agent"), tree + "/etc/agent")
        for name in images.WORKLOADS["A"]:
            shutil.copy(os.path.join(programs, name), f"{tree}/bin/{name}")
        os.mkdir(os.path.join(tree, "fill"))
        self.first_process(tree)

    def first_process(self, tree):
        """Puts into the file system what starts the agent."""
        shutil.copy(os.path.join(images.GUEST, "init-debian"), os.path.join(tree, "etc/init-lab"))

    def take_initramfs(self):
        """What a boot loader does. debugfs is content with a file that is not there."""
        with open(self.a_image, "wb"):
            pass
        self.tool("/sbin/debugfs", "-R", f"dump /boot/initrd.img-{self.release} {self.a_image}", self.root)
        if not os.path.getsize(self.a_image):
            raise Failure("Debian made no initramfs")

    # The machine

    def power_on(self, append="", **options):
        words = [f"root={self.root_name}", self.append, append]
        return super().power_on(append=" ".join(filter(None, words)), **options)

    def on_a(self, command, pattern="", timeout=120):
        """A command as a user gives it; what it says is shown, and must have this."""
        lab = self.lab
        lab.say(f"A# {command}")
        said = lab.a.run(command, timeout)
        for line in said.splitlines():
            lab.say(f"   {line}")
        return expect(said, pattern, command)

    def setup(self):
        """The one step that a user takes. The initramfs that it makes is for the next boot."""
        ready = re.escape(f"ready: kernel {self.kernel}, image on {self.target}\n")
        self.on_a(f"kexec-hibernate setup --image {self.target} --append '{self.lab.b_command_line()}' 2>&1",
                  ready, SLOW)
        # It has copies of FILES=, which may be keys.
        self.on_a("stat -c %a /boot/initrd.img-*", "^600$")

    def switch_off(self):
        a = self.lab.a
        a.run("sync && mount -o remount,ro /")
        self.lab.finish()
        self.lab.machine.send("busybox poweroff -f")

    def off(self):
        """An orderly end; the file system must be clean."""
        self.switch_off()
        self.lab.machine.wait_end(LONG)
        fsck = subprocess.run(["/sbin/e2fsck", "-fn", self.root], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False)
        if fsck.returncode:
            raise Failure(f"e2fsck: status {fsck.returncode}: {' '.join(fsck.stdout.split())[-200:]}")

    def past(self):
        """A boot that is not to resume tells, and makes sure that no later one does."""
        lab = self.lab
        gone = rf"{self.target} no longer holds an image"
        self.on_a("kexec-hibernate discard", gone)
        self.on_a("touch /run/mine")
        self.save()
        self.power_on(append="noresume")
        lab.machine.wait_console("switched off by the kernel command line", LONG)
        lab.machine.wait_agent("A", LONG)
        lab.machine.wait_console(f"a hibernated system was waiting on {self.target}, and this boot did not resume it",
                                 LONG)
        self.on_a("[ ! -e /run/mine ]")
        self.on_a("kexec-hibernate status --json", '"state": "consumed"')
        self.on_a("kexec-hibernate discard", gone)
        self.on_a("kexec-hibernate status", "image    none")


class Systemd(Debian):
    """One that has systemd, and what a user would have in /etc."""

    suite = "trixie"
    append = "ro"

    def first_process(self, tree):
        system = os.path.join(tree, "etc/systemd/system")
        shutil.copy(os.path.join(images.GUEST, "agent.service"), system)
        with open(os.path.join(tree, "etc/fstab"), "w", encoding="ascii") as f:
            f.write(f"{self.root_name} / ext4 defaults 0 1\ntmpfs /fill tmpfs size=0 0 0\n")
        with open(os.path.join(tree, "etc/hostname"), "w", encoding="ascii") as f:
            f.write("A\n")
        # It is known from the start, so that no service has to make up one.
        with open(os.path.join(tree, "etc/machine-id"), "w", encoding="ascii") as f:
            f.write("20071218200712182007121820071218\n")
        os.makedirs(os.path.join(tree, "var/log/journal"), exist_ok=True)
        self.tool("chroot", tree, "systemctl", "--quiet", "enable", "agent.service")
        self.tool("sed", "-i", "s/^root:x:/root::/", os.path.join(tree, "etc/passwd"))      # for --shell

    def switch_off(self):
        self.lab.finish()
        self.lab.machine.send("systemctl poweroff")

    def healthy(self):
        """All that systemd has started runs."""
        failed = self.lab.a.run("systemctl --failed --plain --no-legend --no-pager", LONG)
        if failed:
            raise Failure(f"units failed: {failed}")
        self.on_a("systemctl is-system-running --wait", "^running$", LONG)

    def boot(self, **options):
        a = super().boot(**options)
        a.attempt("systemctl is-system-running --wait", LONG)
        self.healthy()
        return a


class Packaged(Systemd):
    """A Debian with its own kernel and systemd, packages of its own, and ours in the place of kexec-tools."""

    packages = ("dbus", "libpam-systemd", "procps", "systemd-sysv", "udev")

    def __init__(self, lab, suite):
        if os.geteuid():
            raise Failure("only root can install into a Debian (chroot)")
        lab.options.module = True       # Debian's own kernel
        self.suite = suite
        super().__init__(lab, "initramfs-tools")

    def install_packages(self, tree):
        ours, = self.unpack(tree, r"kexec-jump_[^_]*_(amd64|i386)\.deb")
        self.inside(tree, *APT, "update")
        self.inside(tree, *APT, "install", ours, *self.packages)
        if os.path.exists(f"{tree}/var/lib/dpkg/info/kexec-tools.list"):
            raise Failure("apt took Debian's kexec-tools, too")
        self.take_kernel(tree)

    def restart(self, command, word):
        """A command that starts a kernel from memory, in whose command line there is this word in the end."""
        lab = self.lab
        lab.say(f"A# {command}")
        boot_id = lab.a.run("cat /proc/sys/kernel/random/boot_id")
        lab.machine.send(f"{{ {command}; }} >/dev/console 2>&1 && sleep 3600")
        if lab.machine.wait_agent("A", SLOW) == boot_id:
            raise Failure(f"{command}: the boot id is the old one")
        lab.a.attempt("systemctl is-system-running --wait", LONG)
        self.healthy()
        self.on_a("cat /proc/cmdline", f" {re.escape(word)}$")
