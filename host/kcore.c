/* SPDX-License-Identifier: GPL-2.0-only */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file_io.h"
#include "host_file.h"
#include "kcore.h"

#define NOTE_NAME     "VMCOREINFO"
#define NOTE_SIZE_MAX (64u << 10) /* the kernel's is one page and a header */

static bool read_at(void *opaque, uint64_t offset, void *to, size_t size, struct err *e)
{
	const int *fd = opaque;

	return file_read_at(*fd, offset, to, size, e);
}

bool kcore_open(const char *root, int *fd, struct elfcore *core, struct err *why, struct err *e)
{
	*core = (struct elfcore){ 0 };
	*fd = host_open(root, "/proc/kcore", why);
	if (*fd < 0)
		return true;
	if (elfcore_read(core, read_at, fd, UINT64_MAX, e))
		return true;
	close(*fd);
	*fd = -1;
	return err_prefix(e, "%s/proc/kcore", root);
}

void kcore_close(int *fd, struct elfcore *core)
{
	if (*fd < 0)
		return;
	elfcore_deinit(core);
	close(*fd);
	*fd = -1;
}

static const struct elfcore_load *load_of(const struct elfcore *core, uint64_t vaddr)
{
	for (size_t i = 0; i < core->load_count; i++) {
		const struct elfcore_load *l = &core->loads[i];

		if (vaddr >= l->vaddr && vaddr - l->vaddr < l->filesz)
			return l;
	}
	return NULL;
}

bool kcore_read(int fd, const struct elfcore *core, uint64_t vaddr, void *to, size_t size,
		struct err *e)
{
	uint8_t *at = to;

	while (size) {
		const struct elfcore_load *l = load_of(core, vaddr);
		uint64_t offset, part;

		if (!l)
			return err_set(e, "/proc/kcore has nothing at virtual address %#" PRIx64,
				       vaddr);
		part = l->filesz - (vaddr - l->vaddr);
		if (part > size)
			part = size;
		if (__builtin_add_overflow(l->offset, vaddr - l->vaddr, &offset))
			return err_set(e, "/proc/kcore: a segment's offset is too large");
		if (!read_at(&fd, offset, at, part, e))
			return err_prefix(e, "/proc/kcore");
		at += part;
		vaddr += part;
		size -= part;
	}
	return true;
}

/* The direct map's virtual address of physical @paddr. */
static bool direct_map(const struct elfcore *core, uint64_t paddr, uint64_t *vaddr)
{
	for (size_t i = 0; i < core->load_count; i++) {
		const struct elfcore_load *l = &core->loads[i];

		if (paddr >= l->paddr && paddr - l->paddr < l->filesz) {
			*vaddr = l->vaddr + (paddr - l->paddr);
			return true;
		}
	}
	return false;
}

bool kcore_read_phys(int fd, const struct elfcore *core, uint64_t paddr, void *to, size_t size,
		     struct err *e)
{
	uint64_t vaddr;

	return (direct_map(core, paddr, &vaddr) ||
		err_set(e, "/proc/kcore does not have physical address %#" PRIx64, paddr)) &&
	       kcore_read(fd, core, vaddr, to, size, e);
}

/* /sys/kernel/vmcoreinfo: "PADDR SIZE" of an ELF note, both in hexadecimal. */
static uint8_t *read_sysfs_note(const char *root, int fd, const struct elfcore *core,
				uint32_t *size)
{
	char *text = host_file(root, "/sys/kernel/vmcoreinfo", 4096, NULL, &(struct err){ 0 });
	uint64_t paddr, vaddr;
	uint8_t *notes = NULL;

	if (text && sscanf(text, "%" SCNx64 " %" SCNx32, &paddr, size) == 2 && *size &&
	    *size <= NOTE_SIZE_MAX && direct_map(core, paddr, &vaddr))
		notes = malloc(*size);
	free(text);
	if (notes && !kcore_read(fd, core, vaddr, notes, *size, &(struct err){ 0 })) {
		free(notes);
		notes = NULL;
	}
	return notes;
}

static bool copy_note(const struct elfcore *core, uint8_t **data, size_t *size, struct err *e)
{
	struct bytes note;

	if (!elfcore_note(core, NOTE_NAME, 0, &note) || !note.size)
		return true;
	*data = malloc(note.size);
	if (!*data)
		return err_set(e, "out of memory");
	memcpy(*data, note.data, note.size);
	*size = note.size;
	return true;
}

bool kcore_vmcoreinfo(const char *root, int fd, const struct elfcore *core, uint8_t **data,
		      size_t *size, struct err *e)
{
	struct elfcore sysfs = { 0 };
	uint32_t notes_size;
	bool ok;

	*data = NULL;
	*size = 0;
	if (fd < 0)
		return true;
	if (!copy_note(core, data, size, e))
		return false;
	if (*data)
		return true;
	sysfs.notes = read_sysfs_note(root, fd, core, &notes_size);
	if (!sysfs.notes)
		return true;
	sysfs.notes_size = notes_size;
	ok = copy_note(&sysfs, data, size, e);
	free(sysfs.notes);
	return ok;
}
