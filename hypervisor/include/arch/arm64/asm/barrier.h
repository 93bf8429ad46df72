/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ASM_BARRIER_H
#define ASM_BARRIER_H

#define isb() __asm__ volatile("isb" ::: "memory")
#define dsb(opt) __asm__ volatile("dsb " #opt ::: "memory")
#define dmb(opt) __asm__ volatile("dmb " #opt ::: "memory")
#define cpu_relax() __asm__ volatile("yield" ::: "memory")
#define wfi() __asm__ volatile("dsb sy\n\twfi" ::: "memory")
#define wfe() __asm__ volatile("wfe" ::: "memory")
#define sev() __asm__ volatile("dsb ishst\n\tsev" ::: "memory")

#endif
