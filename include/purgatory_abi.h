/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The only thing that the loader and the purgatory share.
 *
 * The purgatory is one position-independent flat image of GATE_SIZE bytes for each entry mode
 * (purgatory32.bin, purgatory64.bin), loaded at any page below 4 GiB. It is also the gate: in a
 * jump it stays in memory and both directions of the jump pass through it (doc/jump.md).
 * Assembler sees these numbers through generated offsets (purgatory/asm-offsets.c).
 */
#ifndef PURGATORY_ABI_H
#define PURGATORY_ABI_H

#include <stddef.h>
#include <stdint.h>

#define GATE_SIZE 0x10000 /* bytes of the image: code, parameters, stack, page tables */

/* Entry points, as offsets in the image. */
#define GATE_FIRST	0x00 /* the loading kernel, on the first (or only) pass */
#define GATE_FORWARD	0x20 /* the loading kernel, on every later jump */
#define GATE_REENTRY	0x40 /* the peer's gate, to bring the loading kernel back ... */
#define GATE_REENTRY_32 0x60 /* ... entered in 32-bit mode whatever the loading kernel is */
#define GATE_PARAMS	0x80 /* struct gate_params */

#define GATE_MAGIC   "kexec-jump gate" /* 16 bytes with its NUL */
#define GATE_VERSION 2

/*
 * What a gate holds in (e/r)di and (e/r)si when it enters its peer's: the physical address where
 * the peer may enter it in turn (0: there is no way back), and this word. Interrupts are off. A
 * 64-bit gate enters one of its kind at GATE_REENTRY, in long mode on an identity map of the low
 * 4 GiB; a 32-bit gate is entered at either place, and enters at GATE_REENTRY_32, in flat protected
 * mode with paging off.
 */
#define GATE_HANDSHAKE 0x6a6d7067
/* The same from the gate of a kernel that crashed, which nobody can go back to. */
#define GATE_HANDSHAKE_CRASH 0x6a6d7063

enum gate_flags {
	GATE_CALLED = 1 << 0, /* the kernel calls and can be returned to (KEXEC_PRESERVE_CONTEXT) */
	GATE_DIGEST = 1 << 1, /* verify the digest on the first pass */
	GATE_SERIAL = 1 << 2, /* talk on the serial port */
	GATE_VGA = 1 << 3,    /* talk on the text screen */
	GATE_RESET_VGA = 1 << 4, /* set the text screen up first */
	GATE_LOAD_GDT =
		1 << 5,	       /* load gdt_base/gdt_limit before going back to the loading kernel */
	GATE_SET_PAE = 1 << 6, /* 32 bit: the loading kernel wants CR4.PAE = 1 when it comes back */
	GATE_STOP_CPUS = 1 << 7, /* send INIT to all other CPUs before leaving */
	/*
	 * The kernel that enters this gate has crashed: no device of its may go on writing to
	 * memory, and the peer is told.
	 */
	GATE_CRASHED = 1 << 8,
	/*
	 * This CPU, the boot CPU, stays in the gate while the peer runs on the others, and brings
	 * the loading kernel back when the peer comes here, or when its time is over.
	 */
	GATE_MONITOR = 1 << 9,
	GATE_FRAMEBUFFER = 1 << 10, /* talk in gate_params.screen */
};

enum gate_target {
	/*
	 * Flat 32-bit protected mode, paging off, esi = argument, which is a C function's first
	 * one, too; with magic_eax, eax = that and ebx = argument.
	 */
	GATE_TO_32 = 1,
	/* Long mode on the loading kernel's identity map, rsi and rdi = argument. */
	GATE_TO_64 = 2,
	GATE_TO_GATE = 3, /* another gate's GATE_REENTRY */
	/*
	 * A program in 32-bit protected mode, flat, paging off, which returns by ret: with its own
	 * address in ebx, that of a block of data (argument) in esi, and its size in ecx. In real
	 * mode (real_page): called far, with the block at es:di, and its size in cx.
	 */
	GATE_TO_CALL = 4,
	/*
	 * Real mode for good, by way of real_page, with the interrupt controllers and the timer as
	 * a BIOS has them: at entry, all data segments at argument, and the stack there, from
	 * call_size down.
	 */
	GATE_TO_REAL = 5,
};

/* Whom the monitor has started. */
enum gate_monitor {
	MONITOR_OFF = 0,
	MONITOR_STARTING = 1, /* the other CPU has been sent for */
	MONITOR_RUNNING = 2,  /* it is in the gate, or in the peer */
	MONITOR_ARRIVED = 3,  /* the peer came to GATE_REENTRY on one of its CPUs, which halts */
};

#define GATE_REGIONS 16

/* What a program left in the registers. */
struct gate_registers {
	uint32_t eax, ebx, ecx, edx, esi, edi, ebp, eflags;
};

struct gate_region {
	uint64_t start; /* physical */
	uint64_t size;	/* bytes */
};

#define GATE_SCREEN_WINDOW 0x40000000 /* bytes of the map that a picture takes over */

/* A picture in memory, which may be anywhere (32 bit: below 4 GiB); less than that window. */
struct gate_screen {
	uint64_t base;		/* physical address of its first pixel */
	uint32_t width, height; /* in pixels */
	uint32_t pitch;		/* bytes a line */
	uint32_t pixel_bytes;	/* 2, 3 or 4 */
	uint32_t colour;	/* that text has, as a pixel */
	uint32_t reserved;
};

#define GATE_WRITES 16

enum gate_space {
	GATE_PORT = 1,
	GATE_MEMORY = 2, /* below 4 GiB */
	GATE_PCI =
		3, /* configuration mechanism 1: bus << 16 | device << 11 | function << 8 | byte */
};

/* To a device: what is read there & keep | value. */
struct gate_write {
	uint16_t space; /* enum gate_space */
	uint16_t bytes; /* 1, 2 or 4 */
	uint32_t address;
	uint32_t keep; /* 0: it is not read */
	uint32_t value;
};

struct gate_params {
	char magic[16];
	uint32_t version;
	uint32_t bits;	   /* 32 or 64: which image this is */
	uint32_t flags;	   /* enum gate_flags */
	uint32_t target;   /* enum gate_target */
	uint64_t entry;	   /* physical address to go to on the first pass */
	uint64_t argument; /* boot_params, or what takes its place, or 0 */
	uint64_t gdt_base; /* linear address of the loading kernel's GDT */
	uint32_t gdt_limit;
	uint32_t serial_port; /* I/O port, 0x3f8 for ttyS0 */
	uint32_t serial_baud; /* 0: leave the port's speed alone */
	uint32_t region_count;
	struct gate_region regions[GATE_REGIONS];
	uint8_t digest[32];	/* SHA-256 over the regions, one after the other */
	uint64_t headers_start; /* A's gate: the elfcorehdr with the jump record */
	uint64_t headers_size;	/* 0: none */
	uint32_t call_size;	/* GATE_TO_CALL: of the block at argument; GATE_TO_REAL: stack */
	uint32_t real_page; /* two pages below 1 MiB for the way to real mode; 0: stay out of it */
	uint32_t peer_bits; /* 32 or 64; it is learnt again whenever the peer comes here */
	uint32_t magic_eax; /* GATE_TO_32: by which the loader says how it hands over; 0: none */

	/* Written by the gate; zero in the loaded image. */
	uint64_t return_address; /* in the loading kernel's control page */
	uint64_t cr3;
	uint64_t cr4;
	uint64_t efer;
	uint64_t peer;			 /* the peer's GATE_REENTRY, 0 before it is known */
	uint64_t passes_out;		 /* times the loading kernel left through this gate */
	uint64_t passes_in;		 /* times it came back */
	uint64_t crashes;		 /* times the peer came here because it crashed */
	uint64_t calls;			 /* times a program was called, and came back ... */
	struct gate_registers registers; /* ... with these */
	uint64_t tsc_entered;		 /* time stamp counter when the gate was last entered ... */
	uint64_t tsc_left;		 /* ... and last left, in either direction */

	/* GATE_MONITOR; by the loader: */
	uint32_t monitor_page; /* below 1 MiB, where the other CPU starts; its content is kept */
	uint32_t monitor_cpu;  /* APIC ID of that CPU */
	/* ... and by the gate: */
	uint32_t monitor_state;	    /* enum gate_monitor */
	uint32_t monitor_target;    /* what that CPU does: enum gate_target */
	uint64_t arrived_peer;	    /* what the peer had in (e/r)di, ... */
	uint32_t arrived_handshake; /* ... in (e/r)si, ... */
	uint32_t arrived_bits;	    /* ... and its mode, as for gate_reentry() */

	/* A crash kernel's: copied on the first pass, before the memory is its. Size 0: nothing. */
	uint64_t backup_from, backup_to; /* physical */
	uint64_t backup_size;		 /* bytes */

	struct gate_screen screen; /* GATE_FRAMEBUFFER */

	/* Done one after the other on the first pass, last of all: to arm a watchdog. */
	uint32_t write_count, reserved;
	struct gate_write writes[GATE_WRITES];
};

_Static_assert(sizeof(struct gate_region) == 16, "gate_region");
_Static_assert(offsetof(struct gate_params, entry) == 32, "gate_params.entry");
_Static_assert(offsetof(struct gate_params, regions) == 72, "gate_params.regions");
_Static_assert(offsetof(struct gate_params, digest) == 328, "gate_params.digest");
_Static_assert(offsetof(struct gate_params, return_address) == 392, "gate_params.return_address");
_Static_assert(offsetof(struct gate_params, monitor_page) == 512, "gate_params.monitor_page");
_Static_assert(sizeof(struct gate_params) == 864, "gate_params");

#endif
