# SPDX-License-Identifier: GPL-2.0-only
"""Two kernels take turns under one A, each with its own counter and its own memory; A is rebooted in between, and both
go on. A kill at any moment leaves a set that goes on, and so does a disk or a memory that is full."""

import os
import random

import images
from lab import expect
from machine import Failure

KERNELS = ("6.1", "7")


def run(lab):
    rng = random.Random(lab.options.seed)
    sbin = os.path.join(images.programs(lab.arch), "tree", "sbin")
    disk = images.ext4_disk(lab.path("store.img"), 768)
    files = {**lab.make_b(), "sbin/kimgcore": os.path.join(sbin, "kimgcore"),
             "sbin/kexec-switch": os.path.join(images.TOP, "initramfs", "kexec-switch")}
    for kernel in KERNELS:
        files[f"boot/{kernel}"] = os.path.join(images.kernel(kernel, lab.arch), "bzImage")
    start(lab, files, disk)
    for kernel in KERNELS:
        lab.a.run(f"kexec-switch add {kernel} /boot/{kernel} --initrd=/boot/b.img {lab.via()} "
                  f"--append='{lab.b_command_line()}'")
    lab.a.refuses(f"kexec-switch add {KERNELS[0]} /boot/b", "is there already")
    lab.a.refuses("kexec-switch to nobody", "there is no such kernel")
    boot_ids, counts = {}, dict.fromkeys(KERNELS, 0)
    for n in range(1, lab.rounds + 1):
        kernel = KERNELS[n % 2]
        lab.say(f"round {n}: {kernel}")
        visit(lab, kernel, boot_ids, counts)
        if n == lab.rounds // 2:
            lab.a.run("kexec-switch save && umount /mnt", 300)
            lab.finish()
            start_beside(lab, files, disk)
        if n % 5 == 4:
            killed(lab, KERNELS[(n + 1) % 2], rng.uniform(0, 3))
    full(lab, kernel, KERNELS[(n + 1) % 2])
    visit(lab, kernel, boot_ids, counts)
    lab.say(lab.a.run("kexec-switch list"))
    lab.a.run(f"kexec-switch drop {KERNELS[0]} && kexec-switch drop {KERNELS[1]} && kexec-switch list")
    lab.a.run("kexec -S -l")


def start(lab, files, disk):
    lab.boot(files, disks=[disk])
    lab.a.run(f"mount {lab.disk()} /mnt && mkdir -p /var/lib && ln -s /mnt /var/lib/kexec-jump")


def start_beside(lab, files, disk):
    images = [f"/mnt/kernels/{kernel}/image" for kernel in KERNELS]     # of those that were left once
    lab.boot_beside(lambda: start(lab, files, disk),
                    *(f"[ ! -e {image} ] || kexec --load-preserve-context --dry-run {lab.via()} {image}" for image in images))


def visit(lab, kernel, boot_ids, counts):
    boot_id = lab.visit(f"kexec-switch to {kernel}", 300)
    b = lab.b
    expect(boot_id, boot_ids.setdefault(kernel, boot_id), f"B {kernel}, which must be the same,")
    if not counts[kernel]:
        b.run("mkdir /fill && mount -t tmpfs -o size=0 tmpfs /fill && memfill start /fill 24 && echo 0 >/fill/count", 300)
    counts[kernel] += 1
    b.run("memfill check", 300)
    count = int(b.run("echo $(($(cat /fill/count) + 1)) >/fill/count; cat /fill/count"))
    if count != counts[kernel]:
        raise Failure(f"{kernel} has counted {count}, not {counts[kernel]}")
    lab.home(300)


def full(lab, kernel, other):
    """The one that is loaded stays when there is no room to save it; none is loaded when there is no memory."""
    a = lab.a
    a.run("fallocate -l $(df -k /mnt | awk 'END { print $4 - 4096 }')k /mnt/full && ! cat /dev/zero >/mnt/more 2>/dev/null", 120)
    a.refuses(f"kexec-switch to {other}", f"{kernel} was not saved, and stays loaded", timeout=300)
    a.run("rm /mnt/full /mnt/more; kexec -S -l", status=1)
    a.run("kexec-switch save && kexec -u && mkdir /full && mount -t tmpfs -o size=0 tmpfs /full && dd if=/dev/zero of=/full/full "
          "bs=1M count=$(awk '/^MemAvailable/ { print int($2 / 1024) - 32 }' /proc/meminfo) 2>/dev/null", 300)
    a.refuses(f"kexec-switch to {kernel}", f"needs [0-9.]+ MiB.*is available.*\n.*{kernel} was not loaded", timeout=300)
    a.run("umount /full")


def killed(lab, kernel, seconds):
    """While the one that is loaded is saved, or the other loaded, before the jump."""
    lab.say(f"   killed after {seconds:.1f} s on the way to {kernel}")
    lab.a.run(f"mv /sbin/kexec /sbin/kexec.real\n"
              "printf '#!/bin/sh\\n[ \"$1\" != -e ] || exec sleep 1000\\nexec /sbin/kexec.real \"$@\"\\n' >/sbin/kexec\n"
              f"chmod 755 /sbin/kexec; setsid kexec-switch to {kernel} & sleep {seconds:.1f}; kill -9 -$!\n"
              "sleep 1; mv /sbin/kexec.real /sbin/kexec; kexec-switch list", 120)
