# SPDX-License-Identifier: GPL-2.0-only
"""The tree's files as tests/rules reads them: which there are, and what of a file is code, what comment."""
import os
import re
import subprocess

TOP = os.environ.get("SRC") or os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
os.chdir(TOP)

C_PARTS = re.compile(r"""(?P<comment>/\*.*?\*/|//[^\n]*)|(?P<text>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')""", re.S)


def files():
    """Names of the tree's text files, as git or a release's MANIFEST has them; what autoconf made is not ours."""
    if os.path.exists(".git"):
        names = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"],
                               capture_output=True, text=True, check=True).stdout.splitlines()
    else:
        with open("MANIFEST", encoding="utf-8") as file:
            names = [name for name in file.read().splitlines()
                     if name != "configure" and not name.startswith("build-aux/")]
    return sorted(name for name in set(names) if os.path.isfile(name))


def read(name):
    with open(name, encoding="utf-8", errors="replace") as file:
        return file.read()


def is_c(name):
    return name.endswith((".c", ".h", ".S", ".lds"))


def blank(text):
    """As long, with the same line ends, and nothing else."""
    return re.sub(r"[^\n]", " ", text)


def c_code(text, strings=False):
    """Without comments and, unless asked for, strings; every line stays at its number."""
    def keep(part):
        return blank(part[0]) if part["comment"] or not strings else part[0]
    return C_PARTS.sub(keep, text)


def c_comments(text):
    """Comments alone; every line stays at its number."""
    kept, end = [], 0
    for part in C_PARTS.finditer(text):
        if part["comment"]:
            kept += [blank(text[end:part.start()]), part[0]]
            end = part.end()
    return "".join(kept) + blank(text[end:])


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def breach(name, line, reason):
    print(f"{name}:{line}: {reason}")
