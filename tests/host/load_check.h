/* SPDX-License-Identifier: BSD-3-Clause */
/* What the loader tests check alike: result of a load, contents of guest memory. */
#ifndef TESTS_LOAD_CHECK_H
#define TESTS_LOAD_CHECK_H

#include "load_env.h"

#define RAM UINT64_C(0x40000000)
#define IMAGE_BYTES (MIB(5) + 12345)
#define IMAGE_MEM (MIB(5) + 0x10000)

static struct vm_entry entry;
static struct vm_config_err err;

static __unused void load_ok(void)
{
	if (env_load(&entry, &err))
		fail_msg("%s", err.text);
}

static __unused void load_fails(int code, const char *want)
{
	int ret = env_load(&entry, &err);

	if (ret != code || !strstr(err.text, want))
		fail_msg("got %d '%s', want %d '%s'", ret, err.text, code, want);
}

static __unused bool is_zero(ipa_t from, ipa_t to)
{
	const u8 *p = env_mem(from, to - from);

	for (u64 i = 0; i < to - from; i++) {
		if (p[i])
			return false;
	}
	return true;
}

static __unused void check_linux(const u8 *image, ipa_t at)
{
	ipa_t fdt = ALIGN_UP(at + IMAGE_MEM, MIB(2));

	assert_true(entry.pc == at);
	assert_true(entry.x0 == fdt);
	assert_memory_equal(env_mem(at, IMAGE_BYTES), image, IMAGE_BYTES);
	assert_true(is_zero(at + IMAGE_BYTES, fdt));
	assert_int_equal(fdt_check_header(env_mem(fdt, 1024)), 0);
}

#endif
