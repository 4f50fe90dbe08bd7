/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SHA-256 by the CPU's SHA extensions (Intel SDM volume 2: SHA256RNDS2, SHA256MSG1, SHA256MSG2).
 * Also built freestanding; whoever calls it there has made SSE usable (CR0.EM = 0, CR4.OSFXSR = 1).
 */
#define _MM_MALLOC_H_INCLUDED /* gcc's intrinsics want <stdlib.h> for it, freestanding too */
#include <cpuid.h>
#include <immintrin.h>

#include "sha256.h"

#define LEAF1_ECX_SSSE3 (1u << 9)
#define LEAF1_ECX_SSE41 (1u << 19)
#define LEAF7_EBX_SHA	(1u << 29)

bool sha256_ni_usable(void)
{
	const uint32_t leaf1_ecx = LEAF1_ECX_SSSE3 | LEAF1_ECX_SSE41;
	uint32_t eax, ebx, ecx, edx;

	if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx) || (ecx & leaf1_ecx) != leaf1_ecx)
		return false;
	return __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) && ebx & LEAF7_EBX_SHA;
}

static const uint32_t round_constants[64] __attribute__((aligned(16))) = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
	0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
	0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
	0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
	0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
	0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
	0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116,
	0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
	0xc67178f2,
};

/* Four rounds with four words of the message schedule; @t is the first of the 64 rounds. */
#define FOUR_ROUNDS(t, words) \
	do { \
		__m128i sum = _mm_add_epi32((words), *(const __m128i *)&round_constants[t]); \
\
		cdgh = _mm_sha256rnds2_epu32(cdgh, abef, sum); \
		abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(sum, 0x0e)); \
	} while (0)

/* Replaces @w0, the oldest 4 of the last 16 words (@w0 to @w3), by the 4 that follow them. */
#define SCHEDULE(w0, w1, w2, w3) \
	((w0) = _mm_sha256msg2_epu32( \
		 _mm_add_epi32(_mm_sha256msg1_epu32(w0, w1), _mm_alignr_epi8(w3, w2, 4)), w3))

#define SIXTEEN_ROUNDS(t) \
	do { \
		FOUR_ROUNDS((t) + 0, w0); \
		FOUR_ROUNDS((t) + 4, w1); \
		FOUR_ROUNDS((t) + 8, w2); \
		FOUR_ROUNDS((t) + 12, w3); \
	} while (0)

#define SCHEDULE_SIXTEEN() \
	do { \
		SCHEDULE(w0, w1, w2, w3); \
		SCHEDULE(w1, w2, w3, w0); \
		SCHEDULE(w2, w3, w0, w1); \
		SCHEDULE(w3, w0, w1, w2); \
	} while (0)

/* The instructions want the state as the words A B E F and C D G H, from high to low. */
__attribute__((target("sha,sse4.1,ssse3"), force_align_arg_pointer)) void
sha256_blocks_ni(uint32_t state[8], const uint8_t *data, size_t blocks)
{
	const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
	__m128i *stored = (__m128i *)state;
	__m128i cdab = _mm_shuffle_epi32(_mm_loadu_si128(stored), 0xb1);
	__m128i efgh = _mm_shuffle_epi32(_mm_loadu_si128(stored + 1), 0x1b);
	__m128i abef = _mm_alignr_epi8(cdab, efgh, 8);
	__m128i cdgh = _mm_blend_epi16(efgh, cdab, 0xf0);

	for (; blocks; blocks--, data += 64) {
		const __m128i *in = (const __m128i *)data;
		__m128i w0 = _mm_shuffle_epi8(_mm_loadu_si128(in), swap);
		__m128i w1 = _mm_shuffle_epi8(_mm_loadu_si128(in + 1), swap);
		__m128i w2 = _mm_shuffle_epi8(_mm_loadu_si128(in + 2), swap);
		__m128i w3 = _mm_shuffle_epi8(_mm_loadu_si128(in + 3), swap);
		__m128i abef_before = abef, cdgh_before = cdgh;

		SIXTEEN_ROUNDS(0);
		SCHEDULE_SIXTEEN();
		SIXTEEN_ROUNDS(16);
		SCHEDULE_SIXTEEN();
		SIXTEEN_ROUNDS(32);
		SCHEDULE_SIXTEEN();
		SIXTEEN_ROUNDS(48);
		abef = _mm_add_epi32(abef, abef_before);
		cdgh = _mm_add_epi32(cdgh, cdgh_before);
	}

	__m128i feba = _mm_shuffle_epi32(abef, 0x1b);
	__m128i dchg = _mm_shuffle_epi32(cdgh, 0xb1);

	_mm_storeu_si128(stored, _mm_blend_epi16(feba, dchg, 0xf0));
	_mm_storeu_si128(stored + 1, _mm_alignr_epi8(dchg, feba, 8));
}
