/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kexec-hibernate.conf and the target in it: what is refused has one line of reason; what is taken
 * is the same when it is written and read again; a target has the parts of its kind.
 */
#include "conf.h"
#include "fuzz.h"
#include "target_name.h"

static void prove_target(const char *text)
{
	struct err e = {};
	struct target_name t;

	if (!target_name_parse(&t, text, &e)) {
		prove_error(&e);
		return;
	}
	PROVE(!strcmp(t.text, text));
	switch (t.kind) {
	case TARGET_DEVICE:
		PROVE(!strcmp(t.device, text));
		break;
	case TARGET_FILE:
		PROVE(t.path[0] == '/' && t.path[1] && !strstr(t.path, "/../"));
		PROVE(!strchr(t.device, ':'));
		break;
	case TARGET_TCP:
		PROVE(*t.host && *t.host != '-' && !strpbrk(t.host, " '\"$`;&|<>/\\"));
		PROVE(t.port >= 1 && t.port + 2 <= 65535);
		break;
	case TARGET_PIPE:
		PROVE(*t.command);
		break;
	}
	target_name_deinit(&t);
}

static void prove_written(const struct conf *c)
{
	struct conf again;
	struct err e;
	char *text;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	PROVE(f);
	conf_write(c, f);
	PROVE(!fclose(f));
	PROVE(conf_init(&again, &e) && conf_parse(&again, "again", text, &e));
	for (unsigned key = 0; key < CONF_KEYS; key++)
		PROVE(!*c->value[key] || !strcmp(c->value[key], again.value[key]));
	conf_deinit(&again);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = text_of(data, size);
	struct err e = {};
	struct conf c;

	PROVE(conf_init(&c, &e));
	if (!conf_parse(&c, "conf", text, &e)) {
		prove_error(&e);
	} else {
		PROVE(c.target_wait <= 9999 && c.pause <= 9999 && *c.value[CONF_TARGET]);
		prove_target(c.value[CONF_TARGET]);
		prove_written(&c);
		taken();
	}
	prove_target(text);
	conf_deinit(&c);
	free(text);
	return 0;
}
