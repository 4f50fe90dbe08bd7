# SPDX-License-Identifier: GPL-2.0-only
"""What a machine boots: kernels, the programs for them, and root file systems."""

import os
import struct
import subprocess
import tempfile

from machine import Failure, Missing

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
BUILD = os.environ.get("BUILD") or os.path.join(TOP, "build-lab")
GUEST = os.path.join(HERE, "guest")
MKINITRAMFS = os.path.join(TOP, "initramfs", "mkinitramfs")
WORKLOADS = {"A": ("memfill", "steady", "corepage", "flipbit", "noreboot"),
             "B": ("memfill", "corepage")}

NOT_TO_BE_HAD = 75      # exit status of our programs that fetch packages

BITS = {"x86_64": "64", "i386-pae": "32", "i386": "32"}


def mib(size):
    """QEMU's way to say how much memory, in MiB."""
    return int(size[:-1]) * {"M": 1, "G": 1024}[size[-1]]


def tool(*command):
    """The output of one of our programs; what it says on stderr is for the user."""
    result = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if result.returncode:
        kind = Missing if result.returncode == NOT_TO_BE_HAD else Failure
        raise kind(f"{os.path.basename(command[0])} {' '.join(command[1:3])} failed")
    return result.stdout.strip()


def is_stock(version):
    """Debian's own kernels."""
    return version.split("-")[0] == "stock"


def kernel(version, arch):
    """The folder of a kernel: one of ours, Debian's own ("stock" or "stock-KIND", a kind that stock-kernel has), or
    any folder with a bzImage. Its name begins with the version, where it is ours."""
    if os.path.isdir(version):
        return version
    if is_stock(version):
        return tool(os.path.join(HERE, "stock-kernel"), arch, *version.split("-")[1:])
    return tool(os.path.join(HERE, "kernel"), version, arch)


def release(kernel):
    """What uname -r says in a kernel that is a bzImage."""
    with open(os.path.join(kernel, "bzImage"), "rb") as f:
        image = f.read(0x10000)
    start = struct.unpack_from("<H", image, 0x20e)[0] + 0x200
    return image[start:start + 100].split(b" ")[0].decode()


def config(folder):
    """{path there: file here} of a kernel's configuration, which Debian's has in no other place."""
    return {f"boot/config-{release(folder)}": os.path.join(folder, "config")}


def programs(arch, *part):
    """The folder of the programs; run-all has built them once for all its runs."""
    if os.environ.get("LAB_BUILT"):
        return os.path.join(BUILD, f"programs-{BITS[arch]}")
    return tool(os.path.join(HERE, "programs"), BITS[arch], *part)


def modules(version, arch):
    """Those that Debian's kernel needs here, and ours, in the order in which they are loaded."""
    return tool(os.path.join(HERE, "module"), version, arch).splitlines()


def initramfs(output, arch, role, kexec=None, files=None, hooks=(), compress="gzip -n1", insmod=()):
    """Makes the root file system of A or B. `files`: {path there: file here}; `insmod`: modules to be loaded."""
    folder = programs(arch, "guest") if kexec else programs(arch)
    sbin = os.path.join(folder, "tree", "sbin")
    command = [MKINITRAMFS, "-o", output, "--compress", compress,
               "--kexec", kexec or os.path.join(sbin, "kexec"),
               "--kdump", "none" if kexec else os.path.join(sbin, "kdump"),
               "--file", os.path.join(GUEST, "agent") + ":etc/agent"]
    if BITS[arch] == "32":
        folder_i386 = tool(os.path.join(HERE, "deb"), "i386", "busybox-static")
        command += ["--busybox", os.path.join(folder_i386, "bin/busybox")]
    for name in WORKLOADS[role]:
        command += ["--file", os.path.join(folder, name) + f":bin/{name}"]
    if insmod:
        listed = output + ".modules"
        with open(listed, "w", encoding="utf-8") as f:
            f.writelines(f"/lib/{os.path.basename(path)}\n" for path in insmod)
        for path in insmod:
            command += ["--file", f"{path}:lib/{os.path.basename(path)}"]
        command += ["--file", f"{listed}:etc/modules"]
    for path, source in (files or {}).items():
        command += ["--file", f"{source}:{path}"]
    for hook in hooks:
        command += ["--hook", hook]
    if role == "A":
        command += ["--init", os.path.join(GUEST, "init")]
    else:
        command += ["--hook", os.path.join(GUEST, "agent-hook")]
    tool(*command)
    return output


def ext4_disk(path, mib):
    with open(path, "wb") as f:
        f.truncate(mib << 20)
    tool("/sbin/mke2fs", "-q", "-t", "ext4", "-F", path)
    return path


def elf32(path, address, text):
    """A physical-mode program at a fixed address, from its assembler text."""
    with open(f"{path}.S", "w", encoding="ascii") as f:
        f.write(text)
    tool("gcc", "-m32", "-nostdlib", "-static", "-no-pie", "-Wl,--build-id=none", f"-Wl,-Ttext={address}", "-o", path,
         f"{path}.S")
    return path


def empty_disk(path, mib):
    with open(path, "wb") as f:
        f.truncate(mib << 20)
    return path


def run_folder(name):
    """A fresh folder for what one run leaves behind."""
    runs = os.path.join(BUILD, "runs")
    os.makedirs(runs, exist_ok=True)
    return tempfile.mkdtemp(prefix=f"{name}-", dir=runs)
