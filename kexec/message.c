/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "message.h"
#include "old_memory.h"
#include "page_zero.h"
#include "sha256.h"
#include "x86.h"

_Static_assert(JUMP_MESSAGE_ADDRESS + sizeof(struct jump_message) <= PAGE_SIZE, "in page 0");

static void digest(const void *data, size_t size, uint8_t to[SHA256_SIZE])
{
	struct sha256 s;

	sha256_init(&s, sha256_blocks_portable);
	sha256_update(&s, data, size);
	sha256_final(&s, to);
}

static bool has_digest(const void *data, size_t size, const uint8_t expected[SHA256_SIZE])
{
	uint8_t is[SHA256_SIZE];

	digest(data, size, is);
	return !memcmp(is, expected, SHA256_SIZE);
}

static struct jump_data describe(struct bytes data)
{
	struct jump_data d = { .size = data.size, .is_there = data.data != NULL };

	if (d.is_there)
		digest(data.data, data.size, d.digest);
	return d;
}

static bool check_size(struct bytes data, struct err *e)
{
	return data.size <= JUMP_DATA_MAX ||
	       err_set(e, "%zu bytes are more than a jump can carry, %d", data.size, JUMP_DATA_MAX);
}

/* ---- in A ---- */

static size_t pages_of(size_t size)
{
	return page_up(size) / PAGE_SIZE;
}

/* What is left in page 0 would be believed once more. */
static void remove_message(const char *root)
{
	const struct jump_message none = { 0 };
	struct err ignored;

	page_zero_write(root, JUMP_MESSAGE_ADDRESS, &none, sizeof(none), &ignored);
}

bool message_begin(struct message *m, const char *root, struct bytes data, uint64_t limit,
		   struct err *e)
{
	struct jump_message *s = &m->sent;

	*m = (struct message){
		.sent = { .magic = JUMP_MESSAGE_MAGIC, .data = describe(data), .limit = limit }
	};
	if (!check_size(data, e))
		return false;
	if (getrandom(&s->number, sizeof(s->number), 0) != sizeof(s->number))
		return err_sys(e, errno, "getrandom(2)");
	if (data.size) {
		if (!pinned_pages_create(&m->data, pages_of(data.size), e))
			return false;
		memcpy(m->data.data, data.data, data.size);
		if (!pinned_pages_find(&m->data, s->data_pages, e))
			return false;
	}
	if (!pinned_pages_create(&m->room, JUMP_DATA_PAGES, e) ||
	    !pinned_pages_find(&m->room, s->room_pages, e))
		return false;
	digest(s, offsetof(struct jump_message, digest), s->digest);
	return page_zero_write(root, JUMP_MESSAGE_ADDRESS, s, sizeof(*s), e);
}

bool message_answer(struct message *m, const char *root, struct answer *a, struct err *e)
{
	struct jump_message now;
	struct jump_answer got;

	*a = (struct answer){ 0 };
	if (!page_zero_read(root, JUMP_MESSAGE_ADDRESS, &now, sizeof(now), e))
		return false;
	remove_message(root);
	got = now.answer;
	a->crashed = now.crashed == m->sent.number;
	a->end = now.end <= JUMP_END_NO_CPU ? (enum jump_end)now.end : JUMP_END_PANIC;
	if (a->crashed || got.number != m->sent.number)
		return true;
	if (!has_digest(&got, offsetof(struct jump_answer, digest), got.digest) ||
	    got.status > JUMP_STATUS_MAX || got.data.size > JUMP_DATA_MAX)
		return err_set(e, "the other kernel's answer is damaged");
	a->is_there = true;
	a->status = got.status;
	a->has_data = got.data.is_there;
	a->data = (struct bytes){ m->room.data, got.data.size };
	return !a->has_data || has_digest(a->data.data, a->data.size, got.data.digest) ||
	       err_set(e, "what the other kernel sent, %zu bytes, is damaged", a->data.size);
}

void message_end(struct message *m)
{
	pinned_pages_destroy(&m->data);
	pinned_pages_destroy(&m->room);
}

/* ---- in B ---- */

static bool read_message(const char *root, struct jump_message *m, bool *is_there, struct err *e)
{
	if (!page_zero_read(root, JUMP_MESSAGE_ADDRESS, m, sizeof(*m), e))
		return false;
	*is_there = !memcmp(m->magic, JUMP_MESSAGE_MAGIC, sizeof(m->magic)) &&
		    has_digest(m, offsetof(struct jump_message, digest), m->digest) &&
		    m->data.size <= JUMP_DATA_MAX;
	return true;
}

/* Between @size bytes of ours and pages of A's, in either direction. */
static bool transfer(const uint64_t *pages, uint8_t *data, size_t size, bool write, struct err *e)
{
	struct old_memory old;
	bool ok = true;

	if (!size)
		return true;
	if (!old_memory_open(&old, e))
		return false;
	for (size_t at = 0; ok && at < size; at += PAGE_SIZE) {
		size_t part = size - at < PAGE_SIZE ? size - at : PAGE_SIZE;
		uint64_t now;

		ok = old_memory_page(&old, pages[at / PAGE_SIZE], write, &now, e) &&
		     (write ? old_memory_write(&old, now, data + at, part, e)
			    : old_memory_read(&old, now, data + at, part, e));
	}
	old_memory_close(&old);
	return ok;
}

enum received message_receive(const char *root, uint8_t **data, size_t *size, struct err *e)
{
	struct jump_message m;
	bool is_there;

	*data = NULL;
	if (!read_message(root, &m, &is_there, e))
		return RECEIVED_ERROR;
	if (!is_there || !m.data.is_there)
		return RECEIVED_NOTHING;
	*size = m.data.size;
	*data = malloc(page_up(*size + 1));
	if (!*data)
		err_set(e, "no memory for %zu bytes", *size);
	else if (transfer(m.data_pages, *data, *size, false, e) &&
		 (has_digest(*data, *size, m.data.digest) ||
		  err_set(e, "what the other kernel sent, %zu bytes, is damaged", *size)))
		return RECEIVED_DATA;
	free(*data);
	*data = NULL;
	return RECEIVED_ERROR;
}

bool message_reply(const char *root, struct bytes data, unsigned status, struct err *e)
{
	struct jump_answer a = { .status = status, .data = describe(data) };
	struct jump_message m;
	bool is_there;

	if (!check_size(data, e) || !read_message(root, &m, &is_there, e))
		return false;
	if (!is_there)
		return err_set(e,
			       "the other kernel left no room for an answer: it did not jump by a "
			       "kexec -e that takes one");
	if (!transfer(m.room_pages, (uint8_t *)data.data, data.size, true, e))
		return false;
	a.number = m.number;
	digest(&a, offsetof(struct jump_answer, digest), a.digest);
	return page_zero_write(root, JUMP_MESSAGE_ADDRESS + offsetof(struct jump_message, answer),
			       &a, sizeof(a), e);
}
