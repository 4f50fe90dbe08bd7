/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The smallest unit test frame: one program a file, TEST(name) { ... } for every test, TEST_MAIN
 * as the last line. A failed check prints one line and the test goes on. With arguments, the
 * program runs the tests so named alone.
 */
#ifndef TEST_H
#define TEST_H

#include <errno.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "err.h"

#define TEST_SECONDS 300 /* a test program that hangs is ended by SIGALRM */

struct test {
	const char *name;
	void (*run)(void);
	struct test *next;
};

static struct test *test_first, **test_end = &test_first;
static unsigned int test_failures;

#define TEST(id) \
	static void case_##id(void); \
	__attribute__((constructor)) static void register_##id(void) \
	{ \
		static struct test t = { #id, case_##id, NULL }; \
		*test_end = &t; \
		test_end = &t.next; \
	} \
	static void case_##id(void)

__attribute__((format(printf, 3, 4), unused)) static void test_fail(const char *file, int line,
								    const char *format, ...)
{
	va_list args;

	test_failures++;
	printf("%s:%d: ", file, line);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}

__attribute__((unused)) static bool test_eq_u64(const char *file, int line, const char *what,
						uint64_t a, uint64_t b)
{
	if (a != b)
		test_fail(file, line, "%s: %#" PRIx64 " != %#" PRIx64, what, a, b);
	return a == b;
}

__attribute__((unused)) static bool test_str(const char *file, int line, const char *what,
					     const char *a, const char *b)
{
	bool same = a && b ? strcmp(a, b) == 0 : a == b;

	if (!same)
		test_fail(file, line, "%s: \"%s\" != \"%s\"", what, a ? a : "(null)",
			  b ? b : "(null)");
	return same;
}

__attribute__((unused)) static bool test_match(const char *file, int line, const char *text,
					       const char *pattern)
{
	bool match = text && fnmatch(pattern, text, 0) == 0;

	if (!match)
		test_fail(file, line, "\"%s\" does not match \"%s\"", text ? text : "(null)",
			  pattern);
	return match;
}

__attribute__((unused)) static bool test_check(const char *file, int line, const char *what,
					       bool ok)
{
	if (!ok)
		test_fail(file, line, "%s is false", what);
	return ok;
}

__attribute__((unused)) static bool test_fails(const char *file, int line, const char *what,
					       bool returned, const struct err *e,
					       const char *pattern)
{
	if (returned) {
		test_fail(file, line, "%s did not fail", what);
		return false;
	}
	if (strchr(e->text, '\n')) {
		test_fail(file, line, "%s: the error has more than one line", what);
		return false;
	}
	return test_match(file, line, e->text, pattern);
}

/* All of these are expressions that say whether the check held: if (!CHECK(p)) return; */
#define CHECK(cond)		   test_check(__FILE__, __LINE__, #cond, cond)
#define CHECK_EQ_U64(a, b)	   test_eq_u64(__FILE__, __LINE__, #a, (uint64_t)(a), (uint64_t)(b))
#define CHECK_STR(a, b)		   test_str(__FILE__, __LINE__, #a, a, b)
#define CHECK_MATCH(text, pattern) test_match(__FILE__, __LINE__, text, pattern)
/* The call comes first and fills *@e; the empty text before it catches a call that leaves it. */
#define CHECK_FAILS(call, e, pattern) \
	((e)->text[0] = '\0', test_fails(__FILE__, __LINE__, #call, call, e, pattern))

__attribute__((unused)) static bool test_wanted(const char *name, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], name) == 0)
			return true;
	}
	return argc < 2;
}

__attribute__((unused)) static int test_main(int argc, char **argv)
{
	unsigned int count = 0, failed = 0;

	alarm(TEST_SECONDS);
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (struct test *t = test_first; t; t = t->next) {
		unsigned int before = test_failures;

		if (!test_wanted(t->name, argc, argv))
			continue;
		count++;
		t->run();
		if (test_failures != before) {
			failed++;
			printf("FAIL %s\n", t->name);
		}
	}
	if (failed)
		printf("%s: %u tests, %u failed\n", program_invocation_short_name, count, failed);
	else
		printf("%s: %u tests\n", program_invocation_short_name, count);
	return failed || !count;
}

#define TEST_MAIN \
	int main(int argc, char **argv) \
	{ \
		return test_main(argc, argv); \
	}

#endif
