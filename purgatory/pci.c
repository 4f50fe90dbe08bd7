/* SPDX-License-Identifier: GPL-2.0-only */
/* Configuration mechanism 1 (PCI Local Bus 3.0, 3.2.2.3.2), which every PC has. */
#include "io.h"
#include "pci.h"

#define CONFIG_ADDRESS 0xcf8
#define CONFIG_DATA    0xcfc
#define CONFIG_ENABLE  0x80000000u

#define PCI_VENDOR	0x00
#define PCI_COMMAND	0x04 /* and status in the upper half */
#define PCI_CLASS	0x08 /* in the upper byte */
#define PCI_HEADER	0x0c /* in the third byte */
#define PCI_BAR(n)	(0x10 + 4 * (n))
#define PCI_CAPS	0x34
#define PCI_LINE	0x3c
#define PCI_IO		0x0001u
#define PCI_MEMORY	0x0002u
#define PCI_MASTER	0x0004u
#define PCI_STATUS_CAPS 0x00100000u
#define PCI_MULTI	0x00800000u
#define PCI_HEADER_TYPE 0x007f0000u
#define PCI_BRIDGE	0x06
#define HEADER_WORDS	16

/* PCI Express: device capabilities, control, and status in the upper half of control. */
#define CAP_PCIE     0x10
#define PCIE_CAP     0x04
#define PCIE_CONTROL 0x08
#define PCIE_CAP_FLR 0x10000000u
#define PCIE_FLR     0x8000u
#define PCIE_PENDING 0x00200000u
/* Advanced features of conventional PCI (PCI-SIG ECN of that name). */
#define CAP_AF	   0x13
#define AF_CAP_FLR 0x02000000u
#define AF_CONTROL 0x04
/* Power management: back from D3hot a function starts anew, unless it says that it does not. */
#define CAP_PM	   0x01
#define PM_CONTROL 0x04
#define PM_STATE   0x0003u
#define PM_KEEPS   0x0008u

/* Virtio 1.x, 4.1.4: a vendor's capability that leads to the registers; 4.1.4.8 for older ones. */
#define CAP_VENDOR	  0x09
#define VIRTIO		  0x1af4u
#define VIRTIO_COMMON	  1
#define VIRTIO_STATUS	  0x14
#define VIRTIO_OLD_STATUS 0x12

#define CAPS_MAX	  48 /* of 4 bytes at least, in 192 */
#define WAIT_MICROSECONDS 200000
#define FLR_MICROSECONDS  100000
#define PM_MICROSECONDS	  10000

static uint32_t config_read(uint32_t function, uint8_t at)
{
	outl(CONFIG_ENABLE | function | (at & 0xfcu), CONFIG_ADDRESS);
	return inl(CONFIG_DATA);
}

/* The lower half alone: bits of the status are cleared by writing them. */
static void config_write16(uint32_t function, uint8_t at, uint16_t value)
{
	outl(CONFIG_ENABLE | function | (at & 0xfcu), CONFIG_ADDRESS);
	outw(value, CONFIG_DATA + (at & 2));
}

static void config_write32(uint32_t function, uint8_t at, uint32_t value)
{
	outl(CONFIG_ENABLE | function | at, CONFIG_ADDRESS);
	outl(value, CONFIG_DATA);
}

/* The capability of this kind that comes after @at, the first one for 0; 0: there is none. */
static uint8_t find_cap(uint32_t function, uint8_t kind, uint8_t at)
{
	if (!(config_read(function, PCI_COMMAND) & PCI_STATUS_CAPS))
		return 0;
	at = at ? config_read(function, at) >> 8 & 0xfc : config_read(function, PCI_CAPS) & 0xfc;
	for (unsigned int i = 0; at >= 0x40 && i < CAPS_MAX; i++) {
		uint32_t cap = config_read(function, at);

		if ((cap & 0xff) == kind)
			return at;
		at = cap >> 8 & 0xfc;
	}
	return 0;
}

static void wait(unsigned int microseconds)
{
	while (microseconds--)
		io_delay();
}

static void wait_pending(uint32_t function, unsigned int *left)
{
	uint8_t pcie = find_cap(function, CAP_PCIE, 0);

	while (pcie && *left && config_read(function, pcie + PCIE_CONTROL) & PCIE_PENDING) {
		io_delay();
		--*left;
	}
}

static int is_master(uint32_t function)
{
	return config_read(function, PCI_CLASS) >> 24 != PCI_BRIDGE &&
	       !(config_read(function, PCI_HEADER) & PCI_HEADER_TYPE) &&
	       config_read(function, PCI_COMMAND) & PCI_MASTER;
}

/* Reading it back makes sure that it has arrived. */
static void stop_master(uint32_t function)
{
	config_write16(function, PCI_COMMAND,
		       (uint16_t)(config_read(function, PCI_COMMAND) & ~PCI_MASTER));
	config_read(function, PCI_COMMAND);
}

/* ---- resets ---- */

/* A virtio device forgets where its queues are when its status is 0. */
static int reset_virtio(uint32_t function)
{
	uint32_t command = config_read(function, PCI_COMMAND), bar;

	if ((config_read(function, PCI_VENDOR) & 0xffff) != VIRTIO)
		return 0;
	for (uint8_t cap = find_cap(function, CAP_VENDOR, 0); cap;
	     cap = find_cap(function, CAP_VENDOR, cap)) {
		uint32_t which = config_read(function, cap + 4) & 7;

		if (config_read(function, cap) >> 24 != VIRTIO_COMMON || which > 5 ||
		    !(command & PCI_MEMORY))
			continue;
		bar = config_read(function, PCI_BAR(which));
		/* 64 bits wide, and beyond what is mapped here. */
		if (bar & 1 || ((bar & 6) == 4 && config_read(function, PCI_BAR(which + 1))))
			continue;
		mmio_write8(0, (bar & ~15u) + config_read(function, cap + 8) + VIRTIO_STATUS);
		return 1;
	}
	bar = config_read(function, PCI_BAR(0));
	if (!(bar & 1) || !(command & PCI_IO))
		return 0;
	outb(0, (uint16_t)((bar & 0xfffc) + VIRTIO_OLD_STATUS));
	return 1;
}

static int reset_by_flr(uint32_t function)
{
	uint8_t pcie = find_cap(function, CAP_PCIE, 0), af = find_cap(function, CAP_AF, 0);

	if (pcie && config_read(function, pcie + PCIE_CAP) & PCIE_CAP_FLR)
		config_write16(function, pcie + PCIE_CONTROL,
			       (uint16_t)(config_read(function, pcie + PCIE_CONTROL) | PCIE_FLR));
	else if (af && config_read(function, af) & AF_CAP_FLR)
		config_write16(function, af + AF_CONTROL, 1);
	else
		return 0;
	wait(FLR_MICROSECONDS);
	return 1;
}

static int reset_by_power(uint32_t function)
{
	uint8_t pm = find_cap(function, CAP_PM, 0);
	uint32_t control = pm ? config_read(function, pm + PM_CONTROL) : PM_KEEPS;

	if (control & PM_KEEPS)
		return 0;
	config_write16(function, pm + PM_CONTROL, (uint16_t)(control | PM_STATE));
	wait(PM_MICROSECONDS);
	config_write16(function, pm + PM_CONTROL, (uint16_t)(control & ~PM_STATE));
	wait(PM_MICROSECONDS);
	return 1;
}

/*
 * A device that can be reset is, so that it has forgotten B's addresses when A's driver lets it be
 * a bus master again, before it has set it up. What firmware has set stays.
 */
static void reset(uint32_t function)
{
	uint32_t header[HEADER_WORDS];

	if (reset_virtio(function))
		return;
	for (uint8_t i = 1; i < HEADER_WORDS; i++)
		header[i] = config_read(function, 4 * i);
	if (!reset_by_flr(function) && !reset_by_power(function))
		return;
	for (uint8_t i = 0; i < 6; i++)
		config_write32(function, PCI_BAR(i), header[PCI_BAR(i) / 4]);
	config_write32(function, PCI_HEADER, header[PCI_HEADER / 4]);
	config_write32(function, PCI_LINE, header[PCI_LINE / 4]);
	config_write16(function, PCI_COMMAND, (uint16_t)header[PCI_COMMAND / 4]);
}

void pci_stop_masters(void)
{
	unsigned int left = WAIT_MICROSECONDS;

	for (uint32_t slot = 0; slot < 256 * 32; slot++) {
		uint32_t first = slot << 11, functions = 1;

		for (uint32_t i = 0; i < functions; i++) {
			uint32_t function = first | i << 8;

			if ((config_read(function, PCI_VENDOR) & 0xffff) == 0xffff)
				continue;
			if (!i && config_read(function, PCI_HEADER) & PCI_MULTI)
				functions = 8;
			if (!is_master(function))
				continue;
			stop_master(function);
			wait_pending(function, &left);
			reset(function);
		}
	}
}
