// SPDX-License-Identifier: GPL-2.0-only
/*
 * When it is loaded, QEMU's edu device begins to write to the physical address that the parameter
 * "at" says, which takes it a tenth of a second; the kernel panics at once.
 */
#include <linux/io.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/pci.h>

/* QEMU, docs/specs/edu: registers, and where the device has what it writes. */
#define EDU_VENDOR	0x1234
#define EDU_DEVICE	0x11e8
#define EDU_SOURCE	0x80
#define EDU_DESTINATION 0x88
#define EDU_COUNT	0x90
#define EDU_COMMAND	0x98
#define EDU_RUN_TO_RAM	3
#define EDU_BUFFER	0x40000
#define COUNT		2048 /* all of the buffer ends QEMU 7.2 */

static ulong at;
module_param(at, ulong, 0);

static int __init dma_init(void)
{
	struct pci_dev *device = pci_get_device(EDU_VENDOR, EDU_DEVICE, NULL);
	void __iomem *registers;

	if (!device || pci_enable_device(device))
		return -ENODEV;
	pci_set_master(device);
	registers = pci_iomap(device, 0, 0);
	if (!registers)
		return -ENOMEM;
	writel(EDU_BUFFER, registers + EDU_SOURCE);
	writel(at, registers + EDU_DESTINATION);
	writel(COUNT, registers + EDU_COUNT);
	writel(EDU_RUN_TO_RAM, registers + EDU_COMMAND);
	panic("a device writes");
}
module_init(dma_init);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Lets a device write to memory and panics, for tests");
