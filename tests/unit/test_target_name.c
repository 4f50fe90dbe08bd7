/* SPDX-License-Identifier: GPL-2.0-only */
#include "target_name.h"
#include "test.h"

static struct err e;

TEST(devices)
{
	struct target_name t;

	CHECK(target_name_parse(&t, "/dev/sda2", &e) && t.kind == TARGET_DEVICE);
	CHECK_STR(t.device, "/dev/sda2");
	CHECK(!target_name_is_stream(&t));
	target_name_deinit(&t);
	CHECK(target_name_parse(&t, "PARTUUID=4d7a1f0e-02", &e) && t.kind == TARGET_DEVICE);
	CHECK_STR(t.device, "PARTUUID=4d7a1f0e-02");
	target_name_deinit(&t);
}

TEST(file)
{
	struct target_name t;

	CHECK(target_name_parse(&t, "FILE:PARTUUID=1-2:/a/b:c", &e) && t.kind == TARGET_FILE);
	CHECK_STR(t.device, "PARTUUID=1-2");
	CHECK_STR(t.path, "/a/b:c");
	CHECK_STR(t.text, "FILE:PARTUUID=1-2:/a/b:c");
	target_name_deinit(&t);
}

TEST(folder)
{
	struct target_name t;

	CHECK(target_name_parse(&t, "FILE:/dev/sda2:/a/b//", &e) && t.kind == TARGET_FILE);
	CHECK_STR(t.path, "/a/b");
	CHECK(t.folder);
	target_name_deinit(&t);
	CHECK(target_name_parse(&t, "FILE:/dev/sda2:/a", &e) && !t.folder);
	target_name_deinit(&t);
	CHECK_FAILS(target_name_parse(&t, "FILE:/dev/sda2://", &e), &e, "*is not the path of a*");
}

TEST(streams)
{
	static const struct {
		const char *text, *host;
		unsigned port;
	} table[] = {
		{ "tcp:host:7000", "host", 7000 },
		{ "tcp:10.0.2.2:65533", "10.0.2.2", 65533 },
		{ "tcp:[fe80::1]:1", "fe80::1", 1 },
		{ "tcp:fe80::1:7000", "fe80::1", 7000 },
	};
	struct target_name t;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		CHECK(target_name_parse(&t, table[i].text, &e) && t.kind == TARGET_TCP);
		CHECK_STR(t.host, table[i].host);
		CHECK_EQ_U64(t.port, table[i].port);
		target_name_deinit(&t);
	}
	CHECK(target_name_parse(&t, "pipe:ssh a 'cat >b'", &e) && t.kind == TARGET_PIPE);
	CHECK_STR(t.command, "ssh a 'cat >b'");
	CHECK(target_name_is_stream(&t));
	target_name_deinit(&t);
}

TEST(refusals)
{
	static const struct {
		const char *text, *why;
	} table[] = {
		{ "", "\"\" is not a target: *" },
		{ "sda2", "\"sda2\" is not a target: /dev/..., PARTUUID=..., FILE:DEVICE:/path, "
			  "tcp:HOST:PORT or pipe:COMMAND" },
		{ "/dev/", "\"/dev/\" is not a target: *" },
		{ "PARTUUID=", "\"PARTUUID=\" is not a target: *" },
		{ "FILE:/dev/sda2", "\"FILE:/dev/sda2\" is not a target: *" },
		{ "FILE:sda2:/x", "FILE:sda2:/x: \"sda2\" is not a device: *" },
		{ "FILE:/dev/sda2:x", "FILE:/dev/sda2:x: the path on /dev/sda2 begins with /: *" },
		{ "FILE:/dev/sda2:", "FILE:/dev/sda2:: the path on /dev/sda2 begins with /: *" },
		{ "FILE:/dev/sda2:/", "FILE:/dev/sda2:/: \"/\" is not the path of a file" },
		{ "FILE:/dev/sda2:/a/../b", "*: \"/a/../b\" is not the path of a file" },
		{ "FILE:/dev/sda2:/a/..", "*: \"/a/..\" is not the path of a file" },
		{ "tcp:host", "\"tcp:host\" is not a target: *" },
		{ "tcp:host:", "tcp:host:: \"\" is not a port: tcp:HOST:PORT" },
		{ "tcp:host:x", "tcp:host:x: \"x\" is not a port: tcp:HOST:PORT" },
		{ "tcp:host:070000", "*: \"070000\" is not a port: tcp:HOST:PORT" },
		{ "tcp:host:0", "*: the port is a number from 1 to 65533 *" },
		{ "tcp:host:65534", "*: the port is a number from 1 to 65533 *" },
		{ "tcp::7000", "*: \"\" is not a host: tcp:HOST:PORT" },
		{ "tcp:a b:7000", "*: \"a b\" is not a host: tcp:HOST:PORT" },
		{ "tcp:-x:7000", "*: \"-x\" is not a host: tcp:HOST:PORT" },
		{ "pipe:", "\"pipe:\" is not a target: *" },
	};
	struct target_name t;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		CHECK_FAILS(target_name_parse(&t, table[i].text, &e), &e, table[i].why);
}

TEST_MAIN
