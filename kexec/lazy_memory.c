/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lazy_memory.h"
#include "number.h"

#define NO_BLOCK UINT64_MAX

struct lazy_memory {
	uint8_t *data;
	size_t size; /* whole pages */
	lazy_fill_fn *fill;
	void *opaque;
	int faults; /* the userfaultfd; -1: none */
	int stop;   /* an eventfd that ends the thread */
	pthread_t thread;
	bool running;
	uint64_t resident[LAZY_BLOCKS]; /* offsets, in a ring; the thread's own */
	size_t next;			/* the oldest of them */
	uint8_t *block;			/* where the thread makes one */
	bool failed;			/* to be read when the thread has ended */
	struct err why;
};

bool lazy_memory_create(struct lazy_memory **out, uint64_t size, lazy_fill_fn *fill, void *opaque,
			struct err *e)
{
	struct lazy_memory *m = calloc(1, sizeof(*m));
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char words[24];

	if (!m)
		return err_set(e, "out of memory");
	*m = (struct lazy_memory){ .fill = fill, .opaque = opaque, .faults = -1, .stop = -1 };
	m->size = (size_t)((size + page - 1) & ~(uint64_t)(page - 1));
	m->data = MAP_FAILED;
	if (m->size >= size)
		m->data = mmap(NULL, m->size, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (m->data == MAP_FAILED) {
		free(m);
		return err_set(e, "this program has no address space for %s",
			       number_size_words(size, words));
	}
	*out = m;
	return true;
}

const uint8_t *lazy_memory_data(const struct lazy_memory *m)
{
	return m->data;
}

static struct uffdio_range range_at(const struct lazy_memory *m, size_t offset, size_t size)
{
	return (struct uffdio_range){ (uintptr_t)m->data + offset, size };
}

static size_t block_size(const struct lazy_memory *m, uint64_t offset)
{
	return m->size - offset < LAZY_BLOCK ? m->size - (size_t)offset : LAZY_BLOCK;
}

/*
 * Makes everybody who waits for a page, or comes later, fail: a system call with EFAULT. (Only
 * kernels from 6.6 on could poison single pages.)
 */
static void give_up(struct lazy_memory *m)
{
	struct uffdio_range all = range_at(m, 0, m->size);

	m->failed = true;
	mprotect(m->data, m->size, PROT_NONE);
	ioctl(m->faults, UFFDIO_WAKE, &all);
}

static bool is_resident(const struct lazy_memory *m, uint64_t offset)
{
	for (size_t i = 0; i < LAZY_BLOCKS; i++) {
		if (m->resident[i] == offset)
			return true;
	}
	return false;
}

static void drop_oldest(struct lazy_memory *m, uint64_t newest)
{
	uint64_t oldest = m->resident[m->next];

	if (oldest != NO_BLOCK)
		madvise(m->data + oldest, block_size(m, oldest), MADV_DONTNEED);
	m->resident[m->next] = newest;
	m->next = (m->next + 1) % LAZY_BLOCKS;
}

/* Puts the block in place as a whole and wakes those who wait for it. */
static bool put_block(struct lazy_memory *m, uint64_t offset, struct err *e)
{
	size_t size = block_size(m, offset);

	for (size_t done = 0; done < size;) {
		struct uffdio_copy copy = {
			.dst = (uintptr_t)m->data + (size_t)offset + done,
			.src = (uintptr_t)m->block + done,
			.len = size - done,
		};

		if (!ioctl(m->faults, UFFDIO_COPY, &copy))
			return true;
		/* EAGAIN: the address space is changing, part of it may be done. */
		if (errno != EAGAIN)
			return err_sys(e, errno, "UFFDIO_COPY of %zu bytes", size - done);
		if (copy.copy > 0)
			done += (size_t)copy.copy;
	}
	return true;
}

static bool serve(struct lazy_memory *m, uint64_t address)
{
	uint64_t offset = (address - (uintptr_t)m->data) & ~(uint64_t)(LAZY_BLOCK - 1);
	struct uffdio_range range;

	if (is_resident(m, offset)) {
		range = range_at(m, (size_t)offset, block_size(m, offset));
		ioctl(m->faults, UFFDIO_WAKE, &range);
		return true;
	}
	drop_oldest(m, offset);
	return m->fill(m->opaque, offset, m->block, block_size(m, offset), &m->why) &&
	       put_block(m, offset, &m->why);
}

static void *serve_all(void *opaque)
{
	struct lazy_memory *m = opaque;
	struct pollfd wait[] = { { .fd = m->stop, .events = POLLIN },
				 { .fd = m->faults, .events = POLLIN } };
	struct uffd_msg message;

	for (;;) {
		if (poll(wait, 2, -1) < 0 && errno != EINTR)
			err_sys(&m->why, errno, "poll");
		else if (wait[0].revents)
			return NULL;
		else if (read(m->faults, &message, sizeof(message)) != sizeof(message) ||
			 message.event != UFFD_EVENT_PAGEFAULT ||
			 serve(m, message.arg.pagefault.address))
			continue;
		give_up(m);
		return NULL;
	}
}

/* -1: this kernel has none, or not for us: a page fault inside a system call has to be served. */
static int open_faults(const struct lazy_memory *m)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register area = {
		.range = range_at(m, 0, m->size),
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return -1;
	if (!ioctl(fd, UFFDIO_API, &api) && !ioctl(fd, UFFDIO_REGISTER, &area))
		return fd;
	close(fd);
	return -1;
}

static bool fill_now(struct lazy_memory *m, uint64_t spare, struct err *e)
{
	char needs[24], has[24];

	if (m->size > spare)
		return err_set(e,
			       "this kernel has no userfaultfd(2) (CONFIG_USERFAULTFD=y), so the "
			       "image is in memory twice while it is loaded: that takes %s "
			       "more, and %s is available",
			       number_size_words(m->size, needs), number_size_words(spare, has));
	for (uint64_t at = 0; at < m->size; at += LAZY_BLOCK) {
		if (!m->fill(m->opaque, at, m->data + at, block_size(m, at), e))
			return false;
	}
	return true;
}

bool lazy_memory_start(struct lazy_memory *m, uint64_t spare, bool *lazy, struct err *e)
{
	int error;

	m->faults = open_faults(m);
	*lazy = m->faults >= 0;
	if (!*lazy)
		return fill_now(m, spare, e);
	for (size_t i = 0; i < LAZY_BLOCKS; i++)
		m->resident[i] = NO_BLOCK;
	m->stop = eventfd(0, EFD_CLOEXEC);
	m->block = malloc(LAZY_BLOCK);
	if (m->stop < 0 || !m->block)
		return err_set(e, "no memory for a part of the image");
	error = pthread_create(&m->thread, NULL, serve_all, m);
	if (error)
		return err_sys(e, error, "cannot start a thread to read the image");
	m->running = true;
	return true;
}

bool lazy_memory_stop(struct lazy_memory *m, struct err *e)
{
	if (m->running) {
		eventfd_write(m->stop, 1);
		pthread_join(m->thread, NULL);
		m->running = false;
	}
	return !m->failed || err_set(e, "%s", m->why.text);
}

void lazy_memory_destroy(struct lazy_memory *m)
{
	struct err ignored;

	if (!m)
		return;
	lazy_memory_stop(m, &ignored);
	munmap(m->data, m->size);
	if (m->faults >= 0)
		close(m->faults);
	if (m->stop >= 0)
		close(m->stop);
	free(m->block);
	free(m);
}
