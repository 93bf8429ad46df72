/* SPDX-License-Identifier: BSD-3-Clause */
/* The other side of doorbell.c: sleeps until it is rung, does what the shared memory says, rings back. */
#include <doorbell.h>
#include <test.h>

const bool want_mmu = true;

static void wait_ring(void)
{
	u32 intid;

	/* Masked: WFI ends when the interrupt is pending. */
	while ((intid = gic_ack()) != BELL_INTID)
		wfi();
	bell_write(BELL_ACK, bell_read(BELL_PENDING));
	gic_eoi(intid);
	dsb();
}

static void serve(void)
{
	gic_init();
	gic_edge(BELL_INTID, false);
	gic_enable(BELL_INTID);
	EXPECT_EQ(bell_read(BELL_SELF), 1);
	*(volatile u32 *)LOG = LOG_WORD;
	chan->boots++;
	for (;;) {
		wait_ring();
		switch (chan->command) {
		case CMD_ECHO:
			chan->answer = chan->question + 1;
			break;
		case CMD_RESET:
			hvc_call(PSCI_SYSTEM_RESET, 0, 0, 0);
			break;
		default:
			return;
		}
		bell_ring(0);
	}
}

const struct test tests[] = {
	TEST_HV(serve),
	{ NULL, NULL, false },
};
