#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Makes ./configure and build-aux/ (install-sh, config.guess, config.sub). Only a checkout needs
# this, a release has them; it takes autoconf 2.70 or later and automake (for aclocal).
set -eu

cd "$(dirname "$0")"
command -v autoreconf >/dev/null && command -v aclocal >/dev/null || {
	echo "autogen.sh: autoreconf and aclocal not found: install autoconf 2.70 or later and automake" >&2
	exit 1
}
mkdir -p build-aux
autoreconf -fi
# It removes what a crashed test program leaves, a file "core"; here that is a folder of sources.
sed -i 's/rm -f core /rm -f /' configure
rm -rf autom4te.cache configure~
echo "now: ./configure && make"
