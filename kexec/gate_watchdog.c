/* SPDX-License-Identifier: GPL-2.0-only */
#include <inttypes.h>

#include "gate_watchdog.h"

#define SECONDS_MAX 1200 /* what both chips can do */

#define KEEP_ALL UINT32_MAX

static void put(struct gate_params *g, enum gate_space space, uint16_t bytes, uint32_t address,
		uint32_t keep, uint32_t value)
{
	g->writes[g->write_count++] = (struct gate_write){ space, bytes, address, keep, value };
}

/* ---- Intel 6300ESB I/O Controller Hub, datasheet, chapter 16 ---- */

#define PCI_COMMAND	  0x04
#define COMMAND_MEMORY	  0x2
#define ESB_CONFIG	  0x60
#define ESB_NO_INTERRUPT  0x3 /* after the first stage; a reset after the second; 1 kHz */
#define ESB_LOCK	  0x68
#define ESB_ENABLE	  0x2
#define ESB_TIMER(n)	  (4 * (n))
#define ESB_RELOAD	  0xc
#define ESB_UNLOCK_1	  0x80
#define ESB_UNLOCK_2	  0x86
#define ESB_RELOAD_TIMERS 0x100
#define ESB_STAGE_SHIFT	  9 /* 512 of some 1024 ticks a second, as there are two stages */

static void put_esb_register(struct gate_params *g, const struct watchdog *w, uint16_t bytes,
			     uint32_t at, uint32_t value)
{
	put(g, GATE_MEMORY, 2, w->registers + ESB_RELOAD, 0, ESB_UNLOCK_1);
	put(g, GATE_MEMORY, 2, w->registers + ESB_RELOAD, 0, ESB_UNLOCK_2);
	put(g, GATE_MEMORY, bytes, w->registers + at, 0, value);
}

static void arm_esb(struct gate_params *g, const struct watchdog *w, uint32_t seconds)
{
	uint32_t ticks = seconds << ESB_STAGE_SHIFT;

	put(g, GATE_PCI, 2, w->function + PCI_COMMAND, KEEP_ALL, COMMAND_MEMORY);
	put(g, GATE_PCI, 1, w->function + ESB_LOCK, 0, 0);
	put(g, GATE_PCI, 2, w->function + ESB_CONFIG, 0, ESB_NO_INTERRUPT);
	put_esb_register(g, w, 4, ESB_TIMER(0), ticks);
	put_esb_register(g, w, 4, ESB_TIMER(1), ticks);
	put_esb_register(g, w, 2, ESB_RELOAD, ESB_RELOAD_TIMERS);
	put(g, GATE_PCI, 1, w->function + ESB_LOCK, 0, ESB_ENABLE);
}

/* ---- Intel ICH9, datasheet, 13.9: TCO ---- */

#define SMI_TCO		0x2000u
#define GCS_NO_REBOOT	0x20u
#define TCO_RLD		0x00
#define TCO1_STS	0x04
#define TCO1_TIMEOUT	0x8
#define TCO2_STS	0x06
#define TCO2_SECOND	0x2
#define TCO1_CNT	0x08
#define TCO1_HALT	0x800u
#define TCO_TMR		0x12
#define TCO_TMR_MASK	0x3ffu
#define TCO_TICKS_LEAST 4

/* A tick has 0.6 s, and the second time that they have passed counts. */
static uint32_t tco_ticks(uint32_t seconds)
{
	uint32_t ticks = (seconds * 10 + 11) / 12;

	return ticks < TCO_TICKS_LEAST ? TCO_TICKS_LEAST : ticks;
}

static void arm_tco(struct gate_params *g, const struct watchdog *w, uint32_t seconds)
{
	uint32_t tco = w->registers;

	/* Or the BIOS would start it anew. */
	put(g, GATE_PORT, 4, w->smi_en, ~SMI_TCO, 0);
	put(g, GATE_MEMORY, 4, w->gcs, ~GCS_NO_REBOOT, 0);
	put(g, GATE_PORT, 2, tco + TCO1_CNT, KEEP_ALL, TCO1_HALT);
	put(g, GATE_PORT, 2, tco + TCO1_STS, 0, TCO1_TIMEOUT);
	put(g, GATE_PORT, 2, tco + TCO2_STS, 0, TCO2_SECOND);
	put(g, GATE_PORT, 2, tco + TCO_TMR, ~TCO_TMR_MASK, tco_ticks(seconds));
	put(g, GATE_PORT, 2, tco + TCO_RLD, 0, 1);
	put(g, GATE_PORT, 2, tco + TCO1_CNT, ~TCO1_HALT, 0);
}

bool gate_watchdog_arm(struct gate_params *g, const struct watchdog *w, uint64_t seconds,
		       struct err *e)
{
	if (seconds > SECONDS_MAX)
		return err_set(e, "%" PRIu64 " seconds are more than the watchdog's %d", seconds,
			       SECONDS_MAX);
	if (w->chip == WATCHDOG_ESB)
		arm_esb(g, w, (uint32_t)seconds);
	else
		arm_tco(g, w, (uint32_t)seconds);
	return true;
}
