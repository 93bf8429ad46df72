/* SPDX-License-Identifier: BSD-3-Clause */
/* The symbol table that the second link embeds (scripts/ksyms.awk): functions by offset from __image_start, rising. */
#include <debug/crash.h>

extern const u32 hv_ksyms_count;
extern const u32 hv_ksyms_off[];
extern const u32 hv_ksyms_name[];
extern const char hv_ksyms_names[];

const char *symbol_lookup(u64 pc, u64 *offset)
{
	u32 lo = 0, hi = hv_ksyms_count;

	/* First entry beyond pc. */
	while (lo < hi) {
		u32 mid = lo + (hi - lo) / 2;

		if (hv_ksyms_off[mid] <= pc)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == 0)
		return NULL;
	*offset = pc - hv_ksyms_off[lo - 1];
	return &hv_ksyms_names[hv_ksyms_name[lo - 1]];
}
