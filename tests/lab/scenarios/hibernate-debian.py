# SPDX-License-Identifier: GPL-2.0-only
"""A Debian, with what "make install" put there, hibernates and is resumed by its own initramfs."""

import json
import os
import re
import shutil
import struct
import subprocess

import images
from hibernate import Hibernator, LONG, room
from lab import expect
from machine import Failure
from workload import Workload

machines = ("pc",)         # with room for three disks

SLOW = 900          # seconds for update-initramfs in A
SUMS = "/run/debian-sums"


def release(kernel):
    """What uname -r says in a kernel that is a bzImage."""
    with open(os.path.join(kernel, "bzImage"), "rb") as f:
        image = f.read(0x10000)
    start = struct.unpack_from("<H", image, 0x20e)[0] + 0x200
    return image[start:start + 100].split(b" ")[0].decode()


class Debian(Hibernator):
    """The first disk is its root file system; what boots it is the initramfs that it made."""

    def make_images(self):
        lab = self.lab
        self.release = release(lab.kernel())
        self.root = self.disks[0]
        self.a_image = lab.path("initrd.img")
        tree = lab.path("debian")
        os.mkdir(tree)
        try:
            self.install(tree)
            images.tool("/sbin/mke2fs", "-q", "-t", "ext4", "-F", "-d", tree, self.root, "1G")
        finally:
            shutil.rmtree(tree)
        self.take_initramfs()

    def install(self, tree):
        """A fresh Debian with our programs, the lab's kernel, and an initramfs as for any kernel."""
        lab = self.lab
        images.tool("tar", "-C", tree, "-xf", images.tool(os.path.join(images.HERE, "debian"), lab.arch))
        images.tool("make", "-s", "-C", os.path.dirname(self.sbin), "install", f"DESTDIR={tree}")
        programs = images.programs(lab.arch)
        files = {
            f"boot/vmlinuz-{self.release}": os.path.join(lab.kernel(), "bzImage"),
            f"boot/config-{self.release}": os.path.join(lab.kernel(), "config"),
            "etc/init-lab": os.path.join(images.GUEST, "init-debian"),
            "etc/agent": os.path.join(images.GUEST, "agent"),
            **{f"bin/{name}": os.path.join(programs, name) for name in images.WORKLOADS["A"]},
        }
        for path, source in files.items():
            shutil.copy(source, os.path.join(tree, path))
        # Everything is built in.
        modules = os.path.join(tree, "lib/modules", self.release)
        os.makedirs(modules)
        for name in ("modules.builtin", "modules.builtin.modinfo", "modules.order"):
            open(os.path.join(modules, name), "wb").close()
        os.mkdir(os.path.join(tree, "fill"))
        self.tool("chroot", tree, "update-initramfs", "-c", "-k", self.release)

    def take_initramfs(self):
        """What a boot loader does. debugfs is content with a file that is not there."""
        with open(self.a_image, "wb"):
            pass
        self.tool("/sbin/debugfs", "-R", f"dump /boot/initrd.img-{self.release} {self.a_image}", self.root)
        if not os.path.getsize(self.a_image):
            raise Failure("Debian made no initramfs")

    def power_on(self, append="", **options):
        return super().power_on(append=f"root=/dev/vda rw init=/etc/init-lab {append}", **options)

    def off(self, before="true"):
        """An orderly end; the file system must be clean."""
        lab = self.lab
        lab.a.run(f"{before} && sync && mount -o remount,ro /")
        lab.finish()
        lab.machine.send("busybox poweroff -f")
        lab.machine.wait_end()
        fsck = subprocess.run(["/sbin/e2fsck", "-fn", self.root], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False)
        if fsck.returncode:
            raise Failure(f"e2fsck: status {fsck.returncode}: {' '.join(fsck.stdout.split())[-200:]}")


def run(lab):
    if os.geteuid():
        raise Failure("only root can install into a Debian (chroot)")
    target = images.empty_disk(lab.path("target.img"), room(lab))
    work = Workload(lab, 2)
    h = Debian(lab, "/dev/vdb", disks=[lab.path("debian.img"), target, work.disk])
    work.kernel, work.initrd = f"/boot/vmlinuz-{h.release}", "/boot/kexec-hibernate.img"

    def on_a(command, pattern, timeout=120):
        lab.say(f"A# {command}")
        said = lab.a.run(command, timeout)
        for line in said.splitlines():
            lab.say(f"   {line}")
        return expect(said, pattern, command)

    h.boot()
    lab.a.refuses("kexec-hibernate now", "run kexec-hibernate setup --image TARGET first")
    on_a(f"kexec-hibernate setup --image /dev/vdb --append '{lab.b_command_line()}'",
         rf"ready: kernel /boot/vmlinuz-{re.escape(h.release)}, image on /dev/vdb\n"
         rf"update-initramfs: Generating /boot/initrd.img-{re.escape(h.release)}", SLOW)
    # It has copies of FILES=, which may be keys.
    on_a("stat -c %a /boot/initrd.img-*", "^600$")
    h.off()
    h.take_initramfs()

    h.boot()
    on_a("kexec-hibernate status", "image    none\n.*not loaded")
    work.start()
    lab.a.run(f"sha256sum /bin/* /lib/*/lib*.so* >{SUMS}", LONG)
    for n in range(1, lab.rounds + 1):
        lab.say(f"round {n}: A# kexec-hibernate now")
        lab.say("   " + h.now())
        work.check()
        on_a("kexec-hibernate status", "image    was resumed")
    lab.a.run(f"sha256sum -c {SUMS} >/dev/null", LONG)
    work.stop()
    h.off("umount /mnt")
    work.fsck()
    past(lab, h, on_a)


def past(lab, h, on_a):
    """A boot that is not to resume tells, and makes sure that no later one does."""
    h.boot()
    on_a("kexec-hibernate discard", "/dev/vdb no longer holds an image")
    on_a("touch /run/mine", "")
    h.save()
    h.power_on(append="noresume")
    lab.machine.wait_console("switched off by the kernel command line", LONG)
    lab.machine.wait_agent("A", LONG)
    lab.machine.wait_console("a hibernated system was waiting on /dev/vdb, and this boot did not resume it")
    lab.a.run("[ ! -e /run/mine ]")
    if json.loads(h.state())["state"] != "consumed":
        raise Failure(f"after a boot past it: {h.state()}")
    on_a("kexec-hibernate discard", "/dev/vdb no longer holds an image")
    on_a("kexec-hibernate status", "image    none")
    h.off()
