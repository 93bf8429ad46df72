/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A payload at EL2 that looks at the RK3588 machine and prints what it sees on UART2, in the form of the test guests. A
 * raw image for 0x00a00000, where the boot chain starts U-Boot. Addresses and values are those of the chip's drivers in
 * TF-A, U-Boot and Linux.
 */
typedef unsigned int u32;
typedef unsigned long u64;

#define UART2 0xfeb50000UL
#define THR 0x00
#define IIR 0x08
#define LCR 0x0c
#define LSR 0x14
#define LSR_TEMT 0x40U
#define USR 0x7c
#define USR_BUSY 1U
#define GICD_CTLR 0xfe600000UL
#define GICD_CTLR_DS (1U << 6)
#define OTP 0xfecc0000UL
#define PMU1GRF_OS_REG(n) (0xfd58a200UL + 4UL * (n))
#define ATAGS 0x1fe000UL
#define ATAG_DDR_MEM 0x54410052U
#define PSCI_CPU_ON 0xc4000003UL
#define NUM_CPUS 8
#define STACK_SIZE 4096

static char stacks[NUM_CPUS][STACK_SIZE] __attribute__((aligned(16)));
static volatile u64 arrived[NUM_CPUS]; /* MIDR_EL1 of those that are there */
static u32 passed, failed;

void probe_main(void);
void probe_secondary(u64 cpu);

/* Entry of the first core at the start of the image; of the others with the top of their stack in x0. */
__asm__(".section .text.start, \"ax\"\n"
	".globl _start\n"
	"_start: adr x0, _end\n"
	"	and x0, x0, #~15\n"
	"	add sp, x0, #4096\n"
	"	bl probe_main\n"
	"1:	wfi\n"
	"	b 1b\n"
	".globl secondary\n"
	"secondary: mov sp, x0\n"
	"	mrs x0, mpidr_el1\n"
	"	ubfx x0, x0, #8, #8\n"
	"	bl probe_secondary\n"
	"2:	wfi\n"
	"	b 2b\n");
extern char secondary[];

static u32 read32(u64 a)
{
	return *(volatile u32 *)a;
}

static void write32(u64 a, u32 v)
{
	*(volatile u32 *)a = v;
}

static void put(const char *s)
{
	for (; *s; s++) {
		while (!(read32(UART2 + LSR) & LSR_TEMT))
			;
		write32(UART2 + THR, (u32)*s);
	}
}

static void put_number(u64 v)
{
	char text[21];
	int i = 20;

	text[i] = 0;
	do {
		text[--i] = (char)('0' + v % 10);
		v /= 10;
	} while (v);
	put(text + i);
}

static void check(const char *name, int ok)
{
	put("TEST ");
	put(name);
	put(ok ? ": ok\r\n" : ": FAIL\r\n");
	passed += ok != 0;
	failed += ok == 0;
}

static void check_registers(void)
{
	u64 el, mpidr, freq;

	__asm__("mrs %0, currentel" : "=r"(el));
	__asm__("mrs %0, mpidr_el1" : "=r"(mpidr));
	__asm__("mrs %0, cntfrq_el0" : "=r"(freq));
	check("at_el2", el == 8);
	check("first_core", (mpidr & 0xff00ffffffUL) == 0);
	check("counter_24_mhz", freq == 24000000);
	put("DS ");
	put_number((read32(GICD_CTLR) & GICD_CTLR_DS) != 0);
	put("\r\n");
}

/* While characters are on the wire: busy, transmitter not empty, LCR keeps its value, busy detect in IIR. */
static void check_uart(void)
{
	u32 lcr = read32(UART2 + LCR), usr, lsr, iir, iir_after, kept;

	for (int i = 0; i < 16; i++)
		write32(UART2 + THR, '.');
	write32(UART2 + LCR, lcr ^ 4);
	kept = read32(UART2 + LCR);
	lsr = read32(UART2 + LSR);
	iir = read32(UART2 + IIR);
	usr = read32(UART2 + USR);
	iir_after = read32(UART2 + IIR);
	while (read32(UART2 + USR) & USR_BUSY)
		;
	write32(UART2 + LCR, lcr ^ 4);
	u32 changed = read32(UART2 + LCR);
	write32(UART2 + LCR, lcr);
	put("\r\n");
	check("uart_busy", (usr & USR_BUSY) && !(lsr & LSR_TEMT));
	check("uart_lcr_lost", kept == lcr && changed == (lcr ^ 4));
	check("uart_busy_detect", (iir & 15) == 7 && (iir_after & 15) != 7);
}

static void check_otp(void)
{
	write32(OTP + 0x04, 0x300U << 16 | 1U << 8);
	write32(OTP + 0x08, 1);
	int done = (read32(OTP + 0x84) & 2) != 0;
	write32(OTP + 0x84, 2);
	check("otp_chip_code", done && read32(OTP + 0x20) == 0x88354b52 && !(read32(OTP + 0x84) & 2));
}

static u64 tag_mib(void)
{
	for (u64 tag = ATAGS; read32(tag) && tag < ATAGS + 0x2000; tag += read32(tag) * 4UL) {
		if (read32(tag + 4) != ATAG_DDR_MEM)
			continue;
		u32 count = read32(tag + 8);
		u64 sum = 0;

		for (u32 i = 0; i < count; i++) {
			u64 at = tag + 16 + 8UL * (count + i);

			sum += (u64)read32(at) | (u64)read32(at + 4) << 32;
		}
		return sum >> 20;
	}
	return 0;
}

/* One pair of OS registers, by the fields that U-Boot's rockchip_sdram_size() reads; LPDDR4 only */
static u64 os_reg_mib(u32 pair)
{
	u32 reg2 = read32(PMU1GRF_OS_REG(pair)), reg3 = read32(PMU1GRF_OS_REG(pair + 1));
	u64 sum = 0;

	for (u32 ch = 0; ch <= (reg2 >> 12 & 1); ch++) {
		u32 c = reg2 >> (ch * 16);
		u32 row = 13 + (c >> 6 & 3) + ((reg3 >> (5 + ch * 2) & 1) << 2);
		u32 shift = row + 9 + (c >> 9 & 3) + 3 - (c >> 8 & 1) + (2U >> (c >> 2 & 3)) - 20;

		sum += (1UL << shift) * (1 + (c >> 11 & 1));
	}
	return sum;
}

static void show_memory(void)
{
	put("DRAM ");
	put_number(tag_mib());
	put(" MiB by the tag, ");
	put_number(os_reg_mib(2) + os_reg_mib(4));
	put(" MiB by OS_REG\r\n");
}

void probe_secondary(u64 cpu)
{
	u64 midr;

	__asm__("mrs %0, midr_el1" : "=r"(midr));
	arrived[cpu] = midr;
}

static long cpu_on(u64 mpidr, u64 entry, u64 context)
{
	register u64 x0 __asm__("x0") = PSCI_CPU_ON;
	register u64 x1 __asm__("x1") = mpidr;
	register u64 x2 __asm__("x2") = entry;
	register u64 x3 __asm__("x3") = context;

	__asm__ volatile("smc #0"
			 : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)::"x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11",
			   "x12", "x13", "x14", "x15", "x16", "x17", "memory");
	return (long)x0;
}

static void check_cpus(void)
{
	int started = 1, right = 1;

	for (u64 i = 1; i < NUM_CPUS; i++) {
		u64 spins = 100000000;

		started &= cpu_on(i << 8, (u64)secondary, (u64)stacks[i] + STACK_SIZE) == 0;
		while (!arrived[i] && --spins)
			;
		right &= (arrived[i] >> 4 & 0xfff) == (i < 4 ? 0xd05U : 0xd0bU);
	}
	check("cpu_on", started);
	check("four_a55_then_four_a76", right);
}

void probe_main(void)
{
	check_registers();
	check_uart();
	check_otp();
	show_memory();
	check_cpus();
	put("DONE ");
	put_number(passed);
	put(" passed, ");
	put_number(failed);
	put(" failed\r\n");
}
