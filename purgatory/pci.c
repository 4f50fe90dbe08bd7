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
#define PCI_CAPS	0x34
#define PCI_MASTER	0x0004u
#define PCI_STATUS_CAPS 0x00100000u
#define PCI_MULTI	0x00800000u
#define PCI_HEADER_TYPE 0x007f0000u
#define PCI_BRIDGE	0x06

#define CAP_PCIE	  0x10
#define PCIE_DEVICE	  0x08 /* control, and status in the upper half */
#define PCIE_PENDING	  0x00200000u
#define CAPS_MAX	  48 /* of 4 bytes at least, in 192 */
#define WAIT_MICROSECONDS 200000

static uint32_t config_read(uint32_t function, uint8_t at)
{
	outl(CONFIG_ENABLE | function | (at & 0xfcu), CONFIG_ADDRESS);
	return inl(CONFIG_DATA);
}

/* The lower half alone: bits of the status are cleared by writing them. */
static void config_write16(uint32_t function, uint8_t at, uint16_t value)
{
	outl(CONFIG_ENABLE | function | at, CONFIG_ADDRESS);
	outw(value, CONFIG_DATA);
}

/* Where the PCI Express capability is; 0: there is none. */
static uint8_t find_pcie(uint32_t function)
{
	uint8_t at;

	if (!(config_read(function, PCI_COMMAND) & PCI_STATUS_CAPS))
		return 0;
	at = config_read(function, PCI_CAPS) & 0xfc;
	for (unsigned int i = 0; at >= 0x40 && i < CAPS_MAX; i++) {
		uint32_t cap = config_read(function, at);

		if ((cap & 0xff) == CAP_PCIE)
			return at;
		at = cap >> 8 & 0xfc;
	}
	return 0;
}

static void wait_pending(uint32_t function, unsigned int *left)
{
	uint8_t pcie = find_pcie(function);

	while (pcie && *left && config_read(function, pcie + PCIE_DEVICE) & PCIE_PENDING) {
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
		}
	}
}
