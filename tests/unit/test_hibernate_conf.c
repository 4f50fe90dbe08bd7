/* SPDX-License-Identifier: GPL-2.0-only */
#include "conf.h"
#include "core.h"
#include "test.h"

static struct err e;

static bool parse(struct conf *c, const char *text)
{
	conf_deinit(c);
	return conf_init(c, &e) && conf_parse(c, "conf", text, &e);
}

TEST(defaults)
{
	struct conf c = { 0 };

	CHECK(parse(&c, "# comment\n\nTARGET=/dev/sda2\n#TARGET=x"));
	CHECK_STR(c.value[CONF_TARGET], "/dev/sda2");
	CHECK_STR(c.value[CONF_INITRD], "/boot/kexec-hibernate.img");
	CHECK_STR(c.value[CONF_THEN], "poweroff");
	CHECK_STR(c.value[CONF_KEEP], "/var/lib/kexec-jump/second");
	CHECK_STR(c.value[CONF_KERNEL], "");
	CHECK(c.target_wait == 20 && c.pause == 30);
	conf_deinit(&c);
}

/* Blanks around a value and one pair of quotes are no part of it; nothing is expanded. */
TEST(values)
{
	static const struct {
		const char *line, *value;
	} table[] = {
		{ "APPEND=a b", "a b" },	 { "APPEND= a b \t\r", "a b" },
		{ "APPEND=\"a b\" ", "a b" },	 { "APPEND='a b'", "a b" },
		{ "APPEND=\"\"a\"\"", "\"a\"" }, { "APPEND=\"a", "\"a" },
		{ "APPEND=\"", "\"" },		 { "APPEND=\"a'", "\"a'" },
		{ "APPEND=' a '", " a " },	 { "APPEND=$(x) `y` $z", "$(x) `y` $z" },
		{ "APPEND=a=b", "a=b" },	 { "APPEND=", "" },
		{ "APPEND=x\nAPPEND=\"\"", "" }, { "APPEND=# no comment", "# no comment" },
	};
	struct conf c = { 0 };
	char text[128];

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		snprintf(text, sizeof(text), "TARGET=x\n%s", table[i].line);
		CHECK(parse(&c, text));
		CHECK_STR(c.value[CONF_APPEND], table[i].value);
	}
	conf_deinit(&c);
}

TEST(refusals)
{
	static const struct {
		const char *text, *why;
	} table[] = {
		{ "TARGET=x\nnonsense", "conf:2: not of the form KEY=value" },
		{ " # comment", "conf:1: not of the form KEY=value" },
		{ "TARGET=x\nCOLOUR=red", "conf:2: no such key: COLOUR" },
		{ "TARGET=x\n THEN=reboot", "conf:2: no such key:  THEN" },
		{ "TARGET = x", "conf:1: no such key: TARGET " },
		{ "=x", "conf:1: no such key: " },
		{ "KERNEL=k", "conf: TARGET= is missing" },
		{ "TARGET=x\nTHEN=sleep", "conf: THEN=sleep is not poweroff, reboot or return" },
		{ "TARGET=x\nTARGET_WAIT=long", "conf: \"long\" is not a number of seconds" },
		{ "TARGET=x\nPAUSE=", "conf: \"\" is not a number of seconds" },
		{ "TARGET=x\nPAUSE=10000", "conf: \"10000\" is not a number of seconds" },
		{ "TARGET=x\nPAUSE=-1", "conf: \"-1\" is not a number of seconds" },
		{ "TARGET=x\nKEEP=second",
		  "conf: KEEP=second is neither the name of a file, from / on, nor no" },
		{ "TARGET=x\nKEEP=/",
		  "conf: KEEP=/ is neither the name of a file, from / on, nor no" },
		{ "TARGET=x\nWINDOW_SIZE=1M -e",
		  "conf: WINDOW_SIZE=1M -e is not a size, such as 128M" },
	};
	struct conf c = { 0 };

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		CHECK(!parse(&c, table[i].text));
		CHECK_STR(e.text, table[i].why);
	}
	conf_deinit(&c);
}

TEST(files)
{
	const char *path = in_scratch("conf");
	struct conf c = { 0 };

	CHECK(!conf_read(&c, path, &e));
	CHECK_MATCH(e.text, "*/conf is not there: run kexec-hibernate setup --image TARGET first");
	write_file(path, "TARGET=x\0y\n", 11);
	CHECK_FAILS(conf_read(&c, path, &e), &e, "*/conf: is no text: it has a byte of zero");
	write_file(path, "TARGET=x\nTHEN=no\n", 17);
	CHECK_FAILS(conf_read(&c, path, &e), &e,
		    "*/conf: THEN=no is not poweroff, reboot or return");
	conf_deinit(&c);
}

TEST_MAIN
