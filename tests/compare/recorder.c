/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Preloaded into a kexec: in place of the system calls that load, unload and run, their arguments
 * go to /record and what would be loaded to /loaded, and all is well. For tests/compare/run.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ON_CRASH	  0x1
#define PRESERVE_CONTEXT  0x2
#define HOTPLUG		  0x8
#define FILE_UNLOAD	  0x1
#define FILE_ON_CRASH	  0x2
#define FILE_NO_INITRAMFS 0x4
#define FILE_NEWER	  (~0x7ul)

struct segment {
	const void *data;
	size_t size;
	unsigned long at, memory;
};

int reboot(int command);

static void append(const char *path, const void *data, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		_exit(99);
	close(fd);
}

static void record(const char *format, ...)
{
	char line[128];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	append("/record", line, strlen(line));
}

/* As the kernel tells it in /sys. */
static void set_loaded(unsigned long crash)
{
	int fd = open(crash ? "/sys/kernel/kexec_crash_loaded" : "/sys/kernel/kexec_loaded",
		      O_WRONLY | O_TRUNC);

	if (fd < 0 || write(fd, "1\n", 2) != 2)
		_exit(99);
	close(fd);
}

/* The machine has a file that says how its kernel refuses. */
static int is(const char *path)
{
	return !access(path, F_OK);
}

static long load(unsigned long count, const struct segment *segments, unsigned long flags)
{
	unsigned long last = 0;

	/* Asked with a pointer to nowhere, a kernel that can jump says EFAULT. */
	if (count && (unsigned long)segments > -65536ul) {
		errno = flags & PRESERVE_CONTEXT ? EFAULT : EINVAL;
		return -1;
	}
	if (is("/locked") || (flags & HOTPLUG && is("/old"))) {
		errno = is("/locked") ? EPERM : EINVAL;
		return -1;
	}
	for (unsigned long i = 0; i < count; i++) {
		append("/loaded", segments[i].data, segments[i].size);
		if (segments[i].at + segments[i].memory > last)
			last = segments[i].at + segments[i].memory;
	}
	record(count ? "load %#lx %#lx\n" : "unload %#lx\n", flags, last);
	if (count)
		set_loaded(flags & ON_CRASH);
	return 0;
}

static void append_file(int from)
{
	char block[65536];
	ssize_t n;

	if (from >= 0)
		lseek(from, 0, SEEK_SET);
	while (from >= 0 && (n = read(from, block, sizeof(block))) > 0)
		append("/loaded", block, n);
}

static long load_files(const long *a)
{
	unsigned long size = a[2], flags = a[4];

	if (is("/badkey") || (flags & FILE_NEWER && is("/old"))) {
		errno = is("/badkey") ? EKEYREJECTED : EINVAL;
		return -1;
	}
	if (!(flags & FILE_UNLOAD)) {
		append_file((int)a[0]);
		append_file(flags & FILE_NO_INITRAMFS ? -1 : (int)a[1]);
	}
	if (size)
		append("/loaded", (const char *)a[3], size);
	record(flags & FILE_UNLOAD ? "unload %#lx\n" : "files %#lx\n", flags);
	if (!(flags & FILE_UNLOAD))
		set_loaded(flags & FILE_ON_CRASH);
	return 0;
}

static long pass(long number, const long *a)
{
	register long r10 __asm__("r10") = a[3];
	register long r8 __asm__("r8") = a[4];
	register long r9 __asm__("r9") = a[5];
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a[0]), "S"(a[1]), "d"(a[2]), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	if (result >= 0 || result < -4095)
		return result;
	errno = (int)-result;
	return -1;
}

int reboot(int command)
{
	record("run %#x\n", (unsigned)command);
	_exit(0);
}

long syscall(long number, ...)
{
	long a[6];
	va_list args;

	va_start(args, number);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(args, long);
	va_end(args);
	switch (number) {
	case SYS_kexec_load:
		return load(a[1], (const struct segment *)a[2], a[3]);
	case SYS_kexec_file_load:
		return load_files(a);
	case SYS_reboot:
		return reboot((int)a[2]);
	default:
		return pass(number, a);
	}
}
