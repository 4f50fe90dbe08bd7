/* SPDX-License-Identifier: GPL-2.0-only */
#include <sys/syscall.h>

#include "file_call.h"

/* A 32-bit program has no kexec_file_load(2), not even on a 64-bit kernel. */
#ifdef SYS_kexec_file_load
#define PROGRAM_HAS_IT true
#else
#define PROGRAM_HAS_IT false
#endif

bool file_call_is_missing(const struct host *h, struct err *why)
{
	if (h->arch == HOST_I386) {
		err_set(why, "an i386 kernel has no kexec_file_load(2)");
		return true;
	}
	err_set(why, "a 32-bit program has no kexec_file_load(2)");
	return !PROGRAM_HAS_IT && !h->recorded;
}

/* The kernel decides where all goes, enters the next one in 64-bit mode, and prints nothing. */
bool file_call_refuses_options(const struct request *r, struct err *why)
{
	const struct {
		bool given;
		const char *name;
	} options[] = {
		{ r->mem_min, "--mem-min" },
		{ r->mem_max != UINT64_MAX, "--mem-max" },
		{ r->entry_32bit, "--entry-32bit" },
		{ r->noefi, "--noefi" },
		{ r->map, "--map" },
		{ r->dtb, "--dtb" },
		{ r->core_headers == CORE_ELF32, "--elf32-core-headers" },
		{ r->pass_memmap, "--pass-memmap-cmdline" },
		{ r->console_vga, "--console-vga" },
		{ r->console_fb, "--console-fb" },
		{ r->reset_vga, "--reset-vga" },
		{ r->console_serial, "--console-serial" },
		{ r->serial_port, "--serial" },
		{ r->serial_baud, "--serial-baud" },
		{ r->watchdog, "--watchdog" },
		{ r->real_mode, "--real-mode" },
	};

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (!options[i].given)
			continue;
		err_set(why, "kexec_file_load(2) does not know %s: leave it%s out", options[i].name,
			r->call == CALL_FILE ? " or -s" : "");
		return true;
	}
	return false;
}

bool file_call_refuses_image(const struct image *image, const struct host *h, struct err *why)
{
	const struct linux_kernel *k = &image->kernel;

	if (image->kind != IMAGE_LINUX || k->elf)
		err_set(why, "kexec_file_load(2) takes bzImages only");
	else if (!k->has_64bit_entry)
		err_set(why, "kexec_file_load(2) takes 64-bit kernels only");
	else if (!k->can_be_above_4g)
		err_set(why, "kexec_file_load(2) takes kernels only that can be above 4 GiB");
	else if (!k->has_5level && h->paging_levels == 5)
		err_set(why, "kexec_file_load(2) cannot leave 5-level paging, which this kernel "
			     "does not know: boot with no5lvl");
	else
		return false;
	return true;
}

/* The files are read as a whole before they are taken apart, and then they are there twice. */
uint64_t file_call_needs(const struct linux_kernel *kernel, uint64_t initrd_size, bool crash)
{
	return kernel->file.size + initrd_size + (crash ? 0 : kernel->init_size + initrd_size);
}
