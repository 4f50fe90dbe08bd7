/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The saved image of a kernel's memory:
 *
 *	header page	a zstd skippable frame of 4096 bytes that holds struct image_header
 *	zstd frames	independent, with content size and checksum; decompressed they are an
 *			ELF64 core; the first one holds its headers and notes
 *	digest table	a skippable frame with the XXH64 of each of these frames, as stored
 *	seek table	of zstd's seekable format, a skippable frame; its first entry is the header
 *			page, its last one the digest table, both of 0 bytes decompressed
 *
 * so that "zstd -d" turns an image on a file, or one cut from a device, into a core. All fields are
 * little-endian. Facts: zstd_compression_format.md, contrib/seekable_format (zstd's own sources).
 *
 * In an encrypted image (IMAGE_VERSION_ENCRYPTED) each zstd frame is inside a skippable frame,
 * struct sealed_frame, so that zstd skips it, and the jump record is encrypted, too.
 */
#ifndef IMAGE_HEADER_H
#define IMAGE_HEADER_H

#include <stddef.h>
#include <stdint.h>

#include "jump_record.h"

#define IMAGE_HEADER_SIZE     4096
#define IMAGE_SKIPPABLE_MAGIC 0x184d2a50u
#define IMAGE_MAGIC	      "kexec-jump img." /* 16 bytes with its NUL */
#define IMAGE_VERSION	      1
/* What programs that know nothing of it refuse. */
#define IMAGE_VERSION_ENCRYPTED 2

#define IMAGE_FRAME_SIZE (1u << 20) /* bytes of core in each frame but the first and last */
#define IMAGE_FRAME_MAX	 (4u << 20) /* of the first one: ELF headers and notes */

/* Keys are for one image, so what is different in each frame of it is a nonce: its place. */
#define SEALED_FRAME_MAGIC 0x184d2a51u
#define SEALED_FRAME_LAST  (1u << 31)
#define SEAL_TAG_SIZE	   16

struct sealed_frame {
	uint32_t magic; /* SEALED_FRAME_MAGIC */
	uint32_t size;	/* of all that follows */
	/* Bytes of core in it, and SEALED_FRAME_LAST when the core ends with it. */
	uint32_t content;
	/* Then the encrypted zstd frame, and SEAL_TAG_SIZE bytes that authenticate it. */
};

/* What the tag of a frame depends on besides its bytes. */
struct sealed_frame_with {
	uint8_t id[16]; /* of the image */
	uint32_t version, cipher;
	uint64_t offset; /* of its content in the core */
	uint32_t content;
	uint32_t reserved;
};

#define DIGEST_TABLE_FRAME_MAGIC \
	0x184d2a5du /* the skippable frame that holds the digests, u64 each */

#define SEEK_TABLE_FRAME_MAGIC 0x184d2a5eu /* the skippable frame that holds the table */
#define SEEK_TABLE_MAGIC       0x8f92eab1u /* its last word */
#define SEEK_TABLE_FOOTER_SIZE 9	   /* frames u32, descriptor u8, SEEK_TABLE_MAGIC u32 */

/* A state follows the one before it: empty -> writing -> valid -> consumed */
enum image_state {
	IMAGE_EMPTY = 0x54504d45,   /* prepared by setup, or discarded */
	IMAGE_WRITING = 0x54495257, /* a save began and did not end */
	IMAGE_VALID = 0x44494c56,
	IMAGE_CONSUMED = 0x4d534e43, /* a restore has begun to enter it, or has */
	IMAGE_STREAM = 0x4d525453,   /* written to a pipe: valid when it is complete */
};

enum image_flags {
	IMAGE_FREE_LEFT_OUT = 1 << 0, /* pages that were free in A are not in the image */
	IMAGE_FOR_ANALYSIS = 1 << 1,  /* lent pages are at their own addresses: not to be resumed */
	IMAGE_HAS_PAGES = 1 << 2,     /* the frames end with what struct image_pages tells of */
};

#define IMAGE_FLAGS (IMAGE_FREE_LEFT_OUT | IMAGE_FOR_ANALYSIS | IMAGE_HAS_PAGES)

#define IMAGE_PAGES_MAGIC "kexec-jump pgs." /* 16 bytes with its NUL */

/*
 * What ends the content of all frames of an image with IMAGE_HAS_PAGES, which is for analysis:
 *
 *	headers of the core, as in every image
 *	the pages of its body, in the order of the core; of an image with a base only its own
 *	u64 digest[pages]	XXH64 of each page of the body, in the same order
 *	u64 own[]		only with a base: a bit for each page, the first one is bit 0
 *	struct image_pages
 *
 * A page that is not its own is the base's at the same physical address.
 */
struct image_pages {
	char magic[16]; /* IMAGE_PAGES_MAGIC */
	uint64_t headers_size;
	uint64_t pages; /* of the body */
	uint64_t own;	/* of them that are here */
	uint64_t seed;	/* of the digests: that of the base, random in an image without */
	uint8_t base_id[16];
	uint8_t base_tables[32]; /* image_header.tables of the base */
	char base_name[128];	 /* of its file, in the folder of this one; empty: no base */
};

enum image_cipher {
	IMAGE_AES_256_GCM = 1,
	IMAGE_XCHACHA20_POLY1305 = 2,
};

/*
 * Zeros in an image that is not encrypted. The tag authenticates the whole page with the fields
 * zero that whoever marks an image may change: state, resume_attempts and digest, and with record
 * and tag zero, which it covers by itself.
 */
struct image_seal {
	uint8_t tag[SEAL_TAG_SIZE]; /* of XChaCha20-Poly1305, which the record is encrypted with */
	uint8_t nonce[24];
	uint32_t cipher; /* enum image_cipher: of the frames */
	uint32_t reserved;
	uint8_t recipient[16]; /* by which its key is found: see include/key_file.h */
	uint8_t key[120];      /* the image's key, for the recipient, from the sender */
};

struct image_header {
	uint32_t frame_magic; /* IMAGE_SKIPPABLE_MAGIC */
	uint32_t frame_size;  /* IMAGE_HEADER_SIZE - 8 */
	char magic[16];
	uint32_t version;
	uint32_t state; /* enum image_state */
	uint32_t flags; /* enum image_flags */
	uint32_t resume_attempts;
	uint64_t image_size; /* bytes from this page to the end of the seek table; 0: stream */
	uint64_t core_size;  /* bytes of the ELF core; 0: stream */
	uint64_t kept_pages;
	uint64_t free_pages;  /* left out */
	uint64_t created;     /* seconds since 1970, of the saving kernel's clock */
	uint32_t frame_count; /* of the core's frames; 0: stream */
	uint32_t reserved;
	uint8_t id[16];	    /* random: tells one image from another */
	uint8_t tables[32]; /* SHA-256 of digest and seek table, their frames; zero: stream */
	struct jump_record record;
	struct image_seal seal;
	uint8_t padding[IMAGE_HEADER_SIZE - 768];
	uint8_t digest[32]; /* SHA-256 of the page with this field zero */
};

_Static_assert(offsetof(struct image_header, image_size) == 40, "image_header.image_size");
_Static_assert(offsetof(struct image_header, id) == 88, "image_header.id");
_Static_assert(offsetof(struct image_header, record) == 136, "image_header.record");
_Static_assert(sizeof(struct image_pages) == 224, "image_pages");
_Static_assert(offsetof(struct image_header, seal) == 552, "image_header.seal");
_Static_assert(sizeof(struct image_seal) == 184, "image_seal");
_Static_assert(sizeof(struct sealed_frame) == 12, "sealed_frame");
_Static_assert(sizeof(struct sealed_frame_with) == 40, "sealed_frame_with");
_Static_assert(sizeof(struct image_header) == IMAGE_HEADER_SIZE, "image_header");

#endif
