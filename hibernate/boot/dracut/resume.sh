#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# dracut, pre-mount: goes back to the hibernated system, if any. dracut sources this. Of what its units
# say, systemd shows only standard error on the console.
kexec-hibernate resume >&2
