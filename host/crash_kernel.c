/* SPDX-License-Identifier: GPL-2.0-only */
/* Facts: drivers/base/cpu.c, kernel/ksysfs.c, kernel/kexec_core.c, kernel/crash_dump_dm_crypt.c. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "crash_kernel.h"
#include "grow.h"
#include "host_file.h"
#include "lines.h"

#define CPUS_MAX	 8192 /* NR_CPUS of x86 at most */
#define NOTES_MAX	 (1u << 20)
#define ELFCOREHDR_MAX	 (16u << 20)
#define CPU_NOTES_SIZE	 1024 /* MAX_NOTE_BYTES of the kernels before 3.10, which do not tell */
#define CMA_RANGES_MAX	 64
#define CPU_FOLDER	 "/sys/devices/system/cpu/"
#define POSSIBLE	 CPU_FOLDER "possible"
#define VMCOREINFO	 "/sys/kernel/vmcoreinfo"
#define CMA_RANGES	 "/sys/kernel/kexec/crash_cma_ranges"
#define ELFCOREHDR_SIZE	 "/sys/kernel/kexec/crash_elfcorehdr_size"
#define ELFCOREHDR_SIZE_ "/sys/kernel/crash_elfcorehdr_size" /* its older name, since 6.6 */
#define DM_CRYPT_KEYS	 "/sys/kernel/config/crash_dm_crypt_keys/count"

static bool no_sense(const char *root, const char *path, struct err *e)
{
	return err_set(e, "%s%s: not what a kernel writes there", root, path);
}

static bool add_note(struct crash_kernel *c, uint64_t start, uint64_t size, const char *root,
		     const char *path, struct err *e)
{
	uint64_t last;

	if (!size || size > NOTES_MAX || __builtin_add_overflow(start, size - 1, &last))
		return no_sense(root, path, e);
	if (!grow_array(&c->notes, &c->note_room, c->note_count + 1, sizeof(*c->notes)))
		return err_set(e, "out of memory");
	c->notes[c->note_count++] = (struct range){ start, last };
	return true;
}

/* The number in a file of one line, in @base; *@there: false when there is no such file. */
static bool read_number(const char *root, const char *path, unsigned base, uint64_t *out,
			bool *there, struct err *e)
{
	char text[64];
	struct line l;
	const char *at = text;

	if (!host_line(root, path, text, sizeof(text), e))
		return false;
	*there = *text;
	return !*there || (line_next(&at, &l) && line_take_number(&l, base, out) && !l.size) ||
	       no_sense(root, path, e);
}

/* A CPU that may be there some day need not have a folder yet. */
static bool read_cpu(struct crash_kernel *c, const char *root, unsigned cpu, struct err *e)
{
	uint64_t start, size = CPU_NOTES_SIZE;
	char path[80], size_path[80];
	bool there, has_size;

	snprintf(path, sizeof(path), CPU_FOLDER "cpu%u/crash_notes", cpu);
	snprintf(size_path, sizeof(size_path), CPU_FOLDER "cpu%u/crash_notes_size", cpu);
	if (!read_number(root, path, 16, &start, &there, e))
		return false;
	return !there || (read_number(root, size_path, 10, &size, &has_size, e) &&
			  add_note(c, start, size, root, size_path, e));
}

/* "0-3" or "8,", from @least up; @l moves on. */
static bool take_cpus(struct line *l, uint64_t least, uint64_t *first, uint64_t *last)
{
	if (!line_take_number(l, 10, first))
		return false;
	*last = *first;
	return (!line_take_text(l, "-") || line_take_number(l, 10, last)) &&
	       (line_take_text(l, ",") || !l->size) && least <= *first && *first <= *last &&
	       *last < CPUS_MAX;
}

static bool read_cpus(struct crash_kernel *c, const char *root, struct err *e)
{
	char *text;
	const char *at;
	struct line l = { 0 };
	uint64_t cpu = 0, last;
	bool ok = true;

	if (!host_optional(root, POSSIBLE, HOST_SMALL_FILE, &text, e))
		return false;
	at = text;
	line_next(&at, &l);
	while (ok && l.size) {
		ok = take_cpus(&l, cpu, &cpu, &last) || no_sense(root, POSSIBLE, e);
		for (; ok && cpu <= last; cpu++)
			ok = read_cpu(c, root, (unsigned)cpu, e);
	}
	free(text);
	return ok;
}

/* "0xPADDR SIZE", both hexadecimal; older kernels leave the 0x out. */
static bool read_vmcoreinfo(struct crash_kernel *c, const char *root, struct err *e)
{
	char text[64];
	const char *at = text;
	uint64_t start, size;
	struct line l;

	if (!host_line(root, VMCOREINFO, text, sizeof(text), e))
		return false;
	if (!line_next(&at, &l))
		return true;
	line_take_text(&l, "0x");
	return line_take_number(&l, 16, &start) && line_take_blanks(&l) &&
			       line_take_number(&l, 16, &size) && !l.size
		       ? add_note(c, start, size, root, VMCOREINFO, e)
		       : no_sense(root, VMCOREINFO, e);
}

static bool read_cma(struct crash_kernel *c, const char *root, struct err *e)
{
	char *text;
	const char *at;
	struct line l;
	unsigned lines = 0;
	bool ok = true;

	if (!host_optional(root, CMA_RANGES, HOST_SMALL_FILE, &text, e))
		return false;
	at = text;
	while (ok && line_next(&at, &l)) {
		struct range r;

		ok = line_take_number(&l, 16, &r.start) && line_take_text(&l, "-") &&
		     line_take_number(&l, 16, &r.last) && !l.size && r.start <= r.last &&
		     lines++ < CMA_RANGES_MAX;
		if (!ok)
			no_sense(root, CMA_RANGES, e);
		else if (range_pages_inside(r, &r) && !ranges_add(&c->cma, r))
			ok = err_set(e, "out of memory");
	}
	free(text);
	return ok;
}

static bool read_elfcorehdr_size(struct crash_kernel *c, const char *root, struct err *e)
{
	bool there;

	return read_number(root, ELFCOREHDR_SIZE, 10, &c->elfcorehdr_size, &there, e) &&
	       (there || read_number(root, ELFCOREHDR_SIZE_, 10, &c->elfcorehdr_size, &there, e)) &&
	       (c->elfcorehdr_size <= ELFCOREHDR_MAX || no_sense(root, ELFCOREHDR_SIZE, e));
}

static bool read_keys(struct crash_kernel *c, const char *root, struct err *e)
{
	uint64_t count = 0;
	bool there;

	if (!read_number(root, DM_CRYPT_KEYS, 10, &count, &there, e))
		return false;
	c->dm_crypt_keys = count > UINT16_MAX ? UINT16_MAX : (unsigned)count;
	return true;
}

/* Without the CPUs' notes VMCOREINFO is none of a crash kernel's (it is there for /proc/kcore). */
bool crash_kernel_read(struct crash_kernel *c, const char *root, struct err *e)
{
	*c = (struct crash_kernel){ 0 };
	return read_cpus(c, root, e) && (!c->note_count || read_vmcoreinfo(c, root, e)) &&
	       read_cma(c, root, e) && read_elfcorehdr_size(c, root, e) && read_keys(c, root, e);
}

void crash_kernel_deinit(struct crash_kernel *c)
{
	free(c->notes);
	ranges_deinit(&c->cma);
	*c = (struct crash_kernel){ 0 };
}
