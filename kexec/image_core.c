/* SPDX-License-Identifier: GPL-2.0-only */
#include <elf.h>
#include <string.h>

#include "image_core.h"
#include "key_store.h"
#include "lent_memory.h"

/* By the first bytes, which are the same for ELF32 and ELF64. */
static bool looks_mine(struct core_file *f)
{
	struct image_header h;
	Elf64_Ehdr ehdr;
	struct err ignored;

	if (!core_file_pread(f, 0, &ehdr, sizeof(ehdr), &ignored))
		return false;
	if (!memcmp(ehdr.e_ident, ELFMAG, SELFMAG))
		return ehdr.e_type == ET_CORE;
	return core_file_pread(f, 0, &h, sizeof(h), &ignored) && image_header_is_ours(&h);
}

/* Its body would have to be opened with a key while the kernel is loaded: krestore does that. */
static bool check_encryption(struct core_file *f, struct err *e)
{
	struct image_header h;
	struct err ignored;

	if (!core_file_pread(f, 0, &h, sizeof(h), &ignored) || !image_header_check(&h, &ignored) ||
	    !image_is_encrypted(&h))
		return true;
	return err_set(e,
		       "is encrypted: krestore opens it, in a kernel that was loaded by kexec -l "
		       "KERNEL --window-of=IMAGE --key=FILE");
}

static bool check_image(struct image_core *c, struct err *e)
{
	const struct core_image *image = &c->file.image;
	struct bytes raw;

	if (image->saved && !image_header_restorable(&image->header, e))
		return false;
	c->is_lent =
		elfcore_note(&image->memory.core, JUMP_RECORD_NOTE_NAME, LENT_RECORD_NOTE, &raw);
	return c->is_lent ? record_parse(&c->record, raw, e)
			  : core_memory_record(&image->memory, &c->record, e);
}

enum probe image_core_probe(struct image_core *c, const struct input *in, struct err *e)
{
	struct err ignored;

	*c = (struct image_core){ 0 };
	if (in->stream || !core_file_find_fd(&c->file, in->fd, in->path, &ignored))
		return PROBE_NOT_MINE;
	if (!looks_mine(&c->file)) {
		image_core_close(c);
		return PROBE_NOT_MINE;
	}
	if (check_encryption(&c->file, e) && core_file_read_image(&c->file, e) && check_image(c, e))
		return PROBE_MINE;
	image_core_close(c);
	return PROBE_ERROR;
}

void image_core_close(struct image_core *c)
{
	core_file_close(&c->file);
}

static bool record_in_header(struct core_file *f, const struct image_keys *keys,
			     struct record *record, struct err *e)
{
	struct frame_cipher *cipher = NULL;
	struct image_header h;
	bool ok;

	ok = core_file_pread(f, 0, &h, sizeof(h), e) && image_header_check(&h, e) &&
	     image_header_complete(&h, e) && image_unseal(&h, keys, &cipher, e) &&
	     image_header_restorable(&h, e);
	frame_cipher_destroy(cipher);
	if (!ok)
		return false;
	return record_parse(record, (struct bytes){ (uint8_t *)&h.record, sizeof(h.record) }, e);
}

static bool record_in_core(struct core_file *f, struct record *record, struct err *e)
{
	struct elfcore core;
	bool ok;

	if (!elfcore_read(&core, core_file_pread, f, f->size, e))
		return false;
	ok = record_of_core(record, &core, e);
	elfcore_deinit(&core);
	return ok;
}

bool image_core_read_record(const char *path, const char *key, struct record *record, struct err *e)
{
	const struct image_keys keys = { key_store_image_key, (void *)key };
	struct core_file f;
	char magic[SELFMAG];
	bool ok;

	if (!core_file_find(&f, path, e))
		return false;
	ok = core_file_pread(&f, 0, magic, sizeof(magic), e);
	if (ok && memcmp(magic, ELFMAG, SELFMAG) != 0)
		ok = record_in_header(&f, key ? &keys : NULL, record, e);
	else if (ok)
		ok = key ? image_not_encrypted(e) : record_in_core(&f, record, e);
	core_file_close(&f);
	return ok;
}
