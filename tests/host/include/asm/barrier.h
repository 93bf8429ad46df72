/* SPDX-License-Identifier: BSD-3-Clause */
/* Host tests run on one thread: barriers keep their compiler half. A test may define what happens while waiting. */
#ifndef ASM_BARRIER_H
#define ASM_BARRIER_H

void mock_relax(void) __attribute__((weak));
void mock_wfi(void) __attribute__((weak));

#define isb() __asm__ volatile("" ::: "memory")
#define dsb(opt) __asm__ volatile("" ::: "memory")
#define dmb(opt) __asm__ volatile("" ::: "memory")
#define cpu_relax() (mock_relax ? mock_relax() : (void)0)
#define wfi() (mock_wfi ? mock_wfi() : (void)0)
#define wfe() __asm__ volatile("" ::: "memory")
#define sev() __asm__ volatile("" ::: "memory")

#endif
