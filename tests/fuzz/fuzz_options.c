/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kexec's command line, as words that each end with a NUL: parsing leaves no trace behind (the
 * second time gives the same), strings are borrowed from argv, and a refusal is one line.
 */
#include "fuzz.h"
#include "options.h"

#define WORDS_MAX 64

struct words {
	char *text;
	size_t size;
	char *argv[WORDS_MAX + 1];
	int argc;
};

static void split(struct words *w, const uint8_t *data, size_t size)
{
	w->text = text_of(data, size);
	w->size = size + 1;
	w->argv[0] = (char *)"kexec";
	w->argc = 1;
	for (size_t at = 0; at < size && w->argc < WORDS_MAX; at += strlen(w->text + at) + 1)
		w->argv[w->argc++] = w->text + at;
	w->argv[w->argc] = NULL;
}

static void prove_borrowed(const struct words *w, const char *string)
{
	PROVE(!string || (string >= w->text && string < w->text + w->size));
}

static void prove_request(const struct words *w, const struct request *r)
{
	PROVE(r->verb >= VERB_LOAD_AND_REBOOT && r->verb <= VERB_CRASH_SIZE);
	PROVE(r->mem_min <= r->mem_max || r->verb == VERB_HELP || r->verb == VERB_VERSION);
	PROVE(r->host_root);
	prove_borrowed(w, r->kernel);
	prove_borrowed(w, r->append);
	prove_borrowed(w, r->type);
	prove_borrowed(w, r->dtb);
	for (size_t i = 0; i < r->initrd_count; i++)
		prove_borrowed(w, r->initrds[i]);
	for (size_t i = 0; i < r->module_count; i++)
		prove_borrowed(w, r->modules[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err first_error = {}, second_error = {};
	struct request first, second;
	bool first_good, second_good;
	struct words w;

	split(&w, data, size);
	first_good = options_parse(&first, w.argc, w.argv, &first_error);
	second_good = options_parse(&second, w.argc, w.argv, &second_error);
	PROVE(first_good == second_good);
	if (first_good) {
		prove_request(&w, &first);
		PROVE(first.verb == second.verb && first.kernel == second.kernel &&
		      first.initrd_count == second.initrd_count);
	} else {
		prove_error(&first_error);
		PROVE(!strcmp(first_error.text, second_error.text));
	}
	if (first_good)
		taken();
	request_deinit(&first);
	request_deinit(&second);
	free(w.text);
	return 0;
}
