# SPDX-License-Identifier: GPL-2.0-only
"""Images that the CPU they are made on may restore, on a recorded host that pretends to have it."""
import pathlib
import re
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
GIB = 1 << 30
# What keeps krestore from an image that is good: this machine is not the one that it was saved on.
ELSEWHERE = re.compile(r"/dev/mem|/proc/iomem|in use by this kernel|not RAM on this machine")


def is_64bit(build):
    return (pathlib.Path(build) / "sbin/krestore").read_bytes()[4] == 2


def make_host(folder, build, more_gib=0):
    """The root of a recorded host with so many GiB of RAM above 4 GiB."""
    name = "x86_64-512m" if is_64bit(build) else "i386-512m"
    subprocess.run([HERE.parent / "hosts/make", folder, name], check=True)
    host = pathlib.Path(folder, name)
    (host / "proc/cpuinfo").write_bytes(pathlib.Path("/proc/cpuinfo").read_bytes())
    if more_gib:
        iomem = (host / "proc/iomem").read_text().splitlines(True)
        kept = "".join(line for line in iomem if int(line.split("-", 1)[0], 16) < 4 * GIB)
        (host / "proc/iomem").write_text(kept + f"100000000-{(4 + more_gib) * GIB - 1:x} : System RAM\n")
        (host / "proc/meminfo").write_text(f"MemTotal: {more_gib << 20} kB\nMemAvailable: {more_gib << 20} kB\n")
    return host


def make_core(path, host, loads):
    with open(path, "wb") as out:
        subprocess.run([HERE / "mksaved", host, "loads=" + ",".join(f"{start:#x}-{last:#x}" for start, last in loads)],
                       stdout=out, check=True)


def restorers(build, host, image):
    """The commands that look whether they could restore an image."""
    build = pathlib.Path(build)
    return {"krestore": [build / "sbin/krestore", "--check", image],
            "kexec": [build / "sbin/kexec", f"--host-root={host}", "-l", image, "--dry-run"]}


def complaint(errors):
    """What a program said on standard error besides how far it is."""
    return [line for line in errors.splitlines() if not re.search(r" % (verified|saved): ", line)]
