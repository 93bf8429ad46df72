/* SPDX-License-Identifier: BSD-3-Clause */
#include <smp.h>
#include <test.h>

void guest_main(u64 dtb);

static const char *current;
static bool failed;

void test_fail(u32 line, const char *what, u64 got, u64 want)
{
	print("TEST %s: FAIL line %u: %s is 0x%lx, not 0x%lx\n", current, line, what, got, want);
	failed = true;
}

u64 hvc_call(u64 fn, u64 a1, u64 a2, u64 a3)
{
	struct smccc s = { .x = { fn, a1, a2, a3 } };

	smccc_hvc(&s);
	return s.x[0];
}

u64 smc_call(u64 fn, u64 a1, u64 a2, u64 a3)
{
	struct smccc s = { .x = { fn, a1, a2, a3 } };

	smccc_smc(&s);
	return s.x[0];
}

/* gcc may call these two, whatever the flags are. */
void *memset(void *dst, int c, size_t n);
void *memset(void *dst, int c, size_t n)
{
	volatile u8 *d = dst;

	while (n-- > 0)
		*d++ = (u8)c;
	return dst;
}

void *memcpy(void *dst, const void *src, size_t n);
void *memcpy(void *dst, const void *src, size_t n)
{
	volatile u8 *d = dst;
	const u8 *s = src;

	while (n-- > 0)
		*d++ = *s++;
	return dst;
}

void guest_main(u64 dtb)
{
	u32 passed = 0, bad = 0;
	bool plain;

	(void)dtb;
	uart_init();
	fdt_init(entry_state.x[0]);
	(void)smp_cpus();
	plain = bootarg("plain");
	if (want_mmu)
		mmu_on();
	for (const struct test *t = tests; t->fn != NULL; t++) {
		current = t->name;
		failed = false;
		if (t->hv_only && plain) {
			print("TEST %s: skip\n", t->name);
			continue;
		}
		t->fn();
		serve_abandon();
		irq_mask();
		irq_handler = NULL;
		fiq_handler = NULL;
		if (failed) {
			bad++;
		} else {
			passed++;
			print("TEST %s: ok\n", t->name);
		}
	}
	print("DONE %u passed, %u failed\n", passed, bad);
	hvc_call(PSCI_SYSTEM_OFF, 0, 0, 0);
	for (;;)
		wfi();
}
