# SPDX-License-Identifier: GPL-2.0-only
"""What a verdict of the lab or a count of the soak is about: the last commit that changed the programs, the lab or the
fuzzers. Words, and tests of other kinds, do not make hours of machine time worthless."""

import subprocess

# Pathspecs of git: all but documents and what only the other tests use.
TESTED = (":(top)", ":(top,exclude)doc", ":(top,exclude)*.md", ":(top,exclude,glob)tests/[!lf]*",
          ":(top,exclude,glob)tests/[!lf]*/**")


def commit(top):
    """(its full name, whether something of it was changed since and not committed); None without a repository."""
    def git(*arguments):
        return subprocess.run(["git", "-C", top, *arguments, "--", *TESTED], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True, check=False)
    log = git("log", "-1", "--format=%H")
    if log.returncode or not log.stdout.strip():
        return None
    return log.stdout.strip(), bool(git("status", "--porcelain").stdout)
