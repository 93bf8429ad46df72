/* SPDX-License-Identifier: BSD-3-Clause */
/* Compiler attributes and build-time checks. */
#ifndef LIB_COMPILER_H
#define LIB_COMPILER_H

#define __must_check __attribute__((warn_unused_result))
#define __packed __attribute__((packed))
#define __aligned(n) __attribute__((aligned(n)))
#define __noreturn __attribute__((noreturn))
#define __unused __attribute__((unused))
#define __section(s) __attribute__((section(s)))
#define __printf(f, a) __attribute__((format(printf, f, a)))
#define __noinline __attribute__((noinline))
#define __no_stack_protector __attribute__((no_stack_protector))
#define fallthrough __attribute__((fallthrough))

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define static_assert _Static_assert

#define READ_ONCE(x) (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile __typeof__(x) *)&(x) = (v))

/* IS_ENABLED(CONFIG_X) - 1 when a boolean option is set, else 0: a constant, also where it is not defined. */
#define IS_ENABLED_PAIR_1 0,
#define IS_ENABLED_SECOND(ignored, v, ...) v
#define IS_ENABLED_PICK(pair) IS_ENABLED_SECOND(pair 1, 0)
#define IS_ENABLED_GLUE(v) IS_ENABLED_PICK(IS_ENABLED_PAIR_##v)
#define IS_ENABLED(option) IS_ENABLED_GLUE(option)

#endif
