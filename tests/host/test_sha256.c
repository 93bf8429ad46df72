/* SPDX-License-Identifier: BSD-3-Clause */
/* SOURCES: hypervisor/lib/sha256.c */
/* FIPS 180-4 examples, and the same text in pieces. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <lib/sha256.h>

static void check(const char *want, const void *data, size_t len)
{
	struct sha256 s;
	u8 out[SHA256_SIZE];
	char hex[2 * SHA256_SIZE + 1];
	u32 i;

	sha256_init(&s);
	sha256_update(&s, data, len);
	sha256_final(&s, out);
	for (i = 0; i < SHA256_SIZE; i++)
		sprintf(hex + 2 * i, "%02x", out[i]);
	assert_string_equal(hex, want);
}

static void test_vectors(void **state)
{
	const char *two = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
	char *million = malloc(1000000);

	(void)state;
	check("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "", 0);
	check("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", "abc", 3);
	check("248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1", two, strlen(two));
	memset(million, 'a', 1000000);
	check("cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0", million, 1000000);
	free(million);
}

static void test_pieces(void **state)
{
	u8 data[300], one[SHA256_SIZE], many[SHA256_SIZE];
	u32 len, i;

	(void)state;
	for (i = 0; i < sizeof(data); i++)
		data[i] = (u8)(i * 7);
	for (len = 0; len <= sizeof(data); len++) {
		struct sha256 s;

		sha256_init(&s);
		sha256_update(&s, data, len);
		sha256_final(&s, one);
		sha256_init(&s);
		for (i = 0; i < len;) {
			u32 n = (u32)rand() % 80;

			n = n > len - i ? len - i : n;
			sha256_update(&s, data + i, n);
			i += n;
		}
		sha256_final(&s, many);
		assert_memory_equal(one, many, SHA256_SIZE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_pieces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
