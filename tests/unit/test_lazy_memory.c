/* SPDX-License-Identifier: GPL-2.0-only */
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "lazy_memory.h"
#include "test.h"

#define PAGE 4096u
#define SIZE ((10u << 20) + 3 * PAGE) /* not a multiple of a block */

/* Each word of the memory is its offset, mixed, so that a wrong place shows. */
static uint64_t word_at(uint64_t offset)
{
	return offset * 0x9e3779b97f4a7c15u;
}

struct filler {
	unsigned int calls;
	uint64_t fails_at; /* the block that cannot be made */
	bool bad_call;
};

static bool fill(void *opaque, uint64_t offset, uint8_t *to, size_t size, struct err *e)
{
	struct filler *f = opaque;

	f->calls++;
	f->bad_call |= offset % LAZY_BLOCK || !size || size > LAZY_BLOCK;
	if (f->fails_at == offset)
		return err_set(e, "zstd frame 7 is damaged");
	for (size_t i = 0; i < size; i += sizeof(uint64_t)) {
		uint64_t word = word_at(offset + i);

		memcpy(to + i, &word, sizeof(word));
	}
	return true;
}

static struct filler filler;
static struct lazy_memory *memory;
static struct err e;

static bool start(uint64_t spare, bool *lazy)
{
	bool ignored;

	filler = (struct filler){ .fails_at = UINT64_MAX };
	return CHECK(lazy_memory_create(&memory, SIZE, fill, &filler, &e)) &&
	       CHECK(lazy_memory_start(memory, spare, lazy ? lazy : &ignored, &e));
}

static bool right(const uint8_t *data, uint64_t offset, size_t size)
{
	for (size_t i = 0; i < size; i += sizeof(uint64_t)) {
		uint64_t word;

		memcpy(&word, data + i, sizeof(word));
		if (word != word_at(offset + i))
			return false;
	}
	return true;
}

/* Pages that take memory now. */
static size_t resident(void)
{
	static unsigned char pages[SIZE / PAGE];
	size_t count = 0;

	CHECK(!mincore((void *)(uintptr_t)lazy_memory_data(memory), SIZE, pages));
	for (size_t i = 0; i < sizeof(pages); i++)
		count += pages[i] & 1;
	return count;
}

/* What kexec_load(2) does: a system call copies from the memory, in order. */
static ssize_t copy_by_kernel(int fd, size_t offset, size_t size)
{
	return pwrite(fd, lazy_memory_data(memory) + offset, size, (off_t)offset);
}

TEST(read_in_order_with_few_pages)
{
	static uint8_t back[1 << 16];
	int fd = memfd_create("copy", MFD_CLOEXEC);
	size_t most = 0;
	bool lazy;

	if (!start(SIZE, &lazy))
		return;
	for (size_t at = 0; at < SIZE; at += PAGE) {
		CHECK_EQ_U64(copy_by_kernel(fd, at, PAGE), PAGE);
		if (resident() > most)
			most = resident();
	}
	CHECK(lazy_memory_stop(memory, &e));
	for (size_t at = 0; at < SIZE; at += sizeof(back)) {
		ssize_t n = pread(fd, back, sizeof(back), (off_t)at);

		CHECK(n > 0 && right(back, at, (size_t)n));
	}
	CHECK(!filler.bad_call);
	CHECK_EQ_U64(filler.calls, SIZE / LAZY_BLOCK + 1);
	if (lazy)
		CHECK(most <= LAZY_BLOCKS * (LAZY_BLOCK / PAGE));
	else
		printf("no userfaultfd here: laziness was not tested\n");
	lazy_memory_destroy(memory);
	close(fd);
}

TEST(read_in_any_order)
{
	uint64_t at = 1;

	if (!start(SIZE, NULL))
		return;
	for (unsigned int i = 0; i < 200; i++) {
		at = (at * 6364136223846793005u + 1442695040888963407u) >> 1;
		size_t page = at % (SIZE / PAGE) * PAGE;

		if (!CHECK(right(lazy_memory_data(memory) + page, page, PAGE)))
			break;
	}
	CHECK(lazy_memory_stop(memory, &e));
	lazy_memory_destroy(memory);
}

/* The system call has to fail, not to wait for ever, and the reason has to be the filler's. */
TEST(a_part_that_cannot_be_made)
{
	int fd = memfd_create("copy", MFD_CLOEXEC);
	bool lazy;

	if (!start(SIZE, &lazy))
		return;
	filler.fails_at = 3 * LAZY_BLOCK;
	if (lazy) {
		CHECK_EQ_U64(copy_by_kernel(fd, 0, 3 * LAZY_BLOCK), 3 * LAZY_BLOCK);
		CHECK(copy_by_kernel(fd, 3 * LAZY_BLOCK, LAZY_BLOCK) < 0 && errno == EFAULT);
		CHECK(copy_by_kernel(fd, 5 * LAZY_BLOCK, PAGE) < 0 && errno == EFAULT);
		CHECK_FAILS(lazy_memory_stop(memory, &e), &e, "zstd frame 7 is damaged");
		CHECK_FAILS(lazy_memory_stop(memory, &e), &e, "zstd frame 7 is damaged");
	}
	lazy_memory_destroy(memory);
	close(fd);
}

TEST(stopped_without_having_been_read)
{
	if (!start(SIZE, NULL))
		return;
	lazy_memory_destroy(memory);
	if (CHECK(lazy_memory_create(&memory, PAGE, fill, &filler, &e)))
		lazy_memory_destroy(memory);
	lazy_memory_destroy(NULL);
}

TEST(too_large_for_a_program)
{
	CHECK_FAILS(lazy_memory_create(&memory, UINT64_MAX - PAGE, fill, &filler, &e), &e,
		    "this program has no address space for *");
	CHECK_FAILS(lazy_memory_create(&memory, UINT64_MAX, fill, &filler, &e), &e,
		    "this program has no address space for *");
}

static bool forbid_userfaultfd(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_userfaultfd, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(filter) / sizeof(filter[0]), filter };

	return !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) &&
	       !prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

/* In a child of its own, since a filter stays. */
static void without_userfaultfd(void)
{
	bool lazy;

	if (start(SIZE, &lazy)) {
		CHECK(!lazy);
		CHECK(right(lazy_memory_data(memory), 0, SIZE));
		CHECK(lazy_memory_stop(memory, &e));
		lazy_memory_destroy(memory);
	}
	CHECK(lazy_memory_create(&memory, SIZE, fill, &filler, &e));
	CHECK_FAILS(lazy_memory_start(memory, SIZE - 1, &lazy, &e), &e,
		    "*no userfaultfd(2) *takes 10 MiB more, and 10 MiB is available");
	lazy_memory_destroy(memory);
	CHECK(lazy_memory_create(&memory, SIZE, fill, &filler, &e));
	filler.fails_at = 0;
	CHECK_FAILS(lazy_memory_start(memory, SIZE, &lazy, &e), &e, "zstd frame 7 is damaged");
	lazy_memory_destroy(memory);
}

TEST(a_kernel_without_userfaultfd)
{
	unsigned int before = test_failures;
	int status;
	pid_t child = fork();

	if (!child) {
		if (forbid_userfaultfd())
			without_userfaultfd();
		else
			printf("no seccomp here: the way without userfaultfd was not tested\n");
		fflush(stdout);
		_exit(test_failures != before);
	}
	CHECK(child > 0 && waitpid(child, &status, 0) == child && !status);
}

TEST_MAIN
