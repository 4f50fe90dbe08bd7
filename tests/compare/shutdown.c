/* SPDX-License-Identifier: GPL-2.0-only */
/* Stands in for shutdown(8) and systemctl(1): notes in /record that it was called. */
#include <stdio.h>

int main(void)
{
	FILE *record = fopen("/record", "a");

	return !record || fputs("shutdown\n", record) < 0 || fclose(record);
}
