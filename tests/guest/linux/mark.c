/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A Linux program without libc: "mark NAME COMMAND [ARG...]" runs a command between two instructions that a QEMU plugin
 * (tools/bench/plugin/cpus.c) looks for, and prints "BENCH_ROW NAME STATUS". As /init it has such an instruction first
 * of all, and becomes the shell that runs /rows.
 */
#include <stddef.h>

/* An instruction that does nothing, at an address with a name. */
#define MARK(name) __asm__ volatile(".globl " name "\n" name ":\tnop" ::: "memory")

/* include/uapi/asm-generic/unistd.h, ioctls.h */
#define SYS_IOCTL 29
#define SYS_WRITE 64
#define SYS_EXIT 93
#define SYS_CLONE 220
#define SYS_EXECVE 221
#define SYS_WAIT4 260
#define TCSBRK 0x5409
#define SIGCHLD 17

#define STDOUT 1
#define EXIT_NOT_FOUND 127

__attribute__((noreturn, used)) void start(char **stack);

/* The kernel leaves argc, argv, NULL, envp, NULL on the stack. */
__asm__(".globl _start\n"
	"_start:\n"
	"	mov	x0, sp\n"
	"	b	start\n");

static long syscall(long nr, long a, long b, long c, long d)
{
	register long x8 __asm__("x8") = nr;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = 0;

	__asm__ volatile("svc #0" : "+r"(x0) : "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x8) : "memory");
	return x0;
}

__attribute__((noreturn)) static void leave(int status)
{
	for (;;)
		syscall(SYS_EXIT, status, 0, 0, 0);
}

static size_t length(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}

static void print(const char *s)
{
	syscall(SYS_WRITE, STDOUT, (long)s, (long)length(s), 0);
}

__attribute__((noreturn)) static void execute(const char *file, char **argv, char **envp)
{
	syscall(SYS_EXECVE, (long)file, (long)argv, (long)envp, 0);
	print("mark: cannot execute ");
	print(file);
	print("\n");
	leave(EXIT_NOT_FOUND);
}

__attribute__((noreturn)) static void first_process(char **envp)
{
	static char shell[] = "sh", rows[] = "/rows";
	static char *argv[] = { shell, rows, NULL };

	MARK("mark_init");
	execute("/bin/busybox", argv, envp);
}

/* How a process ended, as wait4() says: an exit status or a signal's number. */
static void print_status(int status)
{
	int n = (status >> 8 & 0xff) + (status & 0x7f);
	char digits[] = { (char)('0' + n / 100), (char)('0' + n / 10 % 10), (char)('0' + n % 10), '\0' };

	print(digits);
}

void start(char **stack)
{
	long argc = (long)stack[0];
	char **argv = stack + 1, **envp = argv + argc + 1;
	int status = 0;
	long child;

	if (argc < 3)
		first_process(envp);
	/* What others have printed is out before the row begins. */
	syscall(SYS_IOCTL, STDOUT, TCSBRK, 1, 0);
	MARK("mark_begin");
	child = syscall(SYS_CLONE, SIGCHLD, 0, 0, 0);
	if (child == 0)
		execute(argv[2], argv + 2, envp);
	if (child > 0)
		syscall(SYS_WAIT4, child, (long)&status, 0, 0);
	MARK("mark_end");
	print("BENCH_ROW ");
	print(argv[1]);
	print(" ");
	print_status(child > 0 ? status : EXIT_NOT_FOUND << 8);
	print("\n");
	leave(0);
}
