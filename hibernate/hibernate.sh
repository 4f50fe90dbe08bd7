#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What kexec-hibernate shares between the kernels: the configuration, the forms of a target, and
# what is on it. Sourced by kexec-hibernate (in A, and while booting) and by its hook (in B and C);
# kept to what dash and busybox sh know. Variables that begin with target_ and image_ are results, and
# so are those that a function is said to set: what runs on each boot of B and C starts few programs.
# shellcheck disable=SC2034 # they are used by those who source this

# For tests: where /proc, /sys and /dev are.
root=${KEXEC_HIBERNATE_ROOT-}
run=$root/run/kexec-hibernate
target_kind='' image_id='' image_why='' image_analysis='' image_attempts=0 image_created=''
mount_point=$run/mnt

# Not echo, which in dash makes a new line of the \n in somebody's text.
die() {
	printf 'kexec-hibernate: %s\n' "$*" >&2
	exit 255
}

say() {
	echo "kexec-hibernate: $*"
}

# For whoever looks at the machine: on the console and in the kernel's log.
loud() {
	echo "kexec-hibernate: $*" >&2
	[ -n "$root" ] || echo "<5>kexec-hibernate: $*" 2>/dev/null >/dev/kmsg || :
}

# one_line FILE: sets $line to its first line, nothing when there is none.
one_line() {
	line=''
	[ ! -r "$1" ] || read -r line <"$1" || :
}

# find_word TEXT KEY: sets $word to the value of KEY=... among words, or to KEY where it stands alone;
# the last one counts.
find_word() {
	word=''
	set -f
	for word_one in $1; do
		case $word_one in
		"$2="*) word=${word_one#*=} ;;
		"$2") word=$2 ;;
		esac
	done
	set +f
}

# boot_word KEY: the same on the kernel command line.
boot_word() {
	one_line "$root/proc/cmdline"
	find_word "$line" "$1"
}

# ---- The configuration: KEY=value lines, see kexec-hibernate.conf(5). Read, never run. ----

conf_defaults() {
	TARGET='' KERNEL='' INITRD=/boot/kexec-hibernate.img APPEND='' WINDOW_SIZE='' MODULES=''
	FILES='' SAVE_OPTIONS='' THEN=poweroff NET='' RESUME_COMMAND='' DISCARD_COMMAND=''
	TARGET_WAIT=20 PAUSE=30 KEEP=/var/lib/kexec-jump/second
}

conf_keys='TARGET KERNEL INITRD APPEND WINDOW_SIZE MODULES FILES SAVE_OPTIONS THEN NET RESUME_COMMAND
	DISCARD_COMMAND TARGET_WAIT PAUSE KEEP'

# conf_set KEY VALUE: fails for a key that does not exist.
conf_set() {
	case $1 in
	TARGET) TARGET=$2 ;;
	KERNEL) KERNEL=$2 ;;
	INITRD) INITRD=$2 ;;
	APPEND) APPEND=$2 ;;
	WINDOW_SIZE) WINDOW_SIZE=$2 ;;
	MODULES) MODULES=$2 ;;
	FILES) FILES=$2 ;;
	SAVE_OPTIONS) SAVE_OPTIONS=$2 ;;
	THEN) THEN=$2 ;;
	NET) NET=$2 ;;
	RESUME_COMMAND) RESUME_COMMAND=$2 ;;
	DISCARD_COMMAND) DISCARD_COMMAND=$2 ;;
	TARGET_WAIT) TARGET_WAIT=$2 ;;
	PAUSE) PAUSE=$2 ;;
	KEEP) KEEP=$2 ;;
	*) return 1 ;;
	esac
}

# Sets $conf_text to the value without blanks around it and without one pair of quotes.
conf_value() {
	conf_text=${1#"${1%%[![:space:]]*}"}
	conf_text=${conf_text%"${conf_text##*[![:space:]]}"}
	case $conf_text in
	\"*\") conf_text=${conf_text#\"} conf_text=${conf_text%\"} ;;
	\'*\') conf_text=${conf_text#\'} conf_text=${conf_text%\'} ;;
	esac
}

conf_check() {
	case $THEN in
	poweroff|reboot|return) ;;
	*) die "$1: THEN=$THEN is not poweroff, reboot or return" ;;
	esac
	for conf_seconds in "$TARGET_WAIT" "$PAUSE"; do
		case $conf_seconds in
		''|*[!0-9]*|?????*) die "$1: \"$conf_seconds\" is not a number of seconds" ;;
		esac
	done
	case $KEEP in
	no|/?*) ;;
	*) die "$1: KEEP=$KEEP is neither the name of a file, from / on, nor no" ;;
	esac
	case $WINDOW_SIZE in
	*[!0-9A-Za-z]*) die "$1: WINDOW_SIZE=$WINDOW_SIZE is not a size, such as 128M" ;;
	esac
}

# conf_read FILE
conf_read() {
	conf_defaults
	conf_line_number=0
	[ -r "$1" ] || die "$1 is not there: run kexec-hibernate setup --image TARGET first"
	while IFS= read -r conf_line || [ -n "$conf_line" ]; do
		conf_line_number=$((conf_line_number + 1))
		case $conf_line in
		''|'#'*) continue ;;
		*=*) ;;
		*) die "$1:$conf_line_number: not of the form KEY=value" ;;
		esac
		conf_value "${conf_line#*=}"
		conf_set "${conf_line%%=*}" "$conf_text" ||
			die "$1:$conf_line_number: no such key: ${conf_line%%=*}"
	done <"$1"
	conf_check "$1"
	[ -n "$TARGET" ] || die "$1: TARGET= is missing"
}

# ---- Targets ----

# target_parse TARGET: sets target_kind to device, file, tcp or pipe, and the parts of it.
target_parse() {
	target_device='' target_path='' target_host='' target_port='' target_command=''
	case $1 in
	/dev/?*|PARTUUID=?*)
		target_kind=device target_device=$1 ;;
	FILE:*:*)
		target_kind=file target_path=${1#FILE:}
		target_device=${target_path%%:*} target_path=${target_path#*:}
		case $target_device in
		/dev/?*|PARTUUID=?*) ;;
		*) die "$1: \"$target_device\" is not a device: FILE:DEVICE:/path, DEVICE as /dev/... or PARTUUID=..." ;;
		esac
		case $target_path/ in
		*/../*|//) die "$1: \"$target_path\" is not the path of a file" ;;
		/*) ;;
		*) die "$1: the path on $target_device begins with /: FILE:DEVICE:/path" ;;
		esac ;;
	tcp:*:*)
		target_kind=tcp target_host=${1#tcp:}
		target_port=${target_host##*:} target_host=${target_host%:*}
		target_host=${target_host#[} target_host=${target_host%]}
		case $target_host in
		''|-*|*[!0-9A-Za-z.:_-]*) die "$1: \"$target_host\" is not a host: tcp:HOST:PORT" ;;
		esac
		case $target_port in
		''|*[!0-9]*|??????*) die "$1: \"$target_port\" is not a port: tcp:HOST:PORT" ;;
		esac
		[ "$target_port" -ge 1 ] && [ "$target_port" -le 65533 ] ||
			die "$1: the port is a number from 1 to 65533 (the two above it are used as well)" ;;
	pipe:?*)
		target_kind=pipe target_command=${1#pipe:} ;;
	*)
		die "\"$1\" is not a target: /dev/..., PARTUUID=..., FILE:DEVICE:/path, tcp:HOST:PORT or pipe:COMMAND" ;;
	esac
}

target_is_stream() {
	[ "$target_kind" = tcp ] || [ "$target_kind" = pipe ]
}

# hex FILE OFFSET SIZE: bytes of a file as hexadecimal digits.
hex() {
	dd if="$1" bs=1 skip="$2" count="$3" 2>/dev/null | od -An -v -tx1 | tr -d ' \n'
}

# Bytes in the other order: what is little-endian becomes readable.
turned() {
	turned_in=$1 turned_out=''
	while [ -n "$turned_in" ]; do
		turned_out=${turned_in%"${turned_in#??}"}$turned_out
		turned_in=${turned_in#??}
	done
	echo "$turned_out"
}

little_endian() {
	printf '%d\n' "0x$(turned "$(hex "$1" "$2" "$3")")" 2>/dev/null
}

# partuuid DISK NUMBER: from the partition table itself, as there may be neither udev nor blkid.
partuuid() {
	partuuid_sector=$(cat "$root/sys/class/block/${1##*/}/queue/logical_block_size" 2>/dev/null || echo 512)
	if [ "$(hex "$root$1" "$partuuid_sector" 8)" = 4546492050415254 ]; then	# "EFI PART"
		partuuid_at=$(($(little_endian "$root$1" $((partuuid_sector + 72)) 8) * partuuid_sector +
			($2 - 1) * $(little_endian "$root$1" $((partuuid_sector + 84)) 4) + 16))
		partuuid_hex=$(hex "$root$1" $partuuid_at 16)
		# A damaged table tells of a place where nothing is.
		[ ${#partuuid_hex} = 32 ] || return 0
		echo "$(turned "$(echo "$partuuid_hex" | cut -c1-8)")-$(turned "$(echo "$partuuid_hex" | cut -c9-12)"
			)-$(turned "$(echo "$partuuid_hex" | cut -c13-16)")-$(echo "$partuuid_hex" | cut -c17-20
			)-$(echo "$partuuid_hex" | cut -c21-32)"
	elif [ "$(hex "$root$1" 510 2)" = 55aa ]; then
		printf '%s-%02x\n' "$(turned "$(hex "$root$1" 440 4)")" "$2"
	fi
}

# Sets $device to the name of the device that a TARGET's device part stands for; fails when it is not
# there.
find_device() {
	case $1 in
	PARTUUID=*) ;;
	*)	device=$root$1
		[ ! -L "$device" ] || device=$(readlink -f "$device") || return
		[ -e "$root/sys/class/block/${device##*/}/dev" ] && [ -e "$device" ] || return
		device=${device#"$root"}
		return ;;
	esac
	find_wanted=$(echo "${1#PARTUUID=}" | tr A-F a-f)
	for find_part in "$root"/sys/class/block/*/partition; do
		[ -e "$find_part" ] || continue
		find_part=${find_part%/partition}
		find_disk=$(readlink -f "$find_part/..")
		if [ "$(partuuid "/dev/${find_disk##*/}" "$(cat "$find_part/partition")")" = "$find_wanted" ]; then
			device=/dev/${find_part##*/}
			return
		fi
	done
	return 1
}

# find_device, waiting for one that may be found late (USB).
wait_device() {
	wait_left=$TARGET_WAIT
	until find_device "$1"; do
		[ "$wait_left" -gt 0 ] || return 1
		wait_left=$((wait_left - 1))
		sleep 1
	done
}

# Sets $size, in bytes.
device_size() {
	one_line "$root/sys/class/block/${1##*/}/size"
	size=$((line * 512))
}

# mounted_on NUMBER NAME: sets $used_mount to where this device is mounted, if it is.
mounted_on() {
	used_mount=''
	while read -r _ _ used_number _ used_where used_rest; do
		used_source=${used_rest#* - * }
		if [ "$used_number" = "$1" ] || [ "${used_source%% *}" = "$2" ]; then
			used_mount=$used_where
			return
		fi
	done <"$root/proc/self/mountinfo"
}

# Sets $in_use to why a device must not be written to, in words, or to nothing when it may. Partitions
# count for a disk.
device_in_use() {
	in_use=''
	for used_at in "$root/sys/class/block/${1##*/}" "$root/sys/class/block/${1##*/}"/*/partition; do
		used_at=${used_at%/partition}
		[ -e "$used_at/dev" ] || continue
		one_line "$used_at/dev"
		used_name=/dev/${used_at##*/}
		mounted_on "$line" "$used_name"
		if [ -n "$used_mount" ]; then
			in_use="$used_name is mounted on $used_mount: it must not be mounted while the machine is hibernated"
			return
		fi
		while read -r used_swap _; do
			[ "$used_swap" = Filename ] || [ "$(readlink -f "$root$used_swap")" != "$root$used_name" ] ||
				{ in_use="$used_name is in use as swap"; return; }
		done <"$root/proc/swaps"
		for used_holder in "$used_at"/holders/*; do
			[ ! -e "$used_holder" ] ||
				{ in_use="$used_name is in use by ${used_holder##*/}"; return; }
		done
	done
}

# ---- Reaching a target ----

# The network device of NET=, by its name or its hardware address.
net_device() {
	for net_at in "$root"/sys/class/net/*; do
		[ -e "$net_at/address" ] || continue
		if [ "${net_at##*/}" = "$1" ] || [ "$(cat "$net_at/address")" = "$1" ]; then
			echo "${net_at##*/}"
			return
		fi
	done
	return 1
}

# Brings the network up with the static configuration of NET=DEVICE,ADDRESS/PREFIX[,GATEWAY].
net_up() {
	[ -n "$NET" ] || return 0
	IFS=, read -r net_wanted net_address net_gateway <<-END
		$NET
	END
	net_left=$TARGET_WAIT
	until net_name=$(net_device "$net_wanted"); do
		[ "$net_left" -gt 0 ] || { echo "no network device $net_wanted" >&2; return 1; }
		net_left=$((net_left - 1))
		sleep 1
	done
	ip link set lo up
	ip link set "$net_name" up || return
	ip addr show dev "$net_name" | grep -qF " $net_address " ||
		ip addr add "$net_address" dev "$net_name" || return
	[ -z "$net_gateway" ] || ip route | grep -q '^default ' ||
		ip route add default via "$net_gateway" || return
	until [ "$(cat "/sys/class/net/$net_name/carrier" 2>/dev/null)" = 1 ]; do
		[ "$net_left" -gt 0 ] || { echo "$net_name has no link" >&2; return 1; }
		net_left=$((net_left - 1))
		sleep 1
	done
}

net_down() {
	[ -z "$NET" ] || ! net_name=$(net_device "${NET%%,*}") || ip link set "$net_name" down
}

# Busybox's nc is the one whose habits are known. It waits so long for a connection, not for data.
netcat() {
	if command -v busybox >/dev/null; then
		busybox nc -w $((TARGET_WAIT + 1)) "$@"
	else
		nc "$@"
	fi
}

# Sends standard input to the target, a stream.
stream_out() {
	case $target_kind in
	tcp) netcat "$target_host" "$target_port" ;;
	pipe) sh -c "$target_command" ;;
	esac
}

# The stream back, to standard output. The other side may take an end of our input for the end.
stream_in() {
	case $target_kind in
	tcp)	rm -f "$run/never"
		mkfifo "$run/never" && netcat "$target_host" $((target_port + 1)) <>"$run/never" ;;
	pipe)	sh -c "$RESUME_COMMAND" </dev/null ;;
	esac
}

# Tells the other side to forget the image; succeeds when it said that it did.
stream_discard() {
	case $target_kind in
	tcp)	discard_answer=$(netcat "$target_host" $((target_port + 2)) </dev/null) &&
			[ "$discard_answer" = discarded ] ;;
	pipe)	sh -c "$DISCARD_COMMAND" </dev/null ;;
	esac
}

# target_open ro|rw: makes the image reachable as $image, a device or a file. Not for streams. One
# line to standard error when it fails.
target_open() {
	wait_device "$target_device" || { echo "$target_device is not there" >&2; return 1; }
	image=$root$device
	[ "$target_kind" = file ] || return 0
	mkdir -p "$mount_point" || return
	mount -o "$1" "$root$device" "$mount_point" || { echo "$device cannot be mounted" >&2; return 1; }
	image=$mount_point$target_path
}

target_close() {
	[ "$target_kind" != file ] || umount "$mount_point"
}

# ---- What is on a target ----

# The members of the JSON that kdump printed, one on each line.
facts() {
	while IFS= read -r facts_line; do
		facts_value=${facts_line#*\": }
		facts_value=${facts_value%,}
		facts_value=${facts_value#\"}
		facts_value=${facts_value%\"}
		case $facts_line in
		'  "state": '*) image_state=$facts_value ;;
		'  "why": '*) image_why=$facts_value ;;
		'  "id": '*) image_id=$facts_value ;;
		'  "resume_attempts": '*) image_attempts=$facts_value ;;
		'  "kernel": '*) image_release=$facts_value ;;
		'  "build": '*) image_build=$facts_value ;;
		'  "for": '*) image_analysis=$facts_value ;;
		'  "created": '*) image_created=$facts_value ;;
		'  "image_size": '*) image_size=$facts_value ;;
		esac
	done <<-END
		$image_json
	END
}

# image_read FILE [--header]: sets image_state, which is one of kdump's, or "none" (no image of ours), or
# "damaged", which is what cannot be read, too; image_why; and what else is known. With --header only as
# far as the header page tells. Status 255, as kdump(8) has it, comes without JSON.
image_read() {
	image_state='' image_why='' image_id='' image_attempts=0 image_release='' image_build=''
	image_analysis='' image_created='' image_size=''
	image_json=$(kdump info --json ${2-} "$1" 2>"$run/why")
	if [ $? = 255 ]; then
		one_line "$run/why"
		image_state=damaged image_why=${line#"kdump: $1: "}
		return
	fi
	facts
	[ -n "$image_state" ] || image_state=none image_why="an ELF core, not a saved image"
}

# A valid image of a whole system that waits to be resumed.
image_waits() {
	[ "$image_state" = valid ] && [ -z "$image_analysis" ]
}

# ---- The last step of a restore ----

# enter_restored ID: goes on in the restored system, whose image is marked as used. From here on nothing
# may be written, so that it finds its disks as it left them. Returns only if that fails.
enter_restored() {
	kdump mailbox write "restored id=$1" || return
	if [ "$target_kind" = file ]; then
		mount -o remount,ro "$mount_point" || return
	fi
	kexec -e -x -y && echo "the restored kernel came back at once" >&2
	[ "$target_kind" != file ] || mount -o remount,rw "$mount_point"
	return 1
}
