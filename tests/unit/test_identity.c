/* SPDX-License-Identifier: GPL-2.0-only */
#include <string.h>

#include "identity.h"
#include "test.h"

static struct err e;

static const struct cpu now = {
	.vendor = { 0x756e6547, 0x49656e69, 0x6c65746e },
	.signature = 0x806ec,
	.features = { 0x7, 0x6, 0x5, 0x4, 0x3, 0x2, 0x1 },
};

static struct record then(void)
{
	struct record r = { .cpu_signature = now.signature };

	memcpy(r.cpu_vendor, now.vendor, sizeof(r.cpu_vendor));
	memcpy(r.cpu_features, now.features, sizeof(r.cpu_features));
	return r;
}

TEST(all_that_was_there)
{
	static const char *const words[] = {
		"1.ecx", "1.edx", "7.ebx", "7.ecx", "7.edx", "80000001.ecx", "80000001.edx",
	};
	struct record r = then();
	char pattern[128];

	CHECK(identity_check_cpu(&r, &now, &e));
	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		r.cpu_features[i] |= 0x80000100;
		snprintf(pattern, sizeof(pattern),
			 "this CPU lacks features of the one it was saved on (CPUID %s: "
			 "0x80000100)",
			 words[i]);
		CHECK_FAILS(identity_check_cpu(&r, &now, &e), &e, pattern);
		r.cpu_features[i] = now.features[i];
	}
}

TEST(more_does_no_harm)
{
	struct record r = then();

	for (unsigned i = 0; i < 7; i++) {
		r.cpu_features[i] &= r.cpu_features[i] - 1;
		CHECK(identity_check_cpu(&r, &now, &e));
	}
	memset(r.cpu_features, 0, sizeof(r.cpu_features));
	CHECK(identity_check_cpu(&r, &now, &e));
}

TEST(another_kind)
{
	struct record r = then();

	r.cpu_vendor[2]++;
	CHECK_FAILS(identity_check_cpu(&r, &now, &e), &e,
		    "saved on a CPU of another vendor (this one is of GenuineIntel)");
	r = then();
	r.cpu_signature++;
	CHECK_FAILS(identity_check_cpu(&r, &now, &e), &e,
		    "saved on another CPU model (CPUID signature 0x806ed, here 0x806ec)");
}

/* What is compared is what was recorded: the bits that a boot decides are in neither. */
TEST(this_cpu_has_its_own_features)
{
	struct cpu here = { 0 }, again = { 0 };
	struct record r = { 0 };

	cpu_identify(&here);
	cpu_identify(&again);
	memcpy(r.cpu_vendor, here.vendor, sizeof(r.cpu_vendor));
	memcpy(r.cpu_features, here.features, sizeof(r.cpu_features));
	r.cpu_signature = here.signature;
	CHECK(here.signature && here.features[1]);
	CHECK(!(here.features[0] & 1u << 27)); /* OSXSAVE */
	CHECK(identity_check_cpu(&r, &again, &e));
}

TEST_MAIN
