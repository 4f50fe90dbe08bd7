/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The texts of /proc and /sys that say what the host is: pure functions from NUL-terminated,
 * untrusted text to the fields of struct host. For host.c, its tests and the fuzzer.
 */
#ifndef HOST_PARSE_H
#define HOST_PARSE_H

#include "host.h"

/* The memory type that the kernel calls @name (arch/x86/kernel/e820.c e820_type_to_string()). */
bool host_parse_mem_type(const char *name, enum mem_type *type);

/*
 * Fills iomem, kernel, crash_kernel and crash_kernel_low. Errors: a line that is not
 * understood, addresses hidden (all zero), no System RAM, no memory.
 */
bool host_parse_iomem(struct host *h, const char *text, struct err *e);

/* mem_total, mem_free, mem_available; what is not there stays as it is. */
void host_parse_meminfo(struct host *h, const char *text);

/*
 * mem_free_below_4g. A zone that crosses 4 GiB counts with the share of its pages that lie below
 * for sure, because its holes are taken to be there.
 */
void host_parse_zoneinfo(struct host *h, const char *text);

/*
 * cpus_online; vendor and signature of the first CPU; paging_levels as far as CPU flags tell,
 * for which arch has to be set before: the kernel shows "la57" only while it uses it
 * (arch/x86/kernel/cpu/common.c early_identify_cpu()), "pae" whenever the CPU has it.
 */
void host_parse_cpuinfo(struct host *h, const char *text);

/* The word in brackets of "[none] integrity confidentiality"; LOCKDOWN_NONE without one. */
enum host_lockdown host_parse_lockdown(const char *text);

/* The address in "ACPI20=0x..." or, failing that, "ACPI=0x..." of the EFI systab; 0 without. */
uint64_t host_parse_systab(const char *text);

/*
 * The last words of a kernel log as syslog(2) gives it ("<6>[   12.345678] text\n" lines) after
 * the last line whose host_parse_log_mark() is @mark: at most three lines, those about kexec
 * when there are any, joined by " | " in @out without their prefixes. "" when nothing is new.
 */
void host_parse_log(const char *text, uint32_t mark, char *out, size_t size);
/* A number that stands for the last line of @text. */
uint32_t host_parse_log_mark(const char *text);

#endif
