/* SPDX-License-Identifier: GPL-2.0-only */
#include <pthread.h>

#include "threads.h"

void threads_run(unsigned count, void *(*run)(void *opaque), void *opaque)
{
	pthread_t others[THREADS_MAX];
	unsigned started = 0;

	while (started + 1 < count && started < THREADS_MAX &&
	       !pthread_create(&others[started], NULL, run, opaque))
		started++;
	run(opaque);
	while (started)
		pthread_join(others[--started], NULL);
}
