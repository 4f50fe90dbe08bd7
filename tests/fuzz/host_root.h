/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A root folder for what reads /proc and /sys: its files are in memory, and each input of a fuzz
 * target gives them new contents.
 */
#ifndef FUZZ_HOST_ROOT_H
#define FUZZ_HOST_ROOT_H

#include "fuzz.h"

#include <fcntl.h>
#include <ftw.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static char host_root[64];

static inline int remove_entry(const char *path, const struct stat *s, int kind, struct FTW *f)
{
	(void)s, (void)kind, (void)f;
	return remove(path);
}

static inline void host_root_remove(void)
{
	nftw(host_root, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static inline void host_root_make(void)
{
	const char *tmp = getenv("TMPDIR");

	/* A disk's file system waits for the disk when a file becomes shorter. */
	if (!access("/dev/shm", W_OK))
		tmp = "/dev/shm";
	snprintf(host_root, sizeof(host_root), "%s/fuzz-XXXXXX", tmp ? tmp : "/tmp");
	PROVE(mkdtemp(host_root));
	atexit(host_root_remove);
}

static inline void host_root_path(char *full, size_t size, const char *path)
{
	PROVE(snprintf(full, size, "%s%s", host_root, path) < (int)size);
	for (char *at = full + strlen(host_root) + 1; (at = strchr(at, '/')); *at++ = '/') {
		*at = '\0';
		mkdir(full, 0755);
	}
}

/* Kept open, to be written to. */
static inline int host_root_file(const char *path)
{
	char full[256], memory[32];
	int fd = memfd_create(path, MFD_CLOEXEC);

	PROVE(fd >= 0);
	host_root_path(full, sizeof(full), path);
	snprintf(memory, sizeof(memory), "/proc/self/fd/%d", fd);
	PROVE(!symlink(memory, full));
	return fd;
}

/* The same for what is opened without following links. */
static inline int host_root_plain_file(const char *path)
{
	char full[256];
	int fd;

	host_root_path(full, sizeof(full), path);
	fd = open(full, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	PROVE(fd >= 0);
	return fd;
}

static inline void host_root_set(int fd, const void *data, size_t size)
{
	PROVE(!ftruncate(fd, 0));
	PROVE(pwrite(fd, data, size, 0) == (ssize_t)size);
}

#endif
