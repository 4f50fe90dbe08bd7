# SPDX-License-Identifier: GPL-2.0-only
"""The life of our packages in a Debian with its own kernel: an upgrade, an update of the kernel, removal and purge. It
boots after each, and hibernates as long as they are there."""

import glob
import os
import re
import shutil
import subprocess

import images
from hibernate import CONF
from installed import APT, Debian
from lab import expect
from machine import Failure
from workload import Workload

arches = ("x86_64", "i386-pae")
MODULE = "updates/dkms/kexec_jump.ko*"
# The one that is there, and another one of the same Debian.
NEXT = {"x86_64": "amd64", "i386-pae": "686"}


class Lived(Debian):
    """A Debian whose files stay here between its boots."""

    def make_images(self):
        self.a_image = self.lab.path("initrd.img")
        self.tree = self.lab.path("debian")
        os.mkdir(self.tree)
        self.install_packages(self.tree)
        self.install_lab(self.tree)

    def do(self, *command):
        self.lab.say("# " + " ".join(command))
        self.inside(self.tree, *command)

    def path(self, name):
        return f"{self.tree}/{name}"

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as f:
            return f.read()

    def holds(self, pattern):
        """Whether there is such a file."""
        return bool(glob.glob(self.path(pattern)))

    def initramfs_has(self, name):
        listed = subprocess.run(["chroot", self.tree, "lsinitramfs", f"/boot/initrd.img-{self.release}"],
                                stdout=subprocess.PIPE, text=True, check=True)
        return any(line.endswith(name) for line in listed.stdout.splitlines())

    def start(self):
        """Boots from a new disk with these files."""
        self.take_kernel(self.tree)
        self.write_disk(self.tree)
        self.take_initramfs()
        return self.boot()

    def configure(self):
        """What setup does in a system that is not running."""
        with open(self.path(CONF), "w", encoding="utf-8") as f:
            f.write(f"TARGET={self.target}\nKERNEL={self.kernel}\nINITRD={self.initrd}\n"
                    f"APPEND={self.lab.b_command_line()}\nPAUSE=1\nMODULES=virtio_pci virtio_blk\n")
        self.do("kexec-hibernate", "renew")
        self.do("update-initramfs", "-u")

    def upgrade(self):
        """The packages with another version, and nothing else."""
        for path in glob.glob(self.path("root/kexec-jump*.deb")):
            name = os.path.basename(path)
            self.do("dpkg-deb", "-R", f"/root/{name}", "/root/package")
            control = self.path("root/package/DEBIAN/control")
            text = re.sub(r"(?m)^(Version: .*)$", r"\1+next", self.read("root/package/DEBIAN/control"))
            with open(control, "w", encoding="utf-8") as f:
                f.write(text)
            os.unlink(path)
            self.do("dpkg-deb", "-b", "/root/package", f"/root/{name}")
            shutil.rmtree(self.path("root/package"))
        self.do(*APT, "install", *(f"/root/{os.path.basename(p)}" for p in glob.glob(self.path("root/kexec-jump*.deb"))))


def must(what, right):
    if not right:
        raise Failure(what)


def hibernates(h, work):
    h.lab.a.run(f"kdump mark {h.lab.disk()}2 empty")
    work.start()
    h.lab.say("   " + h.now())
    work.check()
    work.stop()
    h.lab.a.run("umount /mnt")
    h.off()
    work.fsck()


def run(lab):
    if os.geteuid():
        raise Failure("only root can install into a Debian (chroot)")
    lab.options.module = True
    work = Workload(lab, 1)
    h = Lived(lab, "initramfs-tools", disks=[work.disk])
    h.configure()
    work.initrd = h.initrd
    conf = h.read(CONF)

    h.upgrade()
    must("an upgrade changed the configuration", h.read(CONF) == conf)
    must("there is no module after an upgrade", h.holds(f"lib/modules/{h.release}/{MODULE}"))
    must("the initramfs lost its hook in an upgrade", h.initramfs_has("bin/kexec-hibernate"))

    # The kernel that was there goes.
    old = h.release
    h.do(*APT, "update")
    h.do(*APT, "install", f"linux-image-{NEXT[lab.arch]}", f"linux-headers-{NEXT[lab.arch]}")
    h.do(*APT, "--allow-change-held-packages", "purge", f"linux-image-{old}")
    h.take_kernel(h.tree)
    must("the new kernel is the old one", h.release != old)
    must("there is no module for the new kernel", h.holds(f"lib/modules/{h.release}/{MODULE}"))
    expect(h.read(CONF), rf"(?m)^KERNEL=\S*{re.escape(h.kernel)}\S*$", "the configuration after an update of the kernel")
    work.kernel = h.kernel
    h.start()
    hibernates(h, work)

    h.do(*APT, "remove", "kexec-jump", "kexec-jump-dkms")
    must("the configuration went with the packages", h.holds(CONF))
    must("the module is still there", not h.holds(f"lib/modules/*/{MODULE}"))
    must("the initramfs still has our hook", not h.initramfs_has("bin/kexec-hibernate"))
    h.start()
    h.off()

    h.do(*APT, "purge", "kexec-jump", "kexec-jump-dkms")
    left = subprocess.run(["find", h.tree, "-xdev", "-name", "*kexec-[jh]*", "!", "-path", f"{h.path('root')}/*",
                           "!", "-path", f"{h.path('run')}/*"], stdout=subprocess.PIPE, text=True, check=True).stdout.split()
    must(f"a purge leaves {' '.join(left)}", not left)
    h.start()
    h.off()
