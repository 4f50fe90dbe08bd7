/* SPDX-License-Identifier: GPL-2.0-only */
/* Key files and slots. Argon2id at its cheapest: how dear it is does not matter here. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "test.h"

#include "ask.h"
#include "key_slot.h"
#include "key_store.h"

static struct err e;

/* A program without libsodium says so, whatever it is asked for. */
static bool has_crypto(void)
{
	void *secret = secret_create(1, &e);

	if (!secret)
		CHECK_MATCH(e.text, "this program was built without libsodium, *");
	secret_destroy(secret);
	return secret;
}

static const struct slot_secret right = {
	KEY_SLOT_PASSPHRASE, { (const uint8_t *)"right", 5 }, 1, 8
};
static const struct slot_secret wrong = {
	KEY_SLOT_PASSPHRASE, { (const uint8_t *)"wrong", 5 }, 1, 8
};
static const struct slot_secret random_file = {
	KEY_SLOT_FILE, { (const uint8_t *)"0123456789abcdefghijklmnopqrstuvwxyz", 36 }, 0, 0
};

struct pair {
	union key_file seal, file;
	struct key_slot_content content;
};

static struct pair make(const struct slot_secret *secret)
{
	struct pair p = { 0 };
	unsigned index;

	key_pairs_make(&p.seal, &p.content);
	private_key_begin(&p.file, &p.content);
	CHECK(key_slot_add(&p.file, &p.content, secret, "mine", &index, &e) && !index);
	return p;
}

static bool opens(const struct pair *p, const struct slot_secret *secret)
{
	struct key_slot_content got;

	return key_slot_open(&p->file, secret, &got, &e) &&
	       CHECK(!memcmp(&got, &p->content, sizeof(got)));
}

TEST(pairs_belong_together)
{
	struct pair p;
	uint8_t public_key[KEY_SIZE];

	if (!has_crypto())
		return;
	p = make(&right);
	crypto_public_of(public_key, p.content.recipient);
	CHECK(!memcmp(public_key, p.seal.seal.recipient, KEY_SIZE));
	CHECK(!memcmp(public_key, p.file.private_key.recipient, KEY_SIZE));
	crypto_public_of(public_key, p.seal.seal.sender);
	CHECK(!memcmp(public_key, p.content.sender, KEY_SIZE));
	CHECK(memcmp(p.seal.seal.sender, p.content.recipient, KEY_SIZE));
	CHECK(key_file_check(&p.seal, sizeof(p.seal.seal), &e));
	CHECK(key_file_check(&p.file, sizeof(p.file.private_key), &e));
}

TEST(slots)
{
	struct slot_secret none = { KEY_SLOT_PASSPHRASE, { NULL, 0 }, 1, 8 };
	struct slot_secret guessed = { KEY_SLOT_FILE, { (const uint8_t *)"short", 5 }, 0, 0 };
	struct slot_secret tpm = { KEY_SLOT_TPM2, { (const uint8_t *)"1234", 4 }, 0, 0 };
	struct pair p;
	unsigned index;

	if (!has_crypto())
		return;
	p = make(&right);
	CHECK(opens(&p, &right));
	CHECK_FAILS(opens(&p, &wrong), &e,
		    "this passphrase opens none of its 1 slots of that type");
	CHECK_FAILS(opens(&p, &random_file), &e,
		    "it has no slot for a file; kdump key list tells *");
	CHECK_FAILS(opens(&p, &none), &e, "the passphrase is empty");
	CHECK_FAILS(opens(&p, &tpm), &e, "slots of type TPM2 are not known yet");
	CHECK_FAILS(key_slot_add(&p.file, &p.content, &guessed, "", &index, &e), &e,
		    "5 bytes can be guessed: *");
	CHECK_FAILS(key_slot_add(&p.file, &p.content, &tpm, "", &index, &e), &e,
		    "slots of type TPM2 are not known yet");
	CHECK_FAILS(key_slot_add(&p.file, &p.content, &right,
				 "a name that is longer than any slot has room for", &index, &e),
		    &e, "a name *: a slot's name has 31 characters at most");
	CHECK(key_slot_add(&p.file, &p.content, &random_file, "usb", &index, &e) && index == 1);
	CHECK(key_file_check(&p.file, sizeof(p.file.private_key), &e));
	CHECK(opens(&p, &right) && opens(&p, &random_file));
	CHECK_FAILS(key_slot_remove(&p.file, 2, &e), &e, "there is no slot 2; *");
	CHECK_FAILS(key_slot_remove(&p.file, KEY_SLOTS, &e), &e, "there is no slot 8; *");
	CHECK(key_slot_remove(&p.file, 0, &e));
	CHECK(!opens(&p, &right) && opens(&p, &random_file));
	CHECK_FAILS(key_slot_remove(&p.file, 1, &e), &e, "slot 1 is the last one: *");
	while (index + 1 < KEY_SLOTS || p.file.private_key.slots[0].type == KEY_SLOT_FREE)
		if (!CHECK(key_slot_add(&p.file, &p.content, &wrong, "", &index, &e)))
			return;
	CHECK_FAILS(key_slot_add(&p.file, &p.content, &right, "", &index, &e), &e,
		    "all 8 slots are in use; *");
}

/* Nothing that is authenticated can be changed, whether or not somebody mends the digest. */
TEST(every_bit_of_a_slot_counts)
{
	struct pair p, changed;
	size_t last = offsetof(struct key_slot, room);
	uint8_t *at;

	if (!has_crypto())
		return;
	p = make(&random_file);
	for (size_t bit = 0; bit < 8 * (offsetof(struct private_key_file, slots) + last); bit++) {
		changed = p;
		at = (uint8_t *)&changed.file + bit / 8;
		*at ^= 1 << bit % 8;
		CHECK(!key_file_check(&changed.file, sizeof(p.file.private_key), &e));
		if (bit / 8 < sizeof(struct key_head))
			continue;
		key_file_finish(&changed.file, KEY_PRIVATE);
		CHECK(!opens(&changed, &random_file));
	}
}

/* Who names the sender has to know a secret of the user: nobody else can make a slot for a key. */
TEST(slot_of_another_key)
{
	struct pair mine, other;

	if (!has_crypto())
		return;
	mine = make(&right);
	other = make(&right);
	other.file.private_key.slots[0] = mine.file.private_key.slots[0];
	CHECK_FAILS(opens(&other, &right), &e, "this passphrase opens none *");
}

TEST(files)
{
	struct pair p = { 0 };
	union key_file f;

	key_file_finish(&p.seal, KEY_SEAL);
	CHECK(key_file_check(&p.seal, 128, &e));
	CHECK_FAILS(key_file_check(&p.seal, 31, &e), &e, "not a key file of kdump key");
	CHECK_FAILS(key_file_check(&p.seal, 127, &e), &e,
		    "cut short, or not only a key: 127 bytes of 128");
	CHECK_FAILS(key_file_check(&p.seal, 129, &e), &e, "cut short, or not only a key: 129 *");
	for (unsigned i = 0; i < 128 * 8; i++) {
		f = p.seal;
		((uint8_t *)&f)[i / 8] ^= 1 << i % 8;
		CHECK(!key_file_check(&f, 128, &e));
	}
	f = p.seal;
	f.head.version = 2;
	CHECK_FAILS(key_file_check(&f, 128, &e), &e, "key file version 2, this program knows 1");
	f = p.seal;
	f.head.kind = 4;
	CHECK_FAILS(key_file_check(&f, 128, &e), &e, "a key file of a kind that * know (4)");
	CHECK_STR(key_kind_name(0), "");
	CHECK_STR(key_kind_name(KEY_IMAGE), "image key");
}

TEST(costs_have_bounds)
{
	static const struct {
		uint32_t passes, memory_kib;
		bool good;
	} costs[] = {
		{ 1, 8, true },
		{ 1000, KEY_MEMORY_MAX, true },
		{ 0, 8, false },
		{ 1001, 8, false },
		{ 1, KEY_MEMORY_MAX + 1, false },
		{ 1, 7, false },
		{ UINT32_MAX, UINT32_MAX, false },
	};
	union key_file f = { 0 };

	for (size_t i = 0; i < sizeof(costs) / sizeof(costs[0]); i++) {
		f.private_key.slots[3] = (struct key_slot){ .type = KEY_SLOT_PASSPHRASE,
							    .passes = costs[i].passes,
							    .memory_kib = costs[i].memory_kib };
		key_file_finish(&f, KEY_PRIVATE);
		CHECK(key_file_check(&f, sizeof(f.private_key), &e) == costs[i].good);
	}
	CHECK_MATCH(e.text, "slot 3: 4294967295 passes over 4294967295 KiB are not what *");
}

static const char *scratch(const char *name)
{
	static char path[128], folder[] = "/tmp/test-key-XXXXXX";
	static bool made;

	if (!made && !mkdtemp(folder))
		abort();
	made = true;
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

TEST(stored_for_the_owner_alone)
{
	const char *path = scratch("seal");
	union key_file seal = { 0 }, *got;
	struct stat st;

	key_file_finish(&seal, KEY_SEAL);
	CHECK(key_store_create(path, &seal, &e));
	CHECK(!stat(path, &st) && (st.st_mode & 0777) == 0600 && st.st_size == 128);
	CHECK_FAILS(key_store_create(path, &seal, &e), &e, "*/seal: File exists");
	CHECK(key_store_replace(path, &seal, &e));
	if (has_crypto()) {
		got = key_store_read_kind(path, KEY_SEAL, &e);
		CHECK(got && !memcmp(got, &seal, 128));
		secret_destroy(got);
		CHECK_FAILS(key_store_read_kind(path, KEY_PRIVATE, &e), &e,
			    "*/seal: is no private key: its kind is \"seal key\"");
		chmod(path, 0640);
		CHECK_FAILS(key_store_read(path, &e), &e,
			    "*/seal: others than its owner can read or write it; chmod 600 *");
	}
	unlink(path);
	CHECK_FAILS(key_store_read(path, &e), &e, "*/seal: cannot open: No such file or directory");
}

/* A pipe that holds these bytes. */
static int pipe_of(const char *bytes, size_t size)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) || write(fds[1], bytes, size) != (ssize_t)size)
		abort();
	close(fds[1]);
	return fds[0];
}

TEST(passphrase_from_a_descriptor)
{
	static const char *const ends[] = { "word", "word\n", "word\nand more\n" };
	struct secret_source from = { NULL, -1 };
	struct slot_secret got;
	struct secret s;
	char much[PASSPHRASE_MAX + 1];
	int fd;

	CHECK_FAILS(ask_parse_fd("x", &fd, &e), &e, "--passphrase-fd=x: not the number of *");
	CHECK_FAILS(ask_parse_fd("999", &fd, &e), &e, "--passphrase-fd=999: not the number of *");
	if (!has_crypto())
		return;
	for (size_t i = 0; i < 3; i++) {
		from.passphrase_fd = pipe_of(ends[i], strlen(ends[i]));
		if (!CHECK(ask_secret(&s, &got, &from, "x", true, &e)))
			return;
		CHECK(got.type == KEY_SLOT_PASSPHRASE && got.bytes.size == 4 &&
		      !memcmp(got.bytes.data, "word", 4));
		secret_deinit(&s);
		close(from.passphrase_fd);
	}
	memset(much, 'x', sizeof(much));
	from.passphrase_fd = pipe_of(much, sizeof(much));
	CHECK_FAILS(ask_secret(&s, &got, &from, "x", false, &e), &e,
		    "--passphrase-fd=*: has more than 1024 bytes");
	close(from.passphrase_fd);
}

TEST_MAIN
