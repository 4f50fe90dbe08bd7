#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# dracut: puts into the initramfs what brings a hibernated system back. dracut sources this.
# shellcheck disable=SC2154 # moddir and initdir are dracut's

# dracut's PATH lacks /usr/local.
sbin_of_kexec() {
	local PATH=/usr/local/sbin:$PATH

	dirname "$(command -v kexec-hibernate)"
}

check() {
	local sbin program

	[ -r /etc/kexec-hibernate.conf ] || return
	sbin=$(sbin_of_kexec)
	for program in kexec kexec-hibernate; do
		require_binaries "$sbin/$program" || return
	done
}

depends() {
	echo bash
}

# What the configuration says, read as kexec-hibernate reads it.
conf_words() {
	"$(sbin_of_kexec)/kexec-hibernate" conf "$1"
}

installkernel() {
	# shellcheck disable=SC2046 # words
	hostonly='' instmods $(conf_words MODULES)
}

install() {
	local sbin program file

	sbin=$(sbin_of_kexec)
	for program in kexec kexec-hibernate; do
		inst "$sbin/$program" "/usr/sbin/$program"
	done
	[ -z "$(conf_words NET)" ] ||
		inst_simple "$sbin/../share/kexec-jump/hibernate-net" /usr/share/kexec-jump/hibernate-net
	inst_multiple sh cat grep mount sleep umount
	inst_multiple -o ip nc busybox
	inst_multiple /etc/kexec-hibernate.conf "$(conf_words KERNEL)" "$(conf_words INITRD)"
	for file in $(conf_words FILES); do
		inst "${file%%:*}" "${file#*:}"
	done
	inst_hook pre-mount 05 "$moddir/resume.sh"
}
