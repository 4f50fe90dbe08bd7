# SPDX-License-Identifier: GPL-2.0-only
"""What others' tools, Debian's makedumpfile, gdb, drgn and libkdumpfile, see in a core of the lab's."""

import contextlib
import glob
import os
import re
import subprocess
import time

import images
from lab import expect
from machine import Failure

# Each build of makedumpfile reads cores of its own architecture only, and of the kernels of its time.
# It runs with the libraries of its own Debian.
PACKAGES = ("makedumpfile", "libc6", "libdw1", "libelf1", "liblzo2-2", "zlib1g", "libbz2-1.0",
            "liblzma5")
OF_7 = ("--suite", "sid")
PACKAGES_OF_7 = ("makedumpfile", "libc6", "libdw1t64", "libelf1t64", "liblzo2-2", "zlib1g",
                 "libbz2-1.0", "liblzma5", "libzstd1")


def read(lab, vmcore, line):
    """makedumpfile filters a core, and finds the log in it, with this line."""
    size = os.path.getsize(vmcore)
    for level in "16", "31":
        dump = lab.path(f"dump-{level}")
        makedumpfile(lab, "-f", "-l", "-d", level, vmcore, dump)
        left = os.path.getsize(dump)
        lab.say(f"   -d {level}: {left >> 10} of {size >> 10} KiB are left")
        if left > size // 3:
            raise Failure(f"-d {level}: {left} of {size} bytes are left: nothing was filtered")
    log = lab.path("dmesg")
    makedumpfile(lab, "-f", "--dump-dmesg", vmcore, log)
    with open(log, encoding="latin-1") as f:
        text = f.read()
    expect(text, r"\] Linux version ", "the log")
    expect(text, line, "the log")
    lab.check_log(text)


def readelf(lab, head, size, bits, note):
    """The host's readelf takes a core that begins so and has so many bytes, with this note in it."""
    path = lab.path("vmcore")
    with open(path, "wb") as f:
        f.write(head)
        f.truncate(size)
    done = subprocess.run(["readelf", "-aW", path], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode or done.stderr:
        raise Failure(f"readelf: status {done.returncode}: {done.stderr.strip()[:200]}")
    for words in (rf"Class:\s+ELF{bits}", r"Type:\s+CORE", r"\bVMCOREINFO\b", rf"\b{note}\b"):
        expect(done.stdout, words, "readelf")


def whole_log(lab, said):
    """kdump in B finds every line that A's own dmesg had; as vmcore-dmesg, too."""
    log = lab.b.run("kdump dmesg")
    if lab.b.run("ln -sf $(command -v kdump) /run/vmcore-dmesg && /run/vmcore-dmesg /proc/vmcore") != log:
        raise Failure("vmcore-dmesg has another log than kdump dmesg")
    found = set(line.strip() for line in log.splitlines())
    missing = [line for line in said.splitlines() if line.strip() not in found]
    if missing:
        raise Failure(f"kdump dmesg lacks {len(missing)} of A's lines, as: {missing[0].strip()}")


def unpacked(lab):
    """The folder of makedumpfile and its libraries."""
    suite, packages = (OF_7, PACKAGES_OF_7) if lab.options.name.startswith("7") else ((), PACKAGES)
    return images.tool(os.path.join(images.HERE, "deb"), *suite,
                       "amd64" if lab.arch == "x86_64" else "i386", *packages)


def makedumpfile(lab, *arguments):
    folder = unpacked(lab)
    libraries = glob.glob(f"{folder}/lib/*-linux-gnu") + glob.glob(f"{folder}/usr/lib/*-linux-gnu")
    loader = glob.glob(f"{libraries[0]}/ld-linux*.so.2")[0]
    done = subprocess.run([loader, "--library-path", ":".join(libraries),
                           f"{folder}/usr/bin/makedumpfile", *arguments], text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    with open(lab.path("makedumpfile.log"), "a", encoding="utf-8") as log:
        log.write(f"{' '.join(arguments)}\n{done.stdout}\n")
    if done.returncode:
        raise Failure(f"makedumpfile {' '.join(arguments[:-2])}: status {done.returncode}: "
                      f"{' '.join(done.stdout.split())[-200:]}")


# Each prints what is at an address of the kernel's; exit 3: Debian's Python module is not installed.
READERS = {
    "drgn": """
try:
    from drgn import Program
except ImportError:
    raise SystemExit(3)
program = Program()
program.set_core_dump(core)
found = program.read(address, 400)
""",
    "libkdumpfile": """
try:
    import kdumpfile
except ImportError:
    raise SystemExit(3)
file = kdumpfile.kdumpfile(core)
file.attr['addrxlat.ostype'] = 'linux'
found = file.read(kdumpfile.KDUMP_KVADDR, address, 400)
""",
}


def hostname(lab, core, expected):
    """They read a variable of the kernel; where it is says the kernel's own VMCOREINFO."""
    with open(core, "rb") as f:
        address = re.search(rb"\nSYMBOL\(init_uts_ns\)=([0-9a-f]+)\n", f.read(4 << 20))[1].decode()
    done = subprocess.run(
        ["gdb", "-batch", "-nx", "-ex", f"core-file {core}", "-ex", f"x/400c 0x{address}"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    with open(lab.path("gdb.log"), "a", encoding="utf-8") as log:
        log.write(done.stdout)
    expect("".join(re.findall(r"'(.)'", done.stdout)), expected, "gdb")
    for name, script in READERS.items():
        done = subprocess.run(
            ["/usr/bin/python3", "-c", f"core, address = {core!r}, 0x{address}\n{script}\nprint(found)"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        if done.returncode == 3:
            lab.say(f"   {name} is not installed (python3-{name}): left out")
        else:
            expect(done.stdout, expected, name)


@contextlib.contextmanager
def mounted(lab, kdump, image):
    """The core in an image, without the conversion; what debuggers look at is little of it."""
    folder = lab.path("view")
    os.makedirs(folder, exist_ok=True)
    with subprocess.Popen([kdump, "mount", "--foreground", image, folder],
                          stderr=subprocess.PIPE, text=True) as server:
        while not os.path.ismount(folder):
            if server.poll() is not None:
                raise Failure(f"kdump mount: {server.stderr.read()}")
            time.sleep(0.1)
        try:
            yield os.path.join(folder, "vmcore")
        finally:
            subprocess.run(["umount", folder], check=True)
            said = server.stderr.read()
    words = expect(said, r"(\d+) of (\d+) frames were decompressed", "kdump mount")
    lab.say(f"   mounted: {words[0]}")
    if server.returncode or int(words[1]) * 10 > int(words[2]):
        raise Failure(f"kdump mount: status {server.returncode}: {said.strip()}")
