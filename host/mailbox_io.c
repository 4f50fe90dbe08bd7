/* SPDX-License-Identifier: GPL-2.0-only */
#include <string.h>

#include "mailbox_io.h"
#include "page_zero.h"
#include "sha256.h"

static void mailbox_digest(const struct mailbox *m, uint8_t digest[SHA256_SIZE])
{
	struct sha256 s;

	sha256_init(&s, sha256_blocks_portable);
	sha256_update(&s, m, offsetof(struct mailbox, digest));
	sha256_final(&s, digest);
}

bool mailbox_write(const char *root, const char *text, struct err *e)
{
	struct mailbox m = { .magic = MAILBOX_MAGIC };

	if (strlen(text) >= sizeof(m.text))
		return err_set(e, "a message has %zu bytes at most", sizeof(m.text) - 1);
	memcpy(m.text, text, strlen(text));
	mailbox_digest(&m, m.digest);
	return page_zero_write(root, MAILBOX_ADDRESS, &m, sizeof(m), e);
}

bool mailbox_read(const char *root, char *text, struct err *e)
{
	uint8_t digest[SHA256_SIZE];
	struct mailbox m;

	if (!page_zero_read(root, MAILBOX_ADDRESS, &m, sizeof(m), e))
		return false;
	mailbox_digest(&m, digest);
	if (memcmp(m.magic, MAILBOX_MAGIC, sizeof(m.magic)) ||
	    memcmp(digest, m.digest, sizeof(digest)))
		*m.text = 0;
	memcpy(text, m.text, sizeof(m.text));
	text[sizeof(m.text) - 1] = 0;
	return true;
}
