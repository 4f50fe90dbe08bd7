/* SPDX-License-Identifier: GPL-2.0-only */
#include <string.h>

#include "test.h"
#include "text.h"

static size_t printable(const char *text)
{
	return text_printable(text, strlen(text));
}

TEST(what_is_shown)
{
	CHECK_EQ_U64(printable(" "), 1);
	CHECK_EQ_U64(printable("~x"), 1);
	CHECK_EQ_U64(printable("\xc2\xa0"), 2);
	CHECK_EQ_U64(printable("\xdf\xbf"), 2);
	CHECK_EQ_U64(printable("\xe0\xa0\x80"), 3);
	CHECK_EQ_U64(printable("\xef\xbf\xbd"), 3);
	CHECK_EQ_U64(printable("\xf0\x90\x80\x80"), 4);
	CHECK_EQ_U64(printable("\xf4\x8f\xbf\xbf"), 4);
}

TEST(what_is_not)
{
	static const char *const texts[] = {
		"",		    /* nothing */
		"\n",		    /* C0 */
		"\x1b[2J",	    /* an escape sequence */
		"\x7f",		    /* DEL */
		"\x9b",		    /* CSI of an 8-bit terminal */
		"\xc2\x9b",	    /* the same in UTF-8 */
		"\xc0\xaf",	    /* longer than needed */
		"\xe0\x80\xaf",	    /* so too */
		"\xf0\x80\x80\xaf", /* so too */
		"\xed\xa0\x80",	    /* half of a surrogate pair */
		"\xf4\x90\x80\x80", /* beyond Unicode */
		"\xff",		    /* nowhere in UTF-8 */
		"\xe2\x82",	    /* cut */
		"\xe2\x28\xa1",	    /* a character inside of another one */
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (!CHECK_EQ_U64(printable(texts[i]), 0))
			printf("text %zu\n", i);
}

TEST_MAIN
