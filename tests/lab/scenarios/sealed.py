# SPDX-License-Identifier: GPL-2.0-only
"""B saves A's memory encrypted and the machine is switched off; a later boot opens the image with a passphrase, gives C the
key of this image alone in memory, and C brings A back. The disk holds neither A's memory nor a key."""

import mmap
import os
import subprocess

import images
from hibernate import LIFE, LONG, room
from lab import expect
from machine import Failure
from workload import Workload

PASSPHRASE = "what the user knows"
OPEN = "--passphrase-fd 9 /etc/private"
MARKER = "a word that lies in the memory of A alone: "
GATE = "/run/kexec-jump.gate"


def run(lab):
    sbin = os.path.join(images.programs(lab.arch), "tree", "sbin")
    private, seal = make_keys(lab, sbin)
    krestore = {"sbin/krestore": os.path.join(sbin, "krestore")}
    files = {**lab.make_b(files={"etc/seal": seal, **krestore}), "etc/private": private, **krestore}
    target = images.empty_disk(lab.path("target.img"), room(lab))
    work = Workload(lab, 1)
    a = lab.boot(files, disks=[target, work.disk])
    a.run(f"echo '{MARKER}'$((6 * 7)) >/run/marker")
    boot_image = images.initramfs(lab.path("boot.img"), lab.arch, "A", lab.options.kexec, files, compress="cat",
                                  insmod=lab.modules())
    work.start()
    lab.load_b()
    save(lab)
    secret = resume(lab, boot_image, [target, work.disk])
    work.check()
    lab.a.run(f"grep -q '{MARKER}42' /run/marker && kexec -u")
    work.finish()
    search(target, [b"kexec-jump rec.", f"{MARKER}42".encode(), b"OSRELEASE=", bytes.fromhex(secret), PASSPHRASE.encode()])


def make_keys(lab, sbin):
    """The files of a private key, whose slot costs little here, and of the seal key."""
    private, seal = lab.path("private"), lab.path("seal")
    subprocess.run([os.path.join(sbin, "kdump"), "key", "new", "--passphrase-fd", "0", "--memory", "16M", "--passes", "1",
                    private, seal], input=PASSPHRASE.encode(), check=True)
    return private, seal


def save(lab):
    """Until the machine is off."""
    lab.visit()
    said = lab.b.run(f"kdump save --seal /etc/seal -o {lab.disk()} 2>&1", LONG)
    lab.say("   B: " + said.strip().splitlines()[-1])
    lab.b.refuses(f"krestore --check {lab.disk()}", "is encrypted; the key of recipient")
    lab.machine.send("sync; poweroff -f")
    lab.machine.wait_end(LONG)


def resume(lab, boot_image, disks):
    """A boot, C, and A again; the image's key, in hexadecimal, as the boot and C had it."""
    asked = lab.jumping
    lab.power_on(boot_image, disks=disks, limit=LIFE).wait_agent("A", LONG)
    boot = lab.a
    disk = lab.disk()
    boot.refuses(f"kexec -l /boot/b --window-of={disk}", "is encrypted; the key of recipient")
    boot.refuses(f"exec 9<<END\nwrong\nEND\nkdump key image {OPEN} {disk} /run/key", "opens none of its 1 slots")
    boot.run(f"exec 9<<END\n{PASSPHRASE}\nEND\nmkdir /run/c && kdump key image {OPEN} {disk} /run/c/key")
    secret = boot.run("od -An -v -tx1 -j48 -N32 /run/c/key").replace(" ", "").replace("\n", "").strip()
    boot.run("cd /run/c && echo key | cpio -o -H newc >/run/key.cpio 2>/run/cpio.log")
    boot.run(f"kexec -l /boot/b --initrd=/boot/b.img --initrd=/run/key.cpio --window-of={disk} --key=/run/c/key "
             f"--append='{lab.b_command_line()}'", LONG)
    lab.boot_other()
    c = lab.b
    c.refuses(f"krestore {disk}", "is encrypted; the key of recipient")
    lab.say("   C: " + c.run(f"krestore --key=/key {disk} 2>&1", LONG).strip().splitlines()[-1])
    c.run(f"kexec --load-jump-back-helper --one-way --vmcore={GATE} && kdump mark {disk} consumed")
    lab.machine.send("kexec -e -x -y")
    output, status = lab.machine.result(asked, LONG, "kexec -e")
    lab.machine.requests = max(lab.machine.requests, asked)
    if status:
        raise Failure(f"kexec -e in A ended with status {status}: {output.strip()[-300:]}")
    expect(output, "back in Linux", "kexec -e")
    lab.a = type(lab.a)(lab.machine, "A")
    lab.a.run(f"kdump info --state {disk}", status=5)
    return secret


def search(target, wanted):
    with open(target, "rb") as f, mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ) as disk:
        for word in wanted:
            if disk.find(word) >= 0:
                raise Failure(f"the disk holds {word!r}")
