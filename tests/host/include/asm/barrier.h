/* SPDX-License-Identifier: BSD-3-Clause */
/* Host tests run on one thread: barriers keep only their compiler half. */
#ifndef ASM_BARRIER_H
#define ASM_BARRIER_H

#define isb() __asm__ volatile("" ::: "memory")
#define dsb(opt) __asm__ volatile("" ::: "memory")
#define dmb(opt) __asm__ volatile("" ::: "memory")
#define cpu_relax() __asm__ volatile("" ::: "memory")
#define wfi() __asm__ volatile("" ::: "memory")
#define wfe() __asm__ volatile("" ::: "memory")
#define sev() __asm__ volatile("" ::: "memory")

#endif
