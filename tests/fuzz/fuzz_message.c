/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What another kernel left in page 0: a message to be received, and an answer, whose digests are
 * made right where the input's first byte says so.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"
#include "message.h"
#include "page_zero.h"
#include "sha256.h"

static char root[] = "/tmp/kexec-fuzz-message-XXXXXX";
static bool has_root;

static void remove_root(void)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -rf %s", root);
	if (system(command))
		perror(command);
}

static void make_root(void)
{
	char path[64];
	int fd;

	PROVE(mkdtemp(root));
	atexit(remove_root);
	snprintf(path, sizeof(path), "%s/dev", root);
	PROVE(!mkdir(path, 0700));
	snprintf(path, sizeof(path), "%s/dev/mem", root);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	PROVE(fd >= 0 && !ftruncate(fd, 4096));
	close(fd);
	has_root = true;
}

static void digest(const void *data, size_t size, uint8_t to[SHA256_SIZE])
{
	struct sha256 s;

	sha256_init(&s, sha256_blocks_portable);
	sha256_update(&s, data, size);
	sha256_final(&s, to);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t room[JUMP_DATA_MAX];
	struct jump_message m = { 0 };
	struct message own = { .room.data = room };
	struct answer a;
	struct err e = {};
	uint8_t *got;
	size_t got_size;

	if (!size)
		return 0;
	if (!has_root)
		make_root();
	memcpy(&m, data + 1, size - 1 < sizeof(m) ? size - 1 : sizeof(m));
	if (data[0] & 1)
		memcpy(m.magic, JUMP_MESSAGE_MAGIC, sizeof(m.magic));
	if (data[0] & 2)
		digest(&m, offsetof(struct jump_message, digest), m.digest);
	if (data[0] & 4)
		m.answer.number = m.number;
	if (data[0] & 8)
		digest(&m.answer, offsetof(struct jump_answer, digest), m.answer.digest);
	own.sent.number = m.number;
	PROVE(page_zero_write(root, JUMP_MESSAGE_ADDRESS, &m, sizeof(m), &e));
	switch (message_receive(root, &got, &got_size, &e)) {
	case RECEIVED_DATA:
		PROVE(got_size <= JUMP_DATA_MAX);
		free(got);
		break;
	case RECEIVED_ERROR:
		prove_error(&e);
		break;
	case RECEIVED_NOTHING:
		break;
	}
	if (!message_answer(&own, root, &a, &e)) {
		prove_error(&e);
	} else if (a.is_there) {
		PROVE(a.status <= JUMP_STATUS_MAX && a.data.size <= JUMP_DATA_MAX);
		PROVE(a.data.data == room);
		taken();
	}
	return 0;
}
