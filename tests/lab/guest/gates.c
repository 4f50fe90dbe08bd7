/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The time stamps that gates keep, and marks of the same counter in the kernel's log:
 *
 *	gates hertz		ticks of the counter in a second
 *	gates mark WORD		"gates: WORD TICKS" to the kernel's log
 *	gates show [ADDRESS]	"TARGET ENTERED LEFT" of each gate in RAM, and of that at ADDRESS,
 *				that has been passed; TARGET is enum gate_target
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

#include "purgatory_abi.h"

#define PAGE 4096u
#define STEP (1u << 20)

static int fail(const char *what)
{
	fprintf(stderr, "gates: %s: %s\n", what, strerror(errno));
	return 1;
}

static int hertz(void)
{
	struct timespec before, after;
	uint64_t ticks;
	double seconds;

	clock_gettime(CLOCK_MONOTONIC, &before);
	ticks = __rdtsc();
	sleep(2);
	clock_gettime(CLOCK_MONOTONIC, &after);
	ticks = __rdtsc() - ticks;
	seconds = (double)(after.tv_sec - before.tv_sec) + (after.tv_nsec - before.tv_nsec) / 1e9;
	printf("%.0f\n", ticks / seconds);
	return 0;
}

static int mark(const char *word)
{
	int log = open("/dev/kmsg", O_WRONLY);
	char line[80];
	int length =
		snprintf(line, sizeof(line), "gates: %s %" PRIu64 "\n", word, (uint64_t)__rdtsc());

	return log < 0 || write(log, line, length) != length ? fail("/dev/kmsg") : 0;
}

/* The gate as it was loaded is in other places too: none has been passed there. */
static void look_at(const void *page)
{
	struct gate_params p;

	memcpy(&p, (const char *)page + GATE_PARAMS, sizeof(p));
	if (!memcmp(p.magic, GATE_MAGIC, sizeof(p.magic)) && p.version == GATE_VERSION &&
	    p.passes_out)
		printf("%" PRIu32 " %" PRIu64 " %" PRIu64 "\n", p.target, p.tsc_entered,
		       p.tsc_left);
}

static int show_at(int mem, uint64_t address)
{
	void *page = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, mem, (off_t)address);

	if (page == MAP_FAILED)
		return fail("/dev/mem");
	look_at(page);
	return 0;
}

static int show_in(int mem, uint64_t first, uint64_t end)
{
	static char pages[STEP];

	for (uint64_t at = first; at < end; at += STEP) {
		size_t size = end - at < STEP ? (size_t)(end - at) : STEP;

		if (pread(mem, pages, size, (off_t)at) != (ssize_t)size)
			return fail("/dev/mem");
		for (size_t i = 0; i < size; i += PAGE)
			look_at(pages + i);
	}
	memset(pages, 0, sizeof(pages));
	return 0;
}

static int show(const char *address)
{
	int mem = open("/dev/mem", O_RDONLY), failed = 0;
	FILE *iomem = fopen("/proc/iomem", "r");
	uint64_t first, last;
	char line[160];

	if (mem < 0 || !iomem)
		return fail("/dev/mem, /proc/iomem");
	while (!failed && fgets(line, sizeof(line), iomem))
		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " :", &first, &last) == 2 &&
		    line[0] != ' ' && strstr(line, " : System RAM"))
			failed = show_in(mem, (first + PAGE - 1) & ~(uint64_t)(PAGE - 1),
					 (last + 1) & ~(uint64_t)(PAGE - 1));
	if (address && !failed)
		failed = show_at(mem, strtoull(address, NULL, 0));
	return failed;
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "hertz"))
		return hertz();
	if (argc == 3 && !strcmp(argv[1], "mark"))
		return mark(argv[2]);
	if ((argc == 2 || argc == 3) && !strcmp(argv[1], "show"))
		return show(argv[2]);
	fprintf(stderr, "gates: hertz, mark WORD, show [ADDRESS]\n");
	return 1;
}
