/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdlib.h>

#include "sha256.h"
#include "test.h"

static const struct {
	const char *name;
	sha256_blocks_fn *blocks;
	bool (*usable)(void); /* NULL: always */
} implementations[] = {
	{ "portable", sha256_blocks_portable, NULL },
	{ "sha-ni", sha256_blocks_ni, sha256_ni_usable },
};

#define IMPLEMENTATIONS (sizeof(implementations) / sizeof(implementations[0]))

static bool usable(size_t i)
{
	if (!implementations[i].usable || implementations[i].usable())
		return true;
	printf("skipped: this CPU cannot run %s\n", implementations[i].name);
	return false;
}

static const char *hex(struct sha256 *s, char text[2 * SHA256_SIZE + 1])
{
	uint8_t digest[SHA256_SIZE];

	sha256_final(s, digest);
	for (size_t i = 0; i < SHA256_SIZE; i++)
		snprintf(text + 2 * i, 3, "%02x", digest[i]);
	return text;
}

/* The empty message, and the examples that NIST publishes for FIPS 180-4. */
static const struct {
	const char *message;
	size_t times;
	const char *digest;
} vectors[] = {
	{ "", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
	{ "abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
	{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
	  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
	{ "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
	  "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
	  1, "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1" },
	/* where the padding just fits in the block and where it does not, as sha256sum has them */
	{ "a", 55, "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318" },
	{ "a", 56, "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a" },
	{ "a", 63, "7d3e74a05d7db15bce4ad9ec0658ea98e3f06eeecf16b4c6fff2da457ddc2f34" },
	{ "a", 64, "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb" },
	{ "a", 119, "31eba51c313a5c08226adf18d4a359cfdfd8d2e816b13f4af952f7ea6584dcfb" },
	{ "a", 120, "2f3d335432c70b580af0e8e1b3674a7c020d683aa5f73aaaedfdc55af904c21c" },
	{ "a", 1000000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0" },
	{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 20000,
	  "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0" },
};

TEST(known_vectors)
{
	for (size_t i = 0; i < IMPLEMENTATIONS; i++) {
		if (!usable(i))
			continue;
		for (size_t v = 0; v < sizeof(vectors) / sizeof(vectors[0]); v++) {
			char text[2 * SHA256_SIZE + 1];
			struct sha256 s;

			sha256_init(&s, implementations[i].blocks);
			for (size_t n = 0; n < vectors[v].times; n++)
				sha256_update(&s, vectors[v].message, strlen(vectors[v].message));
			CHECK_STR(hex(&s, text), vectors[v].digest);
		}
	}
}

/* "abc" as the one padded block of FIPS 180-4, without the functions that do the padding. */
TEST(one_block)
{
	static const uint32_t expected[8] = {
		0xba7816bf, 0x8f01cfea, 0x414140de, 0x5dae2223,
		0xb00361a3, 0x96177a9c, 0xb410ff61, 0xf20015ad,
	};
	uint8_t block[64] = { 'a', 'b', 'c', 0x80, [63] = 24 };

	for (size_t i = 0; i < IMPLEMENTATIONS; i++) {
		struct sha256 s;

		if (!usable(i))
			continue;
		sha256_init(&s, implementations[i].blocks);
		implementations[i].blocks(s.state, block, 1);
		for (size_t n = 0; n < 8; n++)
			CHECK_EQ_U64(s.state[n], expected[n]);
	}
}

/* The length in bits has 64 bits: 4 GiB, of which the blocks are left out, end in this block. */
TEST(long_message)
{
	static const uint8_t last_block[64] = { 0x80, [59] = 8 };

	for (size_t i = 0; i < IMPLEMENTATIONS; i++) {
		uint8_t digest[SHA256_SIZE];
		struct sha256 s;
		uint32_t expected[8];

		if (!usable(i))
			continue;
		sha256_init(&s, implementations[i].blocks);
		memcpy(expected, s.state, sizeof(expected));
		implementations[i].blocks(expected, last_block, 1);
		s.length = UINT64_C(1) << 32;
		sha256_final(&s, digest);
		for (size_t n = 0; n < 8; n++) {
			uint32_t word;

			memcpy(&word, digest + 4 * n, 4);
			CHECK_EQ_U64(__builtin_bswap32(word), expected[n]);
		}
	}
}

static uint32_t random_state = 12345;

static uint32_t next_random(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 17;
	random_state ^= random_state << 5;
	return random_state;
}

static void digest_in_pieces(sha256_blocks_fn *blocks, const uint8_t *data, size_t size,
			     uint8_t digest[SHA256_SIZE])
{
	struct sha256 s;

	sha256_init(&s, blocks);
	while (size) {
		size_t piece = next_random() % (next_random() % 4 ? 100 : 1000);

		if (piece > size)
			piece = size;
		sha256_update(&s, data, piece);
		data += piece;
		size -= piece;
	}
	sha256_final(&s, digest);
}

static void digest_at_once(sha256_blocks_fn *blocks, const uint8_t *data, size_t size,
			   uint8_t digest[SHA256_SIZE])
{
	struct sha256 s;

	sha256_init(&s, blocks);
	sha256_update(&s, data, size);
	sha256_final(&s, digest);
}

/* Every length around the block and padding borders, then longer ones at every alignment. */
TEST(pieces_and_implementations_agree)
{
	for (size_t n = 0; n < 1200; n++) {
		size_t size = n < 600 ? n : next_random() % 5000, offset = next_random() % 16;
		uint8_t *data = malloc(offset + size + 1);
		uint8_t expected[SHA256_SIZE], digest[SHA256_SIZE];

		if (!CHECK(data))
			return;
		for (size_t i = 0; i < size; i++)
			data[offset + i] = next_random();
		digest_at_once(sha256_blocks_portable, data + offset, size, expected);
		for (size_t i = 0; i < IMPLEMENTATIONS; i++) {
			if (implementations[i].usable && !implementations[i].usable())
				continue;
			digest_in_pieces(implementations[i].blocks, data + offset, size, digest);
			CHECK(!memcmp(digest, expected, sizeof(digest)));
			digest_at_once(implementations[i].blocks, data + offset, size, digest);
			CHECK(!memcmp(digest, expected, sizeof(digest)));
		}
		free(data);
	}
}

TEST(usable_as_proc_says)
{
	static const char *const flags[] = { "sha_ni", "ssse3", "sse4_1" };
	FILE *f = fopen("/proc/cpuinfo", "r");
	size_t found = 0;
	char line[16384];

	if (!f) {
		printf("skipped: no /proc/cpuinfo\n");
		return;
	}
	while (fgets(line, sizeof(line), f) && strncmp(line, "flags", 5))
		;
	fclose(f);
	for (char *word = strtok(line, " \n"); word; word = strtok(NULL, " \n")) {
		for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
			found += !strcmp(word, flags[i]);
	}
	CHECK_EQ_U64(sha256_ni_usable(), found == sizeof(flags) / sizeof(flags[0]));
}

TEST_MAIN
