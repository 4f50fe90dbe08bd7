/* SPDX-License-Identifier: GPL-2.0-only */
/* Output on the serial port and the screen, as gate_params asks for it. Never hangs. */
#ifndef PURGATORY_CONSOLE_H
#define PURGATORY_CONSOLE_H

#include "purgatory_abi.h"

/* Before the first output; sets speed and screen mode where the parameters say so. */
void console_open(const struct gate_params *p);
void console_text(const char *text);
/* "0x" and the digits, without leading zeros. */
void console_number(uint64_t number);
/* Two digits a byte. */
void console_bytes(const uint8_t *bytes, unsigned int count);
/* Waits until everything is sent and, if it is only on the screen, some seconds for a human. */
void console_linger(void);

#endif
