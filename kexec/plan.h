/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The plan: everything that will be loaded and how it is entered. Made by layout and jump, checked
 * last, then printed or handed to the kernel.
 */
#ifndef KEXEC_PLAN_H
#define KEXEC_PLAN_H

#include "host.h"
#include "load_limits.h"

struct segment {
	const char *name;  /* "kernel", "initrd", "boot_params", ... static */
	uint64_t paddr;	   /* page-aligned */
	uint64_t memsz;	   /* multiple of the page size; zero-filled beyond the data */
	struct bytes data; /* borrowed, or owned when @owned */
	uint8_t *owned;	   /* freed by plan_deinit() */
	bool digest;	   /* covered by the purgatory's digest */
	bool mapped;	   /* data is a file mapping: MADV_DONTNEED may drop it */
};

enum plan_verb {
	PLAN_LOAD,
	PLAN_LOAD_CRASH,
	PLAN_LOAD_JUMP,
	PLAN_LOAD_HELPER,
	PLAN_LOAD_CALL,	      /* a program in physical mode */
	PLAN_LOAD_CRASH_BACK, /* B's way back for the case that it crashes */
	PLAN_LOAD_SAVED,      /* the way into a saved kernel; this one is left for good */
};

/* What a gate does beyond entering the next kernel (include/purgatory_abi.h). */
struct gate_wants {
	uint32_t flags; /* GATE_CALLED, GATE_LOAD_GDT, GATE_SET_PAE, GATE_STOP_CPUS, GATE_MONITOR */
	uint64_t gdt_base;
	uint32_t gdt_limit;
	uint64_t peer_entry; /* GATE_TO_GATE: where the peer's is entered; 0: go to kernel_entry */
	uint32_t peer_bits;  /* 32 or 64: of the peer */
	uint32_t monitor_page, monitor_cpu; /* GATE_MONITOR: gate_params has the same */
};

struct plan {
	enum plan_verb verb;
	const struct limits *limits; /* of the way of loading */
	const struct screen *screen; /* this machine's; borrowed */
	const char *image_type;	     /* "bzImage64", ... static; NULL: none */
	struct segment *segments;
	size_t segment_count, segment_room;

	struct ranges ram;	  /* where segments may go, within mem-min and mem-max */
	struct ranges system_ram; /* all of the running kernel's RAM */
	uint64_t mem_total;	  /* RAM as the kernel counts it, for its half-of-RAM rule */
	struct memmap next;	  /* the memory map that the next kernel is given */

	uint64_t entry; /* what kexec_load(2) is told: GATE_FIRST of the purgatory */

	/* The purgatory: where it is, how it goes on. */
	uint64_t gate; /* physical address, 0 before it was placed */
	struct gate_wants gate_wants;
	unsigned gate_bits;  /* 32 or 64: of the kernel that runs now */
	unsigned entry_bits; /* 16, 32 or 64: entry of the next kernel */
	uint64_t kernel_entry;
	/*
	 * Physical address of the zero page, of what another kernel or a program is handed, or of
	 * the segment that setup code runs in.
	 */
	uint64_t boot_params;
	uint32_t magic_eax;	   /* gate_params.magic_eax */
	const char *watchdog;	   /* that is armed; static; NULL: none ... */
	uint64_t watchdog_seconds; /* ... and for how long */
	uint32_t call_size;	   /* bytes of a program's block */
	uint32_t real_page;	   /* for the way to real mode: gate_params.real_page */
	uint32_t stack;		   /* of setup code: where it begins in that segment */
	char *cmdline;		   /* of the next kernel; owned */
	bool is_linux;		   /* the next kernel is one, told of this machine */
	char *handed_nodes;	   /* names of the firmware's setup_data; owned; NULL: none */
	size_t efi_regions;	   /* of the EFI runtime map that is handed over ... */
	const char *efi_why_not;   /* ... or why none is; static; NULL: there is no EFI */

	/*
	 * A crash kernel's: the memory that was reserved at boot, the only one that is written
	 * while it is loaded; last 0: all RAM.
	 */
	struct range confined;
	struct range backup; /* where p->low is kept for /proc/vmcore; last 0: none */
	bool update_headers; /* the kernel keeps the elfcorehdr up to date (--hotplug) */

	/* A jump's own: see jump.h. Unused otherwise; headers: a crash kernel's, too. */
	struct range window;
	struct range low; /* RAM below 640 KB that B, or a crash kernel, may use */
	struct range headers;
	struct range crash; /* what B is to reserve as its crash kernel's memory; last 0: none */
};

/*
 * The beginning of every plan: what the machine and the way of loading decide. @limits is borrowed.
 * @p is to be freed with plan_deinit() in every case.
 */
bool plan_init(struct plan *p, enum plan_verb verb, const struct host *h,
	       const struct limits *limits, struct err *e);
void plan_deinit(struct plan *p);

/* A request for a place; the fields are as in struct range_hole. */
struct place {
	const char *name;
	struct bytes data;
	uint8_t *owned;	     /* taken over in any case, even on error */
	uint64_t memsz;	     /* 0: data.size; rounded up to pages */
	uint64_t align;	     /* 0: a page */
	struct range within; /* last 0: anywhere */
	bool highest;
	bool digest;
};

/*
 * Finds room in p->ram that no segment has, and adds the segment: *@out, if wanted, until the next
 * one is added.
 */
bool plan_place(struct plan *p, const struct place *want, struct segment **out, struct err *e);
/* The same with @size bytes of zeros, for the caller to fill: (*@out)->owned. */
bool plan_place_zeros(struct plan *p, const struct place *want, size_t size, struct segment **out,
		      struct err *e);
/* The same, but only says where it would be. */
bool plan_find_place(const struct plan *p, const struct place *want, uint64_t *paddr,
		     struct err *e);
/* Adds a segment at a fixed place. */
bool plan_add_at(struct plan *p, const struct place *want, uint64_t paddr, struct segment **out,
		 struct err *e);
struct segment *plan_find(struct plan *p, const char *name);
/*
 * Makes every page of @range a destination by letting the segment before each gap grow, or, before
 * the first, by an empty segment of @name. For jumps.
 */
bool plan_fill(struct plan *p, struct range range, const char *name, struct err *e);
/* Memory of all segments. */
uint64_t plan_bytes(const struct plan *p);
/* Sorts segments by address. */
void plan_sort(struct plan *p);

/*
 * The kernel's rules, each named when broken, with the segments in the text (kernel/kexec_core.c
 * sanity_check_segment_list(), kernel/kexec.c): alignment, overlap, RAM, bufsz <= memsz, entry
 * inside a segment, and p->limits.
 */
bool plan_check(const struct plan *p, struct err *e);

#endif
