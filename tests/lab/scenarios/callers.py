# SPDX-License-Identifier: GPL-2.0-only
"""Every line by which a distribution calls kexec (tests/cases/callers) does on a running kernel what its case promises:
it loads, with that exit code, or unloads; and one of the kernels is started."""

import os
import re

import images
from lab import expect
from machine import Failure

CASES = os.path.join(images.TOP, "tests", "cases")
MAKERS = os.path.join(images.TOP, "tests", "makers")
FOLDER = "callers"


def run(lab):
    made = lab.make_b()
    kernel, initrd = made["boot/b"], made["boot/b.img"]
    a = lab.boot({f"{FOLDER}/{name}": path for name, path in files(lab, kernel, initrd).items()}, append="crashkernel=160M")
    done = 0
    for caller, line, status in promised(lab):
        lab.say(f"{caller}# {line}")
        load(a, line, status)
        done += 1
    if done < 30:
        raise Failure(f"only {done} lines were understood")
    if lab.arch == "x86_64":
        by_files(a)
    a.run(f"cd /{FOLDER} && kexec -a -l kernel --initrd=initrd --command-line='{lab.b_command_line('word=called')}'", 120)
    b = lab.boot_other("kexec -e -i")
    expect(b.run("cat /proc/cmdline"), "(^| )word=called$", "B's command line")


def by_files(a):
    """A flag that the kernel does not know is told, and nothing fails for it."""
    for options in "--no-cma", "--force-dtb", "-d", "--no-cma --force-dtb -d":
        a.run("kexec -u")
        a.run(f"cd /{FOLDER} && kexec -s -l kernel --initrd=initrd --append=quiet {options} 2>&1", 120)
        a.run("kexec -S -l", status=1)


def files(lab, kernel, initrd):
    """What the lines name."""
    makes = {
        "uki": ("mkuki", f"machine={0x8664 if lab.arch == 'x86_64' else 0x14c}", f"linux=@{kernel}",
                f"initrd=@{initrd}", "cmdline=console=tty0"),
        "xen": ("mkelf", "kind=elf32", "mb1=3"),
        # It can be entered with 5-level paging.
        "vmlinux": ("mkelf", "kind=vmlinux" if lab.arch == "x86_64" else "kind=vmlinux32", "pvh=0x1000700", "text=pgdir_shift"),
    }
    for name, (maker, *words) in makes.items():
        images.tool(os.path.join(MAKERS, maker), lab.path(name), *words)
    return {"kernel": kernel, "initrd": initrd, **{name: lab.path(name) for name in makes}}


def promised(lab):
    """(caller, line, exit code) of what the case of this architecture has, but for what other scenarios run."""
    bits = "x86_64" if lab.arch == "x86_64" else "i386"
    with open(os.path.join(CASES, f"callers-{bits}.expect"), encoding="utf-8") as f:
        text = f.read()
    for caller, line, said in re.findall(r"(?m)^(\w.*)\$ (kexec .*)\n((?:(?!.*\$ ).*\n)*)", text):
        status = re.search(r"^exit (\d+)$", said, re.M)
        if caller == "the seeds" or "--dtb" in line or not re.search(r" (-l|--load|-p|--load-panic|-s?u)( |$)", line):
            continue
        # Nothing can be unloaded on the machine of a case.
        yield caller, line, 0 if is_unload(line) else int(status[1])


def is_unload(line):
    return re.search(r" -s?u( |$)", line)


def load(a, line, status):
    crash = "-p -S" if re.search(" (-p|--load-panic) ", f"{line} ") else "-S -l"
    # What another line left must not be taken for what this one did.
    a.run("kexec -u; kexec -p -u")
    if is_unload(line):
        a.run(f"cd /{FOLDER} && kexec {crash.split()[0].replace('-S', '-l')} kernel --initrd=initrd", 120)
    a.run(f"cd /{FOLDER} && {line} 2>&1", 120, status)
    if not status:
        a.run(f"kexec {crash}", status=0 if is_unload(line) else 1)
