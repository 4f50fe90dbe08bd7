/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernels of a jump hand each other with each jump (include/jump_message.h): in A, data on
 * the way out, and data and a status on the way back; in B, the same the other way round.
 */
#ifndef KEXEC_MESSAGE_H
#define KEXEC_MESSAGE_H

#include "bytes.h"
#include "jump_message.h"
#include "pinned_pages.h"

/* In A, around a jump. */
struct message {
	struct pinned_pages data, room;
	struct jump_message sent;
};

struct answer {
	bool crashed;	   /* B did not end the jump, and answered nothing ... */
	enum jump_end end; /* ... because of this */
	bool is_there;
	unsigned status;
	bool has_data;
	struct bytes data; /* inside the message's pages */
};

/*
 * Before the jump. @data.data NULL: nothing is sent. @limit: how long the gate waits for B, in
 * cycles of the TSC; 0: for ever. Free with message_end() in any case.
 */
bool message_begin(struct message *m, const char *root, struct bytes data, uint64_t limit,
		   struct err *e);
/*
 * After it: what B answered to this very message, if anything. False when the answer
 * is damaged. The message is gone from page 0 then.
 */
bool message_answer(struct message *m, const char *root, struct answer *a, struct err *e);
void message_end(struct message *m);

/* In B. */
enum received {
	RECEIVED_NOTHING,
	RECEIVED_DATA,
	RECEIVED_ERROR,
};

/* What A sent with the last jump: newly allocated in *@data. */
enum received message_receive(const char *root, uint8_t **data, size_t *size, struct err *e);
/* Before the jump back. @data.data NULL: a status alone. */
bool message_reply(const char *root, struct bytes data, unsigned status, struct err *e);

#endif
