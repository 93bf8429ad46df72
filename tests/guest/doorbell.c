/* SPDX-License-Identifier: BSD-3-Clause */
/* Shared memory and doorbells between two VMs. The other one is bellpeer.c. */
#include <doorbell.h>
#include <test.h>

#define ROUNDS 500U
#define FLOOD 20000U
#define PEER 1U
#define NOBODY 2U
#define RET 0xd65f03c0U
#define MARK 0x5aa5c33cU

const bool want_mmu = true;

static bool wait_present(bool on)
{
	for (u64 end = now() + ticks_ms(20000); now() < end;)
		if (!!(bell_read(BELL_PRESENT) & BIT(PEER)) == on)
			return true;
	return false;
}

/* The peer is there once it has counted its boot; VMs start in any order. */
static bool wait_boots(u32 n)
{
	for (u64 end = now() + ticks_ms(20000); now() < end;)
		if (chan->boots == n)
			return true;
	return false;
}

/* An echo by interrupt. Return: the answer, 0 when none came. */
static u32 ask(u32 question)
{
	u32 intid;

	chan->command = CMD_ECHO;
	chan->question = question;
	bell_ring(PEER);
	intid = gic_wait();
	if (intid != BELL_INTID)
		return 0;
	bell_write(BELL_ACK, 1U << PEER);
	gic_eoi(intid);
	dsb();
	return chan->answer;
}

static void registers(void)
{
	EXPECT_EQ(bell_read(BELL_ID), 0x42445a48);
	EXPECT_EQ(bell_read(BELL_VERSION), 1);
	EXPECT_EQ(bell_read(BELL_PEERS), 2);
	EXPECT_EQ(bell_read(BELL_SELF), 0);
	EXPECT_EQ(mmio_read8(BELL), 0);
	EXPECT_EQ(mmio_read64(BELL), 0);
	EXPECT_EQ(bell_read(0xffc), 0);
	bell_write(0xffc, 1);
}

static void rings(void)
{
	gic_init();
	gic_edge(BELL_INTID, false);
	gic_enable(BELL_INTID);
	EXPECT(wait_boots(1));
	EXPECT(wait_present(true));
	for (u32 i = 1; i <= ROUNDS; i++)
		EXPECT_EQ(ask(i * 3), i * 3 + 1);
	EXPECT_EQ(bell_read(BELL_PENDING), 0);
	EXPECT_EQ(bell_read(BELL_DROPPED), 0);
}

/* The line is level: it stays up until ACK, and MASK takes it down. */
static void level(void)
{
	chan->command = CMD_ECHO;
	bell_ring(PEER);
	for (u64 end = now() + ticks_ms(20000); now() < end && !bell_read(BELL_PENDING);)
		;
	EXPECT(gic_is_pending(BELL_INTID));
	bell_write(BELL_MASK, 1U << PEER);
	EXPECT(!gic_is_pending(BELL_INTID));
	bell_write(BELL_MASK, 0);
	EXPECT(gic_is_pending(BELL_INTID));
	bell_write(BELL_ACK, 1U << PEER);
	EXPECT(!gic_is_pending(BELL_INTID));
}

static void nobody(void)
{
	u32 before = bell_read(BELL_DROPPED);

	bell_ring(NOBODY);
	bell_ring(0xffffffff);
	EXPECT_EQ(bell_read(BELL_DROPPED) - before, 2);
}

/* However often: the peer goes on answering. */
static void flood(void)
{
	u32 intid;

	chan->command = CMD_ECHO;
	for (u32 i = 0; i < FLOOD; i++)
		bell_write(BELL_RING, PEER);
	intid = gic_wait();
	EXPECT_EQ(intid, BELL_INTID);
	gic_eoi(intid);
	/* Its answers to the last rings come in within this time. */
	for (u64 end = now() + ticks_ms(200); now() < end;)
		bell_write(BELL_ACK, 1U << PEER);
	EXPECT_EQ(ask(77), 78);
}

static void memory(void)
{
	struct exc e;

	EXPECT_EQ(*(volatile u32 *)(CHAN + CHAN_SIZE - 4), 0);
	e = TRY((void)*(volatile u32 *)(CHAN + CHAN_SIZE));
	EXPECT_EQ(EC(e.esr), EC_DABT_CUR);
	/* Read-only here, written by the peer. */
	EXPECT_EQ(*(volatile u32 *)LOG, LOG_WORD);
	e = TRY(*(volatile u32 *)LOG = 0);
	EXPECT_EQ(EC(e.esr), EC_DABT_CUR);
	EXPECT_EQ(*(volatile u32 *)LOG, LOG_WORD);
	/* Never executable. */
	*(volatile u32 *)(CHAN + 0x1000) = RET;
	sync_code((const void *)(CHAN + 0x1000), 4);
	e = TRY(((void (*)(void))(CHAN + 0x1000))());
	EXPECT_EQ(EC(e.esr), EC_IABT_CUR);
}

/* The memory outlives the peer's reset, in which it does not hear. */
static void peer_resets(void)
{
	u32 before = bell_read(BELL_DROPPED);

	chan->kept = MARK;
	chan->command = CMD_RESET;
	bell_ring(PEER);
	EXPECT(wait_present(false));
	bell_ring(PEER);
	EXPECT_EQ(bell_read(BELL_DROPPED) - before, 1);
	EXPECT(wait_present(true));
	EXPECT(wait_boots(2));
	EXPECT_EQ(chan->kept, MARK);
	EXPECT_EQ(ask(5), 6);
}

static void quit(void)
{
	chan->command = CMD_QUIT;
	bell_ring(PEER);
	EXPECT(wait_present(false));
}

const struct test tests[] = {
	TEST_HV(registers), TEST_HV(rings),       TEST_HV(level), TEST_HV(nobody),       TEST_HV(flood),
	TEST_HV(memory),    TEST_HV(peer_resets), TEST_HV(quit),  { NULL, NULL, false },
};
