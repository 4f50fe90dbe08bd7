/* SPDX-License-Identifier: GPL-2.0-only */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core_file.h"
#include "key.h"
#include "number.h"
#include "print_text.h"
#include "unlock.h"

enum { EXIT_GOOD = 0, EXIT_USAGE = 1, EXIT_FAILED = 255 };

/* Argon2id, as libsodium has it for what is done now and then: a second, on a PC. */
#define PASSES	   3
#define MEMORY_KIB (256u << 10)

struct options {
	const char *verb;
	const char *words[3];
	struct secret_source old, fresh; /* what opens a slot, what a new one is made with */
	uint32_t passes, memory_kib;
	const char *name;
};

static const char usage[] =
	"usage: kdump key new KEY SEAL      a private key, and the seal key that makes images\n"
	"       kdump key add KEY           one more slot, for another passphrase or file\n"
	"       kdump key remove KEY SLOT   take a slot away\n"
	"       kdump key image KEY IMAGE OUT   the key of this image alone, for who restores it\n"
	"       kdump key list FILE         what a key file holds\n"
	"  --passphrase-fd N   read the passphrase from this file, up to its end or a newline\n"
	"  --slot-file FILE    a file with random bytes in place of a passphrase\n"
	"  --new-passphrase-fd N, --new-slot-file FILE   for the slot that add makes\n"
	"  --name NAME         of the slot\n"
	"  --memory SIZE, --passes N   what a guess at its passphrase costs (256M, 3)\n";

static int failed(const struct options *o, const struct err *e)
{
	fprintf(stderr, "kdump: key %s: %s\n", o->verb, e->text);
	return EXIT_FAILED;
}

static bool parse_memory(struct options *o, const char *text, struct err *e)
{
	struct err ignored;
	uint64_t bytes;

	if (!number_parse_size(text, &bytes, &ignored) || bytes < 8192 ||
	    bytes > (uint64_t)KEY_MEMORY_MAX << 10)
		return err_set(e, "--memory=%s: from 8K to %uG", text, KEY_MEMORY_MAX >> 20);
	o->memory_kib = bytes >> 10;
	return true;
}

static bool take_option(struct options *o, int option, const char *value, struct err *e)
{
	int number;

	switch (option) {
	case 'p':
		return ask_parse_fd(value, &o->old.passphrase_fd, e);
	case 's':
		o->old.file = value;
		return true;
	case 'P':
		return ask_parse_fd(value, &o->fresh.passphrase_fd, e);
	case 'S':
		o->fresh.file = value;
		return true;
	case 'n':
		o->name = value;
		return true;
	case 'm':
		return parse_memory(o, value, e);
	case 'i':
		if (!number_parse_int(value, 1, KEY_PASSES_MAX, &number))
			return err_set(e, "--passes=%s: a number from 1 to %u", value,
				       KEY_PASSES_MAX);
		o->passes = number;
		return true;
	default:
		return err_set(e, "unknown option or missing value; kdump key --help lists them");
	}
}

static const struct option known[] = {
	{ "passphrase-fd", required_argument, NULL, 'p' },
	{ "slot-file", required_argument, NULL, 's' },
	{ "new-passphrase-fd", required_argument, NULL, 'P' },
	{ "new-slot-file", required_argument, NULL, 'S' },
	{ "name", required_argument, NULL, 'n' },
	{ "memory", required_argument, NULL, 'm' },
	{ "passes", required_argument, NULL, 'i' },
	{ NULL, 0, NULL, 0 },
};

struct verb {
	const char *name;
	int (*run)(const struct options *o);
	const char *options; /* that it takes, by their letters */
	int words;
};

static bool parse(struct options *o, const struct verb *v, int argc, char **argv, struct err *e)
{
	int option, count = 0;

	*o = (struct options){ .verb = v->name,
			       .old.passphrase_fd = -1,
			       .fresh.passphrase_fd = -1,
			       .passes = PASSES,
			       .memory_kib = MEMORY_KIB,
			       .name = "" };
	opterr = 0;
	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
		if (option != '?' && !strchr(v->options, option))
			return err_set(e, "%s: not an option of this; kdump key --help lists them",
				       argv[optind - 1]);
		if (!take_option(o, option, optarg, e))
			return false;
	}
	for (; optind < argc && count < v->words; optind++)
		o->words[count++] = argv[optind];
	return (optind == argc && count == v->words) ||
	       err_set(e, "%d words are needed; kdump key --help tells which", v->words);
}

/* A slot for what is asked for anew; the file is not written yet. */
static bool add_slot(const struct options *o, union key_file *f,
		     const struct key_slot_content *content, const struct secret_source *from,
		     unsigned *index, struct err *e)
{
	struct slot_secret secret = { .passes = o->passes, .memory_kib = o->memory_kib };
	struct secret s;
	bool ok;

	if (!ask_secret(&s, &secret, from, "the new slot", true, e))
		return false;
	ok = key_slot_add(f, content, &secret, o->name, index, e);
	secret_deinit(&s);
	return ok;
}

/* What is secret in one command. */
struct secrets {
	union key_file seal;
	struct key_slot_content content;
};

static int do_new(const struct options *o)
{
	const char *key_path = o->words[0], *seal_path = o->words[1];
	union key_file private_key = { 0 };
	struct secrets *s;
	unsigned index;
	struct err e;
	bool ok;

	s = secret_create(sizeof(*s), &e);
	if (!s)
		return failed(o, &e);
	key_pairs_make(&s->seal, &s->content);
	private_key_begin(&private_key, &s->content);
	ok = add_slot(o, &private_key, &s->content, &o->old, &index, &e) &&
	     key_store_create(key_path, &private_key, &e);
	if (ok && !key_store_create(seal_path, &s->seal, &e)) {
		unlink(key_path);
		ok = false;
	}
	secret_destroy(s);
	return ok ? EXIT_GOOD : failed(o, &e);
}

static bool add(const struct options *o, union key_file *f, struct key_slot_content *content,
		unsigned *index, struct err *e)
{
	struct slot_secret secret = { 0 };
	struct secret s;
	bool ok;

	if (!ask_secret(&s, &secret, &o->old, o->words[0], false, e))
		return false;
	ok = key_slot_open(f, &secret, content, e) || err_prefix(e, "%s", o->words[0]);
	secret_deinit(&s);
	return ok && add_slot(o, f, content, &o->fresh, index, e) &&
	       key_store_replace(o->words[0], f, e);
}

static int do_add(const struct options *o)
{
	struct key_slot_content *content;
	union key_file *f;
	unsigned index;
	struct err e;
	bool ok;

	f = key_store_read_kind(o->words[0], KEY_PRIVATE, &e);
	if (!f)
		return failed(o, &e);
	content = secret_create(sizeof(*content), &e);
	ok = content && add(o, f, content, &index, &e);
	secret_destroy(content);
	secret_destroy(f);
	if (!ok)
		return failed(o, &e);
	printf("slot %u\n", index);
	return EXIT_GOOD;
}

static int do_remove(const struct options *o)
{
	union key_file *f;
	struct err e;
	int slot;
	bool ok;

	if (!number_parse_int(o->words[1], 0, KEY_SLOTS - 1, &slot)) {
		err_set(&e, "%s: a slot is a number from 0 to %u", o->words[1], KEY_SLOTS - 1);
		return failed(o, &e);
	}
	f = key_store_read_kind(o->words[0], KEY_PRIVATE, &e);
	if (!f)
		return failed(o, &e);
	ok = (key_slot_remove(f, slot, &e) || err_prefix(&e, "%s", o->words[0])) &&
	     key_store_replace(o->words[0], f, &e);
	secret_destroy(f);
	return ok ? EXIT_GOOD : failed(o, &e);
}

/* The header page of an encrypted image, not believed yet. */
static bool read_page(const char *path, struct image_header *h, struct err *e)
{
	struct core_file f;
	bool ok;

	if (!core_file_find(&f, path, e))
		return false;
	ok = core_file_pread(&f, 0, h, sizeof(*h), e) && image_header_check(h, e);
	core_file_close(&f);
	return ok;
}

static bool make_image_key(struct unlock *u, const char *path, const char *out, struct err *e)
{
	struct frame_cipher *cipher = NULL;
	struct image_header h;
	union key_file *f = NULL;
	bool ok;

	ok = read_page(path, &h, e) && image_unseal(&h, unlock_keys(u), &cipher, e);
	frame_cipher_destroy(cipher);
	if (ok)
		f = unlock_image_key(u, &h, e);
	if (!f)
		return err_prefix(e, "%s", path);
	ok = key_store_create(out, f, e);
	secret_destroy(f);
	return ok;
}

static int do_image(const struct options *o)
{
	struct unlock u;
	struct err e;
	bool ok;

	unlock_init(&u);
	u.path = o->words[0];
	u.from = o->old;
	ok = make_image_key(&u, o->words[1], o->words[2], &e);
	unlock_deinit(&u);
	return ok ? EXIT_GOOD : failed(o, &e);
}

static void print_hex(const char *label, const uint8_t *at, size_t size)
{
	printf("%-16s", label);
	for (size_t i = 0; i < size; i++)
		printf("%02x", at[i]);
	putchar('\n');
}

static void print_recipient(const uint8_t recipient[KEY_SIZE])
{
	uint8_t id[KEY_RECIPIENT_ID];

	key_recipient_id(id, recipient);
	print_hex("recipient", id, sizeof(id));
}

static void print_slots(const struct private_key_file *f)
{
	for (unsigned i = 0; i < KEY_SLOTS; i++) {
		const struct key_slot *s = &f->slots[i];
		char words[24];

		if (s->type == KEY_SLOT_FREE)
			continue;
		printf("slot %-11u%s", i, key_slot_type_name(s->type));
		if (s->type == KEY_SLOT_PASSPHRASE)
			printf(", %s, %u passes",
			       number_size_words((uint64_t)s->memory_kib << 10, words), s->passes);
		if (*s->name) {
			printf(", ");
			print_text(stdout, s->name, strlen(s->name), TEXT_LINE);
		}
		putchar('\n');
	}
}

static int do_list(const struct options *o)
{
	union key_file *f;
	struct err e;

	f = key_store_read(o->words[0], &e);
	if (!f)
		return failed(o, &e);
	printf("%-16s%s\n", "kind", key_kind_name(f->head.kind));
	if (f->head.kind == KEY_SEAL)
		print_recipient(f->seal.recipient);
	if (f->head.kind == KEY_IMAGE)
		print_hex("image", f->image.id, sizeof(f->image.id));
	if (f->head.kind == KEY_PRIVATE) {
		print_recipient(f->private_key.recipient);
		print_slots(&f->private_key);
	}
	secret_destroy(f);
	return EXIT_GOOD;
}

static const struct verb verbs[] = {
	{ "new", do_new, "psnmi", 2 },	{ "add", do_add, "psPSnmi", 1 },
	{ "remove", do_remove, "", 2 }, { "image", do_image, "ps", 3 },
	{ "list", do_list, "", 1 },
};

int key_command(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";
	struct options o;
	struct err e;

	if (!strcmp(name, "--help") || !strcmp(name, "-h")) {
		fputs(usage, stdout);
		return EXIT_GOOD;
	}
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(name, verbs[i].name))
			continue;
		if (parse(&o, &verbs[i], argc - 1, argv + 1, &e))
			return verbs[i].run(&o);
		fprintf(stderr, "kdump: key %s: %s\n", name, e.text);
		return EXIT_USAGE;
	}
	fputs("kdump: key: new, add, remove, image or list; kdump key --help tells more\n", stderr);
	return EXIT_USAGE;
}
