/* SPDX-License-Identifier: GPL-2.0-only */
#include <elf.h>
#include <inttypes.h>
#include <string.h>

#include "printk_ring.h"
#include "vmcoreinfo.h"

/* A record's text is at most this long (PRINTK_MESSAGE_MAX and its predecessors). */
#define TEXT_MAX 8192
/* Rings of more than 2^24 records or 2^31 bytes of text do not exist. */
#define COUNT_BITS_MAX 24
#define SIZE_BITS_MAX  31

enum { STATE_COMMITTED = 1, STATE_FINALIZED = 2 };
#define LPOS_DATALESS	1u
#define LPOS_EMPTY_LINE 3u

struct ring {
	struct peer_kernel *k;
	unsigned word;	  /* bytes of an unsigned long */
	uint64_t counter; /* offset of the number in an atomic_long_t */
	uint64_t desc_size, state_var, blk_lpos, begin, next;
	uint64_t info_size, ts_nsec, text_len;
	uint64_t descs, infos, head, tail, text; /* addresses, ids */
	uint64_t count, text_size;
};

static bool word_at(const struct ring *r, uint64_t vaddr, uint64_t *out, struct err *e)
{
	uint8_t raw[8] = { 0 };

	return peer_kernel_read(r->k, vaddr, raw, r->word, e) &&
	       bytes_le64((struct bytes){ raw, sizeof(raw) }, 0, out);
}

/* Offsets and sizes, each a small number. */
static bool small(const struct ring *r, const char *key, uint64_t *out, struct err *e)
{
	int64_t value;

	if (!vmcoreinfo_number(r->k->vmcoreinfo, key, &value) || value < 0 || value > 65536)
		return err_set(e, "VMCOREINFO has no usable %s (kernels since 5.10 have it)", key);
	*out = value;
	return true;
}

static bool read_desc_ring(struct ring *r, uint64_t at, struct err *e)
{
	uint64_t count_bits, descs, infos, head, tail;
	uint8_t bits[4];

	if (!small(r, "OFFSET(prb_desc_ring.count_bits)", &count_bits, e) ||
	    !small(r, "OFFSET(prb_desc_ring.descs)", &descs, e) ||
	    !small(r, "OFFSET(prb_desc_ring.infos)", &infos, e) ||
	    !small(r, "OFFSET(prb_desc_ring.head_id)", &head, e) ||
	    !small(r, "OFFSET(prb_desc_ring.tail_id)", &tail, e) ||
	    !peer_kernel_read(r->k, at + count_bits, bits, sizeof(bits), e) ||
	    !word_at(r, at + descs, &r->descs, e) || !word_at(r, at + infos, &r->infos, e) ||
	    !word_at(r, at + head + r->counter, &r->head, e) ||
	    !word_at(r, at + tail + r->counter, &r->tail, e))
		return false;
	if (bits[0] > COUNT_BITS_MAX || bits[1] || bits[2] || bits[3])
		return err_set(e, "the log's ring is damaged");
	r->count = (uint64_t)1 << bits[0];
	return true;
}

static bool read_text_ring(struct ring *r, uint64_t at, struct err *e)
{
	uint64_t size_bits, data;
	uint8_t bits[4];

	if (!small(r, "OFFSET(prb_data_ring.size_bits)", &size_bits, e) ||
	    !small(r, "OFFSET(prb_data_ring.data)", &data, e) ||
	    !peer_kernel_read(r->k, at + size_bits, bits, sizeof(bits), e) ||
	    !word_at(r, at + data, &r->text, e))
		return false;
	if (bits[0] > SIZE_BITS_MAX || bits[1] || bits[2] || bits[3])
		return err_set(e, "the log's text ring is damaged");
	r->text_size = (uint64_t)1 << bits[0];
	return true;
}

/* All of it lies in the kernel's memory: a damaged core cannot make us read for hours. */
static bool check_size(const struct ring *r, struct err *e)
{
	uint64_t record = r->desc_size + r->info_size;

	return (record && r->count <= extents_bytes(&r->k->memory->extents) / record) ||
	       err_set(e, "the log's ring is damaged: %" PRIu64 " records do not fit the memory",
		       r->count);
}

static bool read_ring(struct ring *r, struct err *e)
{
	uint64_t prb, desc_ring, text_ring;

	if (!vmcoreinfo_symbol(r->k->vmcoreinfo, "prb", &prb))
		return err_set(e, "VMCOREINFO has no SYMBOL(prb) (kernels since 5.10 have it)");
	return small(r, "OFFSET(printk_ringbuffer.desc_ring)", &desc_ring, e) &&
	       small(r, "OFFSET(printk_ringbuffer.text_data_ring)", &text_ring, e) &&
	       small(r, "OFFSET(atomic_long_t.counter)", &r->counter, e) &&
	       small(r, "SIZE(prb_desc)", &r->desc_size, e) &&
	       small(r, "OFFSET(prb_desc.state_var)", &r->state_var, e) &&
	       small(r, "OFFSET(prb_desc.text_blk_lpos)", &r->blk_lpos, e) &&
	       small(r, "OFFSET(prb_data_blk_lpos.begin)", &r->begin, e) &&
	       small(r, "OFFSET(prb_data_blk_lpos.next)", &r->next, e) &&
	       small(r, "SIZE(printk_info)", &r->info_size, e) &&
	       small(r, "OFFSET(printk_info.ts_nsec)", &r->ts_nsec, e) &&
	       small(r, "OFFSET(printk_info.text_len)", &r->text_len, e) &&
	       word_at(r, prb, &prb, e) && read_desc_ring(r, prb + desc_ring, e) &&
	       read_text_ring(r, prb + text_ring, e) && check_size(r, e);
}

/*
 * Where a record's text is, from the logical positions of its block; the block starts with its id.
 * A block that does not fit before the end of the ring is at the ring's start.
 */
static bool find_text(const struct ring *r, uint64_t begin, uint64_t next, uint64_t *at,
		      uint64_t *size)
{
	uint64_t mask = r->text_size - 1;

	if (begin / r->text_size == next / r->text_size && begin < next) {
		*at = r->text + (begin & mask);
		*size = next - begin;
	} else {
		*at = r->text;
		*size = next & mask;
	}
	if (*size < r->word)
		return false;
	*at += r->word;
	*size -= r->word;
	return true;
}

static void each_line(uint64_t ns, const char *text, size_t size,
		      void (*line)(void *opaque, uint64_t ns, const char *text, size_t size),
		      void *opaque)
{
	const char *end;

	while ((end = memchr(text, '\n', size))) {
		line(opaque, ns, text, end - text);
		size -= end + 1 - text;
		text = end + 1;
	}
	line(opaque, ns, text, size);
}

static void read_record(const struct ring *r, uint64_t id,
			void (*line)(void *opaque, uint64_t ns, const char *text, size_t size),
			void *opaque)
{
	uint64_t index = id & (r->count - 1), id_mask = ((uint64_t)1 << (8 * r->word - 2)) - 1;
	uint64_t desc = r->descs + index * r->desc_size, info = r->infos + index * r->info_size;
	uint64_t state, begin, next, at = 0, size = 0, ns;
	uint8_t raw[8];
	uint16_t length;
	char text[TEXT_MAX];
	struct err ignored;

	if (!word_at(r, desc + r->state_var + r->counter, &state, &ignored) ||
	    (state & id_mask) != (id & id_mask))
		return;
	state >>= 8 * r->word - 2;
	if (state != STATE_COMMITTED && state != STATE_FINALIZED)
		return;
	if (!word_at(r, desc + r->blk_lpos + r->begin, &begin, &ignored) ||
	    !word_at(r, desc + r->blk_lpos + r->next, &next, &ignored) ||
	    !peer_kernel_read(r->k, info + r->ts_nsec, raw, 8, &ignored) ||
	    !bytes_le64((struct bytes){ raw, 8 }, 0, &ns) ||
	    !peer_kernel_read(r->k, info + r->text_len, raw, 2, &ignored) ||
	    !bytes_le16((struct bytes){ raw, 2 }, 0, &length))
		return;
	if (begin & LPOS_DATALESS) {
		if (begin != LPOS_EMPTY_LINE)
			return;
	} else if (!find_text(r, begin, next, &at, &size)) {
		return;
	}
	size = length < size ? length : size;
	size = size < sizeof(text) ? size : sizeof(text);
	if (size && !peer_kernel_read(r->k, at, text, size, &ignored))
		return;
	each_line(ns, text, size, line, opaque);
}

bool printk_ring_read(struct peer_kernel *k,
		      void (*line)(void *opaque, uint64_t ns, const char *text, size_t size),
		      void *opaque, struct err *e)
{
	struct ring r = { .k = k, .word = k->machine == EM_X86_64 ? 8 : 4 };
	uint64_t records;

	if (!read_ring(&r, e))
		return err_prefix(e, "the kernel's log");
	records = (r.head - r.tail) & (r.count - 1);
	for (uint64_t i = 0; i <= records; i++)
		read_record(&r, r.tail + i, line, opaque);
	return true;
}
