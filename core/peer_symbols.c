/* SPDX-License-Identifier: GPL-2.0-only */
#include <elf.h>
#include <inttypes.h>
#include <string.h>

#include "peer_symbols.h"
#include "vmcoreinfo.h"
#include "x86.h"

#define SYMBOLS_MAX   8000000
#define NAME_MAX_SIZE 1024 /* KSYM_NAME_LEN is 512 */
#define TOKENS	      256
#define REFERENCE     "_stext" /* in VMCOREINFO, so we see how addresses are kept */

/* The tables, and a window on the one of names, which is read from its start to its end. */
struct kallsyms {
	struct peer_kernel *k;
	uint64_t names, offsets, relative_base;
	bool has_base; /* until 7.0 offsets were relative to one address */
	uint32_t count;
	char tokens[TOKENS * 64]; /* few have more than some bytes */
	size_t tokens_size;
	uint16_t token_at[TOKENS];
	uint8_t buffer[PAGE_SIZE];
	size_t at, filled;
};

static bool place(struct kallsyms *s, const char *name, uint64_t *vaddr, struct err *e)
{
	return vmcoreinfo_symbol(s->k->vmcoreinfo, name, vaddr) ||
	       err_set(e, "VMCOREINFO has no SYMBOL(%s)", name);
}

/* What is behind it may not be mapped: as much as there is, up to its last whole piece. */
static size_t read_some(struct kallsyms *s, uint64_t vaddr, void *to, size_t size)
{
	struct err ignored;

	for (; size; size /= 2)
		if (peer_kernel_read(s->k, vaddr, to, size, &ignored))
			break;
	return size;
}

static bool open_tables(struct kallsyms *s, struct err *e)
{
	uint64_t count, table, index;

	if (!place(s, "kallsyms_names", &s->names, e) ||
	    !place(s, "kallsyms_num_syms", &count, e) ||
	    !place(s, "kallsyms_token_table", &table, e) ||
	    !place(s, "kallsyms_token_index", &index, e) ||
	    !place(s, "kallsyms_offsets", &s->offsets, e) ||
	    !peer_kernel_read(s->k, count, &s->count, sizeof(s->count), e) ||
	    !peer_kernel_read(s->k, index, s->token_at, sizeof(s->token_at), e))
		return false;
	s->tokens_size = read_some(s, table, s->tokens, sizeof(s->tokens) - 1);
	s->has_base = vmcoreinfo_symbol(s->k->vmcoreinfo, "kallsyms_relative_base", &table);
	if (s->has_base && !peer_kernel_read(s->k, table, &s->relative_base,
					     s->k->machine == EM_X86_64 ? 8 : 4, e))
		return false;
	return s->count <= SYMBOLS_MAX ||
	       err_set(e, "kallsyms_num_syms is %" PRIu32 ", more than any kernel has", s->count);
}

static bool next_byte(struct kallsyms *s, uint8_t *byte)
{
	if (s->at == s->filled) {
		s->filled = read_some(s, s->names, s->buffer, sizeof(s->buffer));
		s->names += s->filled;
		s->at = 0;
		if (!s->filled)
			return false;
	}
	*byte = s->buffer[s->at++];
	return true;
}

/* The next symbol's name without the letter of its type; one that is too long is cut. */
static bool next_name(struct kallsyms *s, char *name)
{
	unsigned length;
	size_t size = 0;
	bool first = true;
	uint8_t byte;

	if (!next_byte(s, &byte))
		return false;
	length = byte;
	if (byte & 0x80) {
		if (!next_byte(s, &byte))
			return false;
		length = (length & 0x7f) | (unsigned)byte << 7;
	}
	while (length--) {
		if (!next_byte(s, &byte))
			return false;
		for (size_t at = s->token_at[byte]; at < s->tokens_size && s->tokens[at]; at++) {
			if (!first && size < NAME_MAX_SIZE - 1)
				name[size++] = s->tokens[at];
			first = false;
		}
	}
	name[size] = '\0';
	return true;
}

/* The numbers of both names among all symbols. */
static bool find_names(struct kallsyms *s, const char *name, uint32_t *wanted, uint32_t *reference)
{
	char this[NAME_MAX_SIZE];
	bool has_wanted = false, has_reference = false;

	for (uint32_t i = 0; i < s->count && !(has_wanted && has_reference); i++) {
		if (!next_name(s, this))
			return false;
		if (!has_wanted && !strcmp(this, name)) {
			*wanted = i;
			has_wanted = true;
		}
		if (!has_reference && !strcmp(this, REFERENCE)) {
			*reference = i;
			has_reference = true;
		}
	}
	return has_wanted && has_reference;
}

/* The ways in which kernels keep an address in 32 bits. */
enum form {
	FORM_RELATIVE, /* to kallsyms_relative_base */
	FORM_PERCPU, /* the same, negative; others are absolute (CONFIG_KALLSYMS_ABSOLUTE_PERCPU) */
	FORM_SELF,   /* to the word itself, since 7.0 */
	FORM_ABSOLUTE, /* kernels of 32 bits that are not relocatable, since 7.0 */
	FORMS,
};

static uint64_t address(const struct kallsyms *s, enum form form, uint32_t number, uint32_t word)
{
	uint64_t value = 0;

	switch (form) {
	case FORM_RELATIVE:
		value = s->relative_base + word;
		break;
	case FORM_PERCPU:
		value = (int32_t)word >= 0 ? word : s->relative_base - 1 - (int64_t)(int32_t)word;
		break;
	case FORM_SELF:
		value = s->offsets + 4 * (uint64_t)number + (int64_t)(int32_t)word;
		break;
	default:
		value = word;
	}
	return s->k->machine == EM_X86_64 ? value : (uint32_t)value;
}

static bool find_address(struct kallsyms *s, const uint32_t numbers[2], uint64_t *vaddr,
			 struct err *e)
{
	uint32_t words[2];
	uint64_t known;

	if (!place(s, REFERENCE, &known, e))
		return false;
	for (size_t i = 0; i < 2; i++)
		if (!peer_kernel_read(s->k, s->offsets + 4 * (uint64_t)numbers[i], &words[i], 4, e))
			return false;
	for (enum form form = s->has_base ? FORM_RELATIVE : FORM_SELF; form < FORMS; form++) {
		if (address(s, form, numbers[1], words[1]) != known)
			continue;
		*vaddr = address(s, form, numbers[0], words[0]);
		return true;
	}
	return err_set(e, "the kernel keeps the addresses of its symbols in an unknown form");
}

bool peer_symbol(struct peer_kernel *k, const char *name, uint64_t *vaddr, struct err *e)
{
	struct kallsyms s = { .k = k };
	uint32_t numbers[2];

	if (vmcoreinfo_symbol(k->vmcoreinfo, name, vaddr))
		return true;
	if (!open_tables(&s, e))
		return err_prefix(e, "symbol %s: the kernel's own table of symbols", name);
	if (!find_names(&s, name, &numbers[0], &numbers[1]))
		return err_set(
			e,
			"symbol %s: the kernel does not know it (data symbols need a kernel with "
			"CONFIG_KALLSYMS_ALL=y)",
			name);
	return find_address(&s, numbers, vaddr, e) || err_prefix(e, "symbol %s", name);
}
