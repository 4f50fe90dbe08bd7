/* SPDX-License-Identifier: GPL-2.0-only */
#include "option_table.h"

#define F(field) offsetof(struct request, field)

#define V(verb) (1u << VERB_##verb)
#define NORMAL	(V(LOAD) | V(LOAD_AND_REBOOT) | V(FORCE))
#define KERNEL	(NORMAL | V(LOAD_PANIC) | V(LOAD_JUMP))
#define PLANS	(KERNEL | V(LOAD_HELPER) | V(CALL))
#define ANY	(~0u)

const char option_refused[] = "refused";

const struct option_row option_table[] = {
	{ "load", 'l', VERB, 0, VERB_LOAD,
	  .help = "load KERNEL, or the boot loader's default;\n"
		  "--entry-of=E: another entry of its menu (--list)",
	  .section = "What to do (with a KERNEL alone: load it, then shutdown -r now):" },
	{ "exec", 'e', VERB, 0, VERB_EXEC,
	  .help = "run what is loaded (also -j, -b); -l -e: load and run" },
	{ NULL, 'j', VERB, 0, VERB_EXEC, .help = NULL },
	{ NULL, 'b', VERB, 0, VERB_EXEC, .help = NULL },
	{ "send", 0, TEXT, F(send), 0, .verbs = V(EXEC), .argument = "=F",
	  .help = "with -e, for a jump: hand F over; there: --received;\n"
		  "on the way back: --status=N, the exit status of -e there" },
	{ "received", 0, VERB, 0, VERB_RECEIVED, .help = NULL },
	{ "entry-of", 0, TEXT, F(entry_of), 0, .verbs = NORMAL, .help = NULL },
	{ "list", 0, VERB, 0, VERB_LIST, .help = NULL },
	{ "reboot", 0, VERB, 0, VERB_LOAD_AND_REBOOT,
	  .help = "load as -l does, and reboot into it" },
	{ "force", 'f', VERB, 0, VERB_FORCE,
	  .help = "load KERNEL, if one is named, and run it at once" },
	{ "load-panic", 'p', VERB, 0, VERB_LOAD_PANIC,
	  .help = "load KERNEL for a crash; --hotplug, --pass-memmap-cmdline" },
	{ "hotplug", 0, FLAG, F(hotplug), 0, .verbs = V(LOAD_PANIC), .help = NULL },
	{ "pass-memmap-cmdline", 0, FLAG, F(pass_memmap), 0, .verbs = V(LOAD_PANIC), .help = NULL },
	{ "unload", 'u', VERB, 0, VERB_UNLOAD, .help = "unload; with -p the crash image" },
	{ "status", 'S', STATUS, 0, VERB_STATUS,
	  .help = "crash image (-l: image) loaded? exit 1 yes, 0 no; --json" },
	{ "json", 0, FLAG, F(json), 0, .verbs = V(STATUS) | V(LIST), .help = NULL },
	{ "load-preserve-context", 0, VERB, 0, VERB_LOAD_JUMP,
	  .help = "load KERNEL to jump into with -e and to come back from" },
	{ "load-jump-back", 0, VERB, 0, VERB_LOAD_JUMP, .help = NULL },
	{ "load-jump-back-helper", 0, HELPER, 0, VERB_LOAD_HELPER, .argument = "[=ENTRY]",
	  .help = "in that kernel: load the way back, for -e;\n"
		  "--one-way: for good; --vmcore=F: instead of /proc/vmcore" },
	{ "return-on-panic", 0, FLAG, F(return_on_panic), 0, .verbs = V(LOAD_JUMP),
	  .help = "with --load-preserve-context: come back also when it\n"
		  "crashes; --monitor: a CPU waits; then -e --limit=SECONDS" },
	{ "monitor", 0, FLAG, F(monitor), 0, .verbs = V(LOAD_JUMP), .help = NULL },
	{ "limit", 0, SECONDS, F(limit), 0, .verbs = V(EXEC), .help = NULL },
	{ "one-way", 0, FLAG, F(one_way), 0, .verbs = V(LOAD_HELPER), .help = NULL },
	{ "vmcore", 0, TEXT, F(vmcore), 0, .verbs = V(LOAD_HELPER), .help = NULL },
	{ "call", 0, VERB, 0, VERB_CALL,
	  .help = "call KERNEL, a flat binary or ELF32, in physical mode;\n"
		  "--real-mode; what it is handed: --in=F; back: --out=F" },
	{ "in", 0, TEXT, F(in), 0, .verbs = V(CALL), .help = NULL },
	{ "out", 0, TEXT, F(out), 0, .verbs = V(CALL), .help = NULL },
	{ "real-mode", 0, FLAG, F(real_mode), 0, .verbs = KERNEL | V(CALL), .help = NULL },
	{ "dry-run", 0, FLAG, F(dry_run), 0, .verbs = PLANS,
	  .help = "print the plan, load nothing; --map: draw the memory" },
	{ "map", 0, FLAG, F(map), 0, .verbs = PLANS, .help = NULL },
	{ "print-ckr-size", 0, VERB, 0, VERB_CRASH_SIZE,
	  .help = "print the bytes reserved for a crash kernel" },
	{ "version", 'v', VERB, 0, VERB_VERSION, .help = "print the version" },
	{ "help", 'h', VERB, 0, VERB_HELP, .help = "print this" },

	{ "initrd", 0, LIST, F(initrds), F(initrd_count), .verbs = KERNEL, .argument = "=F",
	  .help = "initial RAM disk (--ramdisk); several are joined", .section = "What to load:" },
	{ "ramdisk", 0, LIST, F(initrds), F(initrd_count), .verbs = KERNEL, .help = NULL },
	{ "module", 0, LIST, F(modules), F(module_count), .verbs = KERNEL,
	  .argument = "=\"F ARGS\"",
	  .help = "for a multiboot kernel; for Linux: --dtb=F, --force-dtb" },
	{ "append", 0, TEXT, F(append), 0, .verbs = KERNEL, .argument = "=S",
	  .help = "the kernel's command line (--command-line)" },
	{ "command-line", 0, TEXT, F(append), 0, .verbs = KERNEL, .help = NULL },
	{ "reuse-cmdline", 0, FLAG, F(reuse_cmdline), 0, .verbs = KERNEL,
	  .help = "start it with this kernel's own" },
	{ "type", 't', TEXT, F(type), 0, .verbs = KERNEL, .argument = "=T",
	  .help = "type of KERNEL instead of probing: bzImage, bzImage64,\n"
		  "vmlinux, elf-x86, elf-x86_64, multiboot-x86,\n"
		  "multiboot2-x86, uki (--uki-profile=N), elf-core" },
	{ "uki-profile", 0, SIZE, F(uki_profile), 0, .verbs = KERNEL, .help = NULL },
	{ "args-linux", 0, CHOICE, F(args), ARGS_LINUX, .verbs = KERNEL,
	  .help = "what an ELF file is handed; or --args-elf, --args-none" },
	{ "args-elf", 0, CHOICE, F(args), ARGS_ELF, .verbs = KERNEL, .help = NULL },
	{ "args-none", 0, CHOICE, F(args), ARGS_NONE, .verbs = KERNEL, .help = NULL },
	{ "entry", 0, ENTRY, F(entry), 0, .verbs = NORMAL | V(LOAD_HELPER), .argument = "=N",
	  .help = "entry of a saved kernel or of the way back, to be checked" },
	{ "entry-32bit", 0, FLAG, F(entry_32bit), 0, .verbs = KERNEL,
	  .help = "enter it in 32-bit mode; --real-mode: by the BIOS; --noefi" },
	{ "noefi", 0, FLAG, F(noefi), 0, .verbs = KERNEL, .help = NULL },
	{ "dtb", 0, TEXT, F(dtb), 0, .verbs = KERNEL, .help = NULL },
	{ "force-dtb", 0, FLAG, F(force_dtb), 0, .verbs = KERNEL, .help = NULL },

	/* Whatever loaded it, it is unloaded: scripts have these in a variable. */
	{ "kexec-syscall-auto", 'a', CHOICE, F(call), CALL_AUTO, .verbs = PLANS | V(UNLOAD),
	  .help = "choose the system call",
	  .section = "How to load (sizes and addresses may end in K, M, G):" },
	{ "kexec-syscall", 'c', CHOICE, F(call), CALL_LOAD, .verbs = PLANS | V(UNLOAD),
	  .help = "use kexec_load(2)" },
	{ "kexec-file-syscall", 's', CHOICE, F(call), CALL_FILE, .verbs = KERNEL | V(UNLOAD),
	  .help = "use kexec_file_load(2); --no-cma: no memory of CMA" },
	{ "no-cma", 0, FLAG, F(no_cma), 0, .verbs = KERNEL, .help = NULL },
	{ "mem-min", 0, SIZE, F(mem_min), 0, .verbs = KERNEL | V(LOAD_HELPER), .argument = "=N",
	  .help = "use memory from N to --mem-max=N only" },
	{ "mem-max", 0, SIZE, F(mem_max), 0, .verbs = KERNEL | V(LOAD_HELPER), .help = NULL },
	{ "window-size", 0, SIZE, F(window_size), 0, .verbs = V(LOAD_JUMP), .argument = "=N",
	  .help = "memory of the kernel that is jumped to" },
	{ "window-of", 0, TEXT, F(window_of), 0, .verbs = NORMAL, .argument = "=IMAGE",
	  .help = "use only what the kernel in IMAGE lent; its key: --key=FILE" },
	{ "key", 0, TEXT, F(key), 0, .verbs = NORMAL, .help = NULL },
	{ "jump-via", 0, VIA, F(jump_via), 0, .verbs = V(LOAD_JUMP) | V(LOAD_HELPER) | V(CALL),
	  .argument = "=WAY", .help = "for a jump: kernel, by its own support, or module" },
	{ "elf64-core-headers", 0, CHOICE, F(core_headers), CORE_ELF64,
	  .verbs = V(LOAD_JUMP) | V(LOAD_PANIC),
	  .help = "for a jump or a crash; on i386 also --elf32-core-headers" },
	{ "elf32-core-headers", 0, CHOICE, F(core_headers), CORE_ELF32,
	  .verbs = V(LOAD_JUMP) | V(LOAD_PANIC), .help = NULL },
	/* What it skips is settled at the load; ZFSBootMenu says it again at -e. */
	{ "no-checks", 'i', FLAG, F(no_checks), 0, .verbs = PLANS | V(EXEC), .help = "no digest" },
	{ "no-ifdown", 'x', FLAG, F(no_ifdown), 0, .verbs = V(EXEC) | V(FORCE),
	  .help = "leave network interfaces up before -e" },
	{ "no-sync", 'y', FLAG, F(no_sync), 0, .verbs = V(EXEC) | V(FORCE),
	  .help = "no sync before -e" },
	{ "console-vga", 0, FLAG, F(console_vga), 0, .verbs = PLANS,
	  .help = "print on the screen, in a picture --console-fb; --reset-vga" },
	{ "console-fb", 0, FLAG, F(console_fb), 0, .verbs = PLANS, .help = NULL },
	{ "reset-vga", 0, FLAG, F(reset_vga), 0, .verbs = PLANS, .help = NULL },
	{ "console-serial", 0, FLAG, F(console_serial), 0, .verbs = PLANS,
	  .help = "the same on a serial port; --serial=PORT, --serial-baud=N" },
	{ "serial", 0, PORT, F(serial_port), 0, .verbs = PLANS, .help = NULL },
	{ "serial-baud", 0, BAUD, F(serial_baud), 0, .verbs = PLANS, .help = NULL },
	{ "watchdog", 0, WATCHDOG, F(watchdog), 0, .verbs = NORMAL | V(LOAD_PANIC),
	  .argument = "[=SECONDS]", .help = "reset a kernel that hangs" },
	{ "debug", 'd', FLAG, F(debug), 0, .verbs = PLANS | V(EXEC) | V(UNLOAD),
	  .help = "print the plan to standard error" },
	{ "host-root", 0, TEXT, F(host_root), 0, .verbs = ANY, .argument = "=DIR",
	  .help = "read /proc and /sys below DIR (with --dry-run or -S)" },

	{ "reuseinitrd", 0, FLAG, F(reuse_initrd), 0, .verbs = KERNEL, .help = option_refused },

	{ "reuse-video-type", .kind = IGNORED, .verbs = KERNEL },
};

const size_t option_count = sizeof(option_table) / sizeof(option_table[0]);

_Static_assert(sizeof(option_table) / sizeof(option_table[0]) <= OPTIONS_MAX, "OPTIONS_MAX");
