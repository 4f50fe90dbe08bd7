#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# dracut, pre-mount: goes back to the hibernated system, if any. dracut sources this.
kexec-hibernate resume
