/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "devmem.h"
#include "mailbox_io.h"
#include "sha256.h"
#include "x86.h"

static void mailbox_digest(const struct mailbox *m, uint8_t digest[SHA256_SIZE])
{
	struct sha256 s;

	sha256_init(&s, sha256_blocks_portable);
	sha256_update(&s, m, offsetof(struct mailbox, digest));
	sha256_final(&s, digest);
}

/* Copies page 0's mailbox to or from @m. */
static bool transfer(const char *root, struct mailbox *m, bool write, struct err *e)
{
	int fd = devmem_open_device(root, write, e);
	struct stat st;
	char *page;

	if (fd < 0)
		return false;
	/* A file in its place, which has to have the page. */
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && (uint64_t)st.st_size < PAGE_SIZE) {
		close(fd);
		return err_set(e, "%s/dev/mem: has no whole page 0", root);
	}
	page = mmap(NULL, PAGE_SIZE, write ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (page == MAP_FAILED)
		return err_sys(e, errno, "%s/dev/mem: mapping of page 0", root);
	if (write)
		memcpy(page + MAILBOX_ADDRESS, m, sizeof(*m));
	else
		memcpy(m, page + MAILBOX_ADDRESS, sizeof(*m));
	munmap(page, PAGE_SIZE);
	return true;
}

bool mailbox_write(const char *root, const char *text, struct err *e)
{
	struct mailbox m = { .magic = MAILBOX_MAGIC };

	if (strlen(text) >= sizeof(m.text))
		return err_set(e, "a message has %zu bytes at most", sizeof(m.text) - 1);
	memcpy(m.text, text, strlen(text));
	mailbox_digest(&m, m.digest);
	return transfer(root, &m, true, e);
}

bool mailbox_read(const char *root, char *text, struct err *e)
{
	uint8_t digest[SHA256_SIZE];
	struct mailbox m;

	if (!transfer(root, &m, false, e))
		return false;
	mailbox_digest(&m, digest);
	if (memcmp(m.magic, MAILBOX_MAGIC, sizeof(m.magic)) ||
	    memcmp(digest, m.digest, sizeof(digest)))
		*m.text = 0;
	memcpy(text, m.text, sizeof(m.text));
	text[sizeof(m.text) - 1] = 0;
	return true;
}
