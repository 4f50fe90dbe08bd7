/* SPDX-License-Identifier: GPL-2.0-only */
#include <elf.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmdline.h"
#include "elfcore.h"
#include "file_io.h"
#include "host_file.h"
#include "jump.h"
#include "number.h"
#include "purgatory.h"
#include "x86.h"

static const char vmcore_path[] = "/proc/vmcore";

static bool vmcore_read(void *opaque, uint64_t offset, void *to, size_t size, struct err *e)
{
	const int *fd = opaque;

	return file_read_at(*fd, offset, to, size, e);
}

static bool vmcore_open(int *fd, const struct host *h, const struct kernel_memory *k,
			const char *given, struct err *e)
{
	char *headers;
	bool has_headers;

	if (given) {
		*fd = host_open("", given, e);
		return *fd >= 0;
	}
	*fd = host_open(h->root, vmcore_path, e);
	if (*fd >= 0)
		return true;
	headers = cmdline_value(h->cmdline, JUMP_WORD_HEADERS);
	has_headers = headers != NULL;
	free(headers);
	if (!has_headers)
		return err_append(e, ": this kernel was not jumped to (no %s= on its command line)",
				  JUMP_WORD_HEADERS);
	if (kernel_config(k, "CONFIG_PROC_VMCORE") == NO)
		return err_append(e, ": this kernel was built without CONFIG_PROC_VMCORE=y");
	return err_append(e,
			  ": this kernel needs CONFIG_PROC_VMCORE=y and a valid elfcorehdr where "
			  "%s= says; its log tells more",
			  JUMP_WORD_HEADERS);
}

static bool read_record(const struct elfcore *core, struct record *record, struct err *e)
{
	struct bytes note;

	if (!elfcore_note(core, JUMP_RECORD_NOTE_NAME, JUMP_RECORD_NOTE, &note))
		return err_set(e, "has no jump record: the kernel before this one was not left by "
				  "a jump");
	return record_of_core(record, core, e);
}

static bool read_params(int *fd, const struct elfcore *core, const struct record *record,
			struct gate_params *params, struct err *e)
{
	const struct range gate = record->lent.gate;
	uint64_t at = gate.start + GATE_PARAMS, offset;

	for (size_t i = 0; i < core->load_count; i++) {
		const struct elfcore_load *load = &core->loads[i];

		if (load->paddr > gate.start || gate.last - load->paddr >= load->filesz)
			continue;
		if (__builtin_add_overflow(load->offset, at - load->paddr, &offset))
			continue;
		return vmcore_read(fd, offset, params, sizeof(*params), e);
	}
	return err_set(e, "does not have the gate at 0x%" PRIx64, gate.start);
}

/* The gate itself, as the kernel before this one left through it. */
bool jump_check_gate(const struct gate_params *params, const struct record *record, struct err *e)
{
	if (memcmp(params->magic, GATE_MAGIC, sizeof(params->magic)) != 0)
		return err_set(e, "there is no gate at 0x%" PRIx64, record->lent.gate.start);
	if (params->version != GATE_VERSION)
		return err_set(e,
			       "the gate at 0x%" PRIx64 " is of version %" PRIu32 "; this "
			       "program knows %d",
			       record->lent.gate.start, params->version, GATE_VERSION);
	if (params->bits != (record->machine == EM_X86_64 ? 64 : 32) ||
	    !(params->flags & GATE_CALLED))
		return err_set(e, "the gate at 0x%" PRIx64 " cannot be returned through",
			       record->lent.gate.start);
	if (!params->return_address)
		return err_set(e, "no kernel has left through the gate at 0x%" PRIx64,
			       record->lent.gate.start);
	return true;
}

uint64_t jump_entry(uint64_t gate, unsigned peer_bits, unsigned own_bits)
{
	return gate + (peer_bits == 64 && own_bits == 32 ? GATE_REENTRY_32 : GATE_REENTRY);
}

static bool read_peer(int *fd, struct record *record, struct gate_params *params, struct err *e)
{
	struct elfcore core;
	bool ok;

	if (!elfcore_read(&core, vmcore_read, fd, UINT64_MAX, e))
		return false;
	ok = read_record(&core, record, e) && read_params(fd, &core, record, params, e);
	elfcore_deinit(&core);
	return ok;
}

/* @entry: NULL when only the other kernel's memory tells it. */
static bool find_peer(const struct host *h, const struct kernel_memory *k, const struct request *r,
		      const uint64_t *entry, struct record *record, struct err *e)
{
	struct gate_params params;
	bool ok;
	int fd;

	if (!vmcore_open(&fd, h, k, r->vmcore, e))
		return false;
	ok = read_peer(&fd, record, &params, e);
	close(fd);
	if (!ok)
		return err_prefix(e, "%s%s", r->vmcore ? "" : h->root,
				  r->vmcore ? r->vmcore : vmcore_path);
	if (entry && *entry != record->entry)
		return err_set(e,
			       "0x%" PRIx64 " is not the way back: the gate of the kernel "
			       "before this one has its entry at 0x%" PRIx64,
			       *entry, record->entry);
	return jump_check_gate(&params, record, e);
}

static bool find_entry(const struct host *h, const struct request *r, uint64_t *entry, bool *known,
		       struct err *e)
{
	char *word;
	bool ok;

	*known = true;
	if (r->has_entry) {
		*entry = r->entry;
		return true;
	}
	word = cmdline_value(h->cmdline, JUMP_WORD_ENTRY);
	if (!word && r->vmcore) {
		*known = false;
		return true;
	}
	if (!word)
		return err_set(e, "this kernel was not jumped to: %s= is not on its command line",
			       JUMP_WORD_ENTRY);
	ok = number_parse(word, entry, e) ||
	     err_prefix(e, "%s= on the command line", JUMP_WORD_ENTRY);
	free(word);
	return ok;
}

/*
 * B's gate may be anywhere but in the low megabyte, which has its own uses, and in the kernel
 * itself. A's must not be in RAM that this kernel uses as its own.
 */
static bool helper_ram(struct plan *p, const struct host *h, const struct request *r,
		       const struct record *record, struct err *e)
{
	const struct range peer = record->lent.gate;
	const struct range reach = { 1 << 20, UINT32_MAX };
	struct range within, bounds = { r->mem_min, r->mem_max };

	if (!host_free_ram(h, &p->ram, e))
		return false;
	if (ranges_overlap(&p->system_ram, peer))
		return err_set(e,
			       "the gate at 0x%" PRIx64 " lies in this kernel's own RAM: it may "
			       "have been overwritten",
			       peer.start);
	if (r->mem_min > r->mem_max || !range_intersect(reach, bounds, &within))
		return err_set(e, "--mem-min and --mem-max leave nothing below 4 GiB for the gate");
	if (!ranges_clip(&p->ram, within) ||
	    (h->iomem.has_kernel && !ranges_remove(&p->ram, h->iomem.kernel)))
		return err_set(e, "out of memory");
	return true;
}

/* Where this kernel's crash takes it: the memory that it has reserved for a crash kernel. */
static bool crash_ram(struct plan *p, const struct host *h, const struct record *record,
		      struct err *e)
{
	if (!h->iomem.has_crash_kernel)
		return err_set(e, "this kernel has reserved no memory for it: the other one has to "
				  "load it with --return-on-panic");
	if (ranges_overlap(&p->system_ram, record->lent.gate))
		return err_set(e,
			       "the gate at 0x%" PRIx64 " lies in this kernel's own RAM: it may "
			       "have been overwritten",
			       record->lent.gate.start);
	ranges_deinit(&p->ram);
	return ranges_add(&p->ram, h->iomem.crash_kernel) || err_set(e, "out of memory");
}

bool jump_helper(struct jump *j, struct err *e)
{
	const struct host *h = j->host;
	const struct request *r = j->request;
	struct plan *p = j->plan;
	struct record peer;
	uint64_t entry;
	bool known;

	if (!find_entry(h, r, &entry, &known, e) ||
	    !find_peer(h, j->kernel, r, known ? &entry : NULL, &peer, e))
		return false;
	if (r->panic)
		p->gate_wants.flags = GATE_STOP_CPUS | GATE_CRASHED;
	else if (r->one_way)
		p->gate_wants.flags = GATE_STOP_CPUS;
	else if (!jump_gate_context(j, e))
		return false;
	p->gate_wants.peer_bits = peer.machine == EM_X86_64 ? 64 : 32;
	p->gate_wants.peer_entry =
		jump_entry(peer.lent.gate.start, p->gate_wants.peer_bits, p->gate_bits);
	return (r->panic ? crash_ram(p, h, &peer, e) : helper_ram(p, h, r, &peer, e)) &&
	       purgatory_place(p, e);
}
