/* SPDX-License-Identifier: GPL-2.0-only */
/* FIPS 180-4, sections 4 to 6. Also built freestanding: nothing but memcpy() and memset(). */
#include "sha256.h"

void *memcpy(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);

#define BLOCK_SIZE  sizeof(((struct sha256 *)0)->block)
#define LENGTH_SIZE 8 /* of the message, in bits, at the end of the last block */

static uint32_t load_be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void store_be32(uint8_t *p, uint32_t value)
{
	p[0] = value >> 24;
	p[1] = value >> 16;
	p[2] = value >> 8;
	p[3] = value;
}

static inline uint32_t rotate(uint32_t x, unsigned int n)
{
	return x >> n | x << (32 - n);
}

/*
 * As in the standard, but in forms that need fewer registers and instructions: nested rotations
 * take one scratch register instead of two, and the x ^ y of one MAJORITY is the y ^ z of the next.
 */
#define BIG_SIGMA0(x)	  rotate((x) ^ rotate((x) ^ rotate(x, 9), 11), 2) /* by 2, 13, 22 */
#define BIG_SIGMA1(x)	  rotate((x) ^ rotate((x) ^ rotate(x, 14), 5), 6) /* by 6, 11, 25 */
#define SMALL_SIGMA0(x)	  (rotate(x, 7) ^ rotate(x, 18) ^ (x) >> 3)
#define SMALL_SIGMA1(x)	  (rotate(x, 17) ^ rotate(x, 19) ^ (x) >> 10)
#define CHOOSE(x, y, z)	  ((z) ^ ((x) & ((y) ^ (z))))
#define MAJORITY(x, y, z) ((y) ^ (((x) ^ (y)) & ((y) ^ (z))))

/* The message schedule as a ring: word @t of 64 replaces word @t - 16. */
#define FIRST(t) (w[t] = load_be32(data + sizeof(uint32_t) * (t)))
#define NEXT(t) \
	(w[(t)&15] += \
	 SMALL_SIGMA1(w[((t)-2) & 15]) + w[((t)-7) & 15] + SMALL_SIGMA0(w[((t)-15) & 15]))

#define ROUND(a, b, c, d, e, f, g, h, word, k) \
	do { \
		(h) += (k) + (word); \
		(h) += CHOOSE(e, f, g); \
		(h) += BIG_SIGMA1(e); \
		(d) += (h); \
		(h) += BIG_SIGMA0(a) + MAJORITY(a, b, c); \
	} while (0)

/* Instead of moving eight variables after each round their names move; after eight all are back. */
#define ROUNDS(word, t, k0, k1, k2, k3, k4, k5, k6, k7) \
	do { \
		ROUND(a, b, c, d, e, f, g, h, word((t) + 0), k0); \
		ROUND(h, a, b, c, d, e, f, g, word((t) + 1), k1); \
		ROUND(g, h, a, b, c, d, e, f, word((t) + 2), k2); \
		ROUND(f, g, h, a, b, c, d, e, word((t) + 3), k3); \
		ROUND(e, f, g, h, a, b, c, d, word((t) + 4), k4); \
		ROUND(d, e, f, g, h, a, b, c, word((t) + 5), k5); \
		ROUND(c, d, e, f, g, h, a, b, word((t) + 6), k6); \
		ROUND(b, c, d, e, f, g, h, a, word((t) + 7), k7); \
	} while (0)

/* The constants stand in the code: position-independent i386 code has no register for a table. */
static void mix_block(uint32_t state[8], const uint8_t *data)
{
	uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
	uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
	uint32_t w[16];

	ROUNDS(FIRST, 0, 0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1,
	       0x923f82a4, 0xab1c5ed5);
	ROUNDS(FIRST, 8, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
	       0x9bdc06a7, 0xc19bf174);
	ROUNDS(NEXT, 16, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa,
	       0x5cb0a9dc, 0x76f988da);
	ROUNDS(NEXT, 24, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
	       0x06ca6351, 0x14292967);
	ROUNDS(NEXT, 32, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb,
	       0x81c2c92e, 0x92722c85);
	ROUNDS(NEXT, 40, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624,
	       0xf40e3585, 0x106aa070);
	ROUNDS(NEXT, 48, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
	       0x5b9cca4f, 0x682e6ff3);
	ROUNDS(NEXT, 56, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb,
	       0xbef9a3f7, 0xc67178f2);

	state[0] += a;
	state[1] += b;
	state[2] += c;
	state[3] += d;
	state[4] += e;
	state[5] += f;
	state[6] += g;
	state[7] += h;
}

void sha256_blocks_portable(uint32_t state[8], const uint8_t *data, size_t blocks)
{
	for (; blocks; blocks--, data += BLOCK_SIZE)
		mix_block(state, data);
}

void sha256_init(struct sha256 *s, sha256_blocks_fn *blocks)
{
	*s = (struct sha256){
		.state = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c,
			   0x1f83d9ab, 0x5be0cd19 },
		.blocks = blocks,
	};
}

void sha256_update(struct sha256 *s, const void *data, size_t size)
{
	size_t held = s->length % BLOCK_SIZE, room = BLOCK_SIZE - held;
	const uint8_t *from = data;

	s->length += size;
	if (held && size >= room) {
		memcpy(s->block + held, from, room);
		s->blocks(s->state, s->block, 1);
		from += room;
		size -= room;
		held = 0;
	}
	if (!held && size >= BLOCK_SIZE) {
		s->blocks(s->state, from, size / BLOCK_SIZE);
		from += size - size % BLOCK_SIZE;
		size %= BLOCK_SIZE;
	}
	if (size)
		memcpy(s->block + held, from, size);
}

void sha256_final(struct sha256 *s, uint8_t digest[SHA256_SIZE])
{
	size_t held = s->length % BLOCK_SIZE;
	uint64_t bits = s->length * 8;

	s->block[held++] = 0x80;
	if (held > BLOCK_SIZE - LENGTH_SIZE) {
		memset(s->block + held, 0, BLOCK_SIZE - held);
		s->blocks(s->state, s->block, 1);
		held = 0;
	}
	memset(s->block + held, 0, BLOCK_SIZE - LENGTH_SIZE - held);
	store_be32(s->block + BLOCK_SIZE - 8, bits >> 32);
	store_be32(s->block + BLOCK_SIZE - 4, bits);
	s->blocks(s->state, s->block, 1);
	for (size_t i = 0; i < 8; i++)
		store_be32(digest + 4 * i, s->state[i]);
}
