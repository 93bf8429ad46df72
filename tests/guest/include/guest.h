/* SPDX-License-Identifier: BSD-3-Clause */
/* What every bare-metal test guest uses: types, registers, console, exceptions, MMU, firmware calls. */
#ifndef GUEST_H
#define GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;
typedef int64_t s64;

#define BIT(n) (UINT64_C(1) << (n))
#define FIELD(v, h, l) (((u64)(v) >> (l)) & (~UINT64_C(0) >> (63 - ((h) - (l)))))
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define KIB(n) ((u64)(n) << 10)
#define MIB(n) ((u64)(n) << 20)
#define GIB(n) ((u64)(n) << 30)

#ifndef UART_BASE
#define UART_BASE UINT64_C(0x09000000)
#endif
#define UART_DR 0x00U
#define UART_FR 0x18U
#define UART_IMSC 0x38U
#define UART_RIS 0x3cU
#define UART_ICR 0x44U
#define UART_INT_TX 0x20U
#define UART_INTID 33U

#define sysreg_read(r)                                                                                                 \
	({                                                                                                             \
		u64 v_;                                                                                                \
		__asm__ volatile("mrs %0, " #r : "=r"(v_)::"memory");                                                  \
		v_;                                                                                                    \
	})
#define sysreg_write(r, v) __asm__ volatile("msr " #r ", %x0" ::"rZ"((u64)(v)) : "memory")
#define isb() __asm__ volatile("isb" ::: "memory")
#define dsb() __asm__ volatile("dsb sy" ::: "memory")
#define wfi() __asm__ volatile("dsb sy\n\twfi" ::: "memory")
/* In loops that wait for another CPU: a core that shares its pipeline, or an emulator, runs something else. */
#define cpu_relax() __asm__ volatile("yield" ::: "memory")
#define irq_unmask() __asm__ volatile("msr daifclr, #3\n\tisb" ::: "memory")
#define irq_mask() __asm__ volatile("msr daifset, #3\n\tisb" ::: "memory")

/* Device accesses: single instructions whose syndrome describes them. */
#define MMIO(bits, type, ld, st)                                                                                       \
	static inline type mmio_read##bits(u64 a)                                                                      \
	{                                                                                                              \
		u64 v;                                                                                                 \
		__asm__ volatile(ld ", [%1]" : "=r"(v) : "r"(a) : "memory");                                           \
		return (type)v;                                                                                        \
	}                                                                                                              \
	static inline void mmio_write##bits(u64 a, type v)                                                             \
	{                                                                                                              \
		__asm__ volatile(st ", [%1]" ::"r"((u64)v), "r"(a) : "memory");                                        \
	}
MMIO(8, u8, "ldrb %w0", "strb %w0")
MMIO(16, u16, "ldrh %w0", "strh %w0")
MMIO(32, u32, "ldr %w0", "str %w0")
MMIO(64, u64, "ldr %0", "str %0")

/* Console
 * ---------------------------------------------------------------------------------------------------------------- */
void uart_init(void);
void uart_putc(char c);
int uart_getc(void); /* waits */
/* %s %c %d %u %x with field width, 0 and l. */
void print(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Entry state, stored by start.S before anything was touched
 * ------------------------------------------------------------- */
struct entry_state {
	u64 x[31];
	u64 currentel, daif, sctlr, spsel, cpacr, vbar, cntv_ctl, cntp_ctl, fpcr, fpsr;
	u64 q[32][2];
	u64 cntpct;
};
extern struct entry_state entry_state;
extern char image_start[], image_end[];

/* Exceptions
 * ------------------------------------------------------------------------------------------------------------- */
struct exc {
	u32 count;
	u64 esr, far, elr;
};

#define EC(esr) FIELD(esr, 31, 26)
#define FSC(esr) FIELD(esr, 5, 0)
#define EC_UNKNOWN 0x00U
#define EC_IABT_CUR 0x21U
#define EC_DABT_CUR 0x25U
#define FSC_EXTERNAL 0x10U

/*
 * exc_arm() - from here on synchronous exceptions are recorded and their instruction is skipped (an instruction abort
 * returns to the link register instead). exc_take() - stop that and say what happened; SErrors are waited for too.
 */
void exc_arm(void);
struct exc exc_take(void);
#define TRY(...)                                                                                                       \
	({                                                                                                             \
		exc_arm();                                                                                             \
		__VA_ARGS__;                                                                                           \
		exc_take();                                                                                            \
	})

/* Called with the interrupt masked, for IRQ and FIQ; the handler acknowledges. NULL = an interrupt is a failure. */
extern void (*volatile irq_handler)(void);
extern void (*volatile fiq_handler)(void);

/* MMU and caches
 * --------------------------------------------------------------------------------------------------------- */
#define PA_OF_UNMAPPED GIB(6) /* stage 1 maps it as Normal memory, nothing is behind it in guests below 4 GiB */
/* Identity map: 0-1 GiB Device, 1-8 GiB Normal and executable, up to 512 GiB Device. */
void mmu_on(void);
/* sync_code() - make freshly written instructions fetchable. */
void sync_code(const void *start, u64 size);

/* Device tree
 * ------------------------------------------------------------------------------------------------------------ */
void fdt_init(u64 dtb);
u64 fdt_size(void); /* totalsize, 0 when there is none */
/* fdt_find() - property @prop of the first node whose name up to '@' is @node; NULL when absent. */
const void *fdt_find(const char *node, const char *prop, u32 *len);
/* fdt_compatible() - property @prop of the first node that is compatible with @compat; NULL when absent. */
const void *fdt_compatible(const char *compat, const char *prop, u32 *len);
/* fdt_cell64() - 64-bit number at byte @at of a property. */
u64 fdt_cell64(const void *prop, u32 at);
/* fdt_cpus() - MPIDR affinities of the nodes cpu@..., at most @max. Return: how many. */
u32 fdt_cpus(u64 *mpidr, u32 max);
/* bootarg() - is the word @w in /chosen bootargs? */
bool bootarg(const char *w);
/* bootarg_num() - value of the word "@key=<decimal>" in /chosen bootargs, or @missing. */
u64 bootarg_num(const char *key, u64 missing);
/* ram_range() - first /memory entry. */
void ram_range(u64 *base, u64 *size);

/* Firmware
 * --------------------------------------------------------------------------------------------------------------- */
struct smccc {
	u64 x[31];
};
/* x0-x28 from @s, HVC/SMC #0, x0-x28 back into @s. */
void smccc_hvc(struct smccc *s);
void smccc_smc(struct smccc *s);
/* hvc_call()/smc_call() - short forms, result in x0. */
u64 hvc_call(u64 fn, u64 a1, u64 a2, u64 a3);
u64 smc_call(u64 fn, u64 a1, u64 a2, u64 a3);

#define PSCI_VERSION 0x84000000U
#define PSCI_CPU_SUSPEND 0xc4000001U
#define PSCI_CPU_OFF 0x84000002U
#define PSCI_CPU_ON 0xc4000003U
#define PSCI_AFFINITY_INFO 0xc4000004U
#define PSCI_MIGRATE_INFO_TYPE 0x84000006U
#define PSCI_SYSTEM_OFF 0x84000008U
#define PSCI_SYSTEM_RESET 0x84000009U
#define PSCI_FEATURES 0x8400000aU
#define SMCCC_VERSION 0x80000000U
#define SMCCC_ARCH_FEATURES 0x80000001U
/* Results are 32-bit for SMC32 functions; compare the low word only. */
#define RES32(v) ((s32)(u32)(v))

/* Time
 * -------------------------------------------------------------------------------------------------------------------
 */
static inline u64 now(void)
{
	isb();
	return sysreg_read(cntvct_el0);
}
static inline u64 ticks_ms(u64 ms)
{
	return sysreg_read(cntfrq_el0) * ms / 1000;
}

#endif
