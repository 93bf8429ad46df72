/* SPDX-License-Identifier: BSD-3-Clause */
#include <asm/rndr.h>
#include <asm/sysreg.h>
#include <lib/bits.h>

#define ISAR0_RNDR GENMASK(63, 60)
/* It may fail for a while after much was read. */
#define TRIES 16U

bool cpu_random(u64 *v)
{
	if (!FIELD_GET(ISAR0_RNDR, read_sysreg(id_aa64isar0_el1)))
		return false;
	for (u32 i = 0; i < TRIES; i++) {
		u64 word;
		u32 ok;

		/* RNDRRS, by encoding: reseeded for this read. Z says that it failed. */
		__asm__ volatile("mrs %0, S3_3_C2_C4_1\n\tcset %w1, ne" : "=r"(word), "=r"(ok)::"cc", "memory");
		if (ok) {
			*v = word;
			return true;
		}
	}
	return false;
}
