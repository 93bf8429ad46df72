/* SPDX-License-Identifier: BSD-3-Clause */
/* SOURCES: hypervisor/debug/shell_line.c hypervisor/lib/cstring.c */
/* The line editor on a model terminal: what is on the screen is what is in the line, cursor included. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <debug/shell_line.h>

#define LEFT "\x1b[D"
#define RIGHT "\x1b[C"
#define UP "\x1b[A"
#define DOWN "\x1b[B"

static struct shell_line l;
static char screen[4096];
static u32 col, lines, bells;

static void out(const char *s, size_t n)
{
	for (; n; n--, s++) {
		if (*s == '\b') {
			assert_true(col > 0);
			col--;
		} else if (*s == '\n') {
			memset(screen, 0, sizeof(screen));
			col = 0;
			lines++;
		} else if (*s == '\a') {
			bells++;
		} else if (*s == '\x1b') {
			/* Home, clear screen */
			assert_true(n >= 3);
			n -= s[2] == 'H' ? 2 : 3;
			s += s[2] == 'H' ? 2 : 3;
			memset(screen, 0, sizeof(screen));
			col = 0;
		} else {
			assert_true(*s >= ' ' && *s <= '~');
			screen[col++] = *s;
		}
	}
}

static const char *const words[] = { "start", "stop", "status", "vm", "info", NULL };

/* Like the shell's: the answer is there until the next question. */
static const char *candidate(const struct shell_line *line, u32 word, const char *prefix, u32 len, u32 i)
{
	static char found[16];

	(void)line;
	if (word > 1)
		return NULL;
	for (u32 k = 0; words[k]; k++) {
		if (strncmp(words[k], prefix, len) != 0 || i-- > 0)
			continue;
		memset(found, 0, sizeof(found));
		strcpy(found, words[k]);
		return found;
	}
	return NULL;
}

static void check_screen(void)
{
	char want[4096];
	size_t n;

	assert_true(l.len < 128 && l.pos <= l.len);
	n = (size_t)snprintf(want, sizeof(want), "> %.*s", (int)l.len, l.buf);
	assert_memory_equal(screen, want, n);
	for (size_t i = n; screen[i]; i++)
		assert_int_equal(screen[i], ' ');
	assert_int_equal(col, 2 + l.pos);
	for (u32 i = 0; i < l.len; i++)
		assert_true(l.buf[i] >= ' ' && l.buf[i] <= '~');
}

/* Return: lines that were completed. */
static u32 keys_n(const char *s, size_t n)
{
	u32 done = 0;

	for (; n; n--, s++) {
		if (line_key(&l, *s)) {
			assert_int_equal(l.buf[l.len], '\0');
			assert_int_equal(strlen(l.buf), l.len);
			done++;
			line_prompt(&l);
		}
		check_screen();
	}
	return done;
}

/* Type @s and Enter: the line. */
static const char *entered(const char *s)
{
	assert_int_equal(keys_n(s, strlen(s)), 0);
	assert_true(line_key(&l, '\r'));
	line_prompt(&l);
	return l.buf;
}

static int setup(void **s)
{
	(void)s;
	memset(&l, 0, sizeof(l));
	memset(screen, 0, sizeof(screen));
	col = lines = bells = 0;
	l.out = out;
	l.candidate = candidate;
	l.prompt = "> ";
	line_prompt(&l);
	return 0;
}

static void editing(void **s)
{
	static const struct {
		const char *keys, *line;
	} t[] = {
		{ "abc", "abc" },
		{ "", "" },
		{ "abd\bc", "abc" },
		{ "abd\x7f"
		  "c",
		  "abc" },
		{ "\b\x7f", "" },
		{ "ac" LEFT "b", "abc" },
		{ "bc\x01"
		  "a",
		  "abc" },
		{ "bc\x1b[Ha\x1b[Fd", "abcd" },
		{ "bc\x1bOHa\x1bOFd", "abcd" },
		{ "bc\x1b[1~a\x1b[4~d", "abcd" },
		{ "bc\x1b[7~a\x1b[8~d", "abcd" },
		{ "ab\x01\x06x", "axb" },
		{ "ab\x02x", "axb" },
		{ "ab\x01\x05x", "abx" },
		{ LEFT LEFT "a" RIGHT RIGHT "b", "ab" },
		{ "abxc" LEFT LEFT "\x04", "abc" },
		{ "abxc" LEFT LEFT "\x1b[3~", "abc" },
		{ "abc\x04\x1b[3~", "abc" },
		{ "abc" LEFT "\x0b", "ab" },
		{ "abc" LEFT "\x15", "c" },
		{ "one two  \x17", "one " },
		{ "one two\x17\x17\x17", "" },
		{ "one two" LEFT "\x17", "one o" },
		{ "ab\x0c"
		  "c",
		  "abc" },
		{ "ab" LEFT "\x0c"
		  "c",
		  "acb" },
		{ "ab\x03"
		  "c",
		  "c" },
		{ "a\x07\x0e\x10\x11\x1d"
		  "b",
		  "ab" },
		{ "a\xc3\xa4\x80\xff"
		  "b",
		  "ab" },
	};

	(void)s;
	for (u32 i = 0; i < ARRAY_SIZE(t); i++) {
		setup(NULL);
		assert_string_equal(entered(t[i].keys), t[i].line);
	}
}

/* What terminals send for keys that the editor does not know, and keys with Ctrl or Shift. */
static void foreign_keys(void **s)
{
	static const char *const none[] = {
		"\x1b[15~",
		"\x1b[24~",
		"\x1b[5~",
		"\x1b[6~",
		"\x1b[2~",
		"\x1bOP",
		"\x1b[1;5A"
		"\x1b[1;5B",
		"\x1b[Z",
		"\x1b[200~",
		"\x1b[?1;2c",
		"\x1b[99999999999999999999~",
		"\x1b[;~",
		"\x1b[1 q",
		"\x1b"
		"x",
		"\x1b[33~",
		"\x1b[~",
	};

	(void)s;
	for (u32 i = 0; i < ARRAY_SIZE(none); i++) {
		char text[64];

		setup(NULL);
		(void)snprintf(text, sizeof(text),
			       "ab%s"
			       "c",
			       none[i]);
		assert_string_equal(entered(text), "abc");
	}
	setup(NULL);
	assert_string_equal(entered("ac\x1b[1;5Db"), "abc");               /* Ctrl-Left */
	assert_string_equal(entered("abxc" LEFT LEFT "\x1b[3;5~"), "abc"); /* Ctrl-Delete */
	assert_string_equal(entered("bc\x1b[1;2Ha"), "abc");
}

/* A sequence that breaks off, at each of its bytes, swallows no Enter, no control key and no other sequence. */
static void cut_sequences(void **s)
{
	static const char *const cut[] = { "\x1b", "\x1b[", "\x1b[1", "\x1b[1;", "\x1b[1;5", "\x1bO" };

	(void)s;
	for (u32 i = 0; i < ARRAY_SIZE(cut); i++) {
		char text[64];

		setup(NULL);
		assert_string_equal(entered("abc"), "abc");
		(void)snprintf(text, sizeof(text), "xy%s", cut[i]);
		assert_string_equal(entered(text), "xy");
		(void)snprintf(text, sizeof(text), "xy%s\x15z", cut[i]);
		assert_string_equal(entered(text), "z");
		(void)snprintf(text, sizeof(text), "ac%s" LEFT "b", cut[i]);
		assert_string_equal(entered(text), "abc");
		(void)snprintf(text, sizeof(text),
			       "ab%s\xc3"
			       "c",
			       cut[i]);
		assert_string_equal(entered(text), "abc");
	}
}

static void history(void **s)
{
	char text[8];

	(void)s;
	assert_string_equal(entered(UP DOWN "x" DOWN UP), "x");
	assert_string_equal(entered("one"), "one");
	assert_string_equal(entered("two"), "two");
	assert_string_equal(entered("two"), "two"); /* kept once */
	assert_string_equal(entered(""), "");       /* not kept */
	assert_string_equal(entered(UP UP), "one");
	assert_string_equal(entered("\x10"), "one");
	assert_string_equal(entered("new" UP DOWN), "new");
	assert_string_equal(entered("\x10\x10\x0e"
				    "2"),
			    "new2");
	/* Sixteen; older ones are gone, and more does not go further. */
	for (u32 i = 0; i < 40; i++) {
		(void)snprintf(text, sizeof(text), "l%u", i);
		assert_string_equal(entered(text), text);
	}
	for (u32 i = 0; i < 30; i++)
		keys_n(UP, 3);
	assert_string_equal(entered(""), "l24");
	for (u32 i = 0; i < 30; i++)
		keys_n(UP, 3);
	for (u32 i = 0; i < 15; i++)
		keys_n(DOWN, 3);
	assert_string_equal(entered("!"), "l24!");
	/* The counter wraps. */
	l.nr_history = ~0U - 15;
	for (u32 i = 0; i < 20; i++) {
		(void)snprintf(text, sizeof(text), "w%u", i);
		assert_string_equal(entered(text), text);
	}
	assert_string_equal(entered(UP UP), "w18");
}

static void too_long(void **s)
{
	char text[300];

	(void)s;
	memset(text, 'x', sizeof(text));
	assert_int_equal(keys_n(text, 127), 0);
	assert_int_equal(bells, 0);
	keys_n(text, 100);
	assert_int_equal(bells, 100);
	keys_n("\x01y", 2);
	assert_int_equal(bells, 101);
	assert_int_equal(strlen(entered("")), 127);
	assert_string_equal(entered(UP "\x01\x04y"), l.history[1]);
	assert_int_equal(l.history[1][0], 'y');
	/* Completion into a full line. */
	keys_n(text, 123);
	assert_int_equal(keys_n("\x15in", 3), 0);
	for (u32 i = 0; i < 123; i++)
		keys_n("\x01 ", 2);
	assert_string_equal(entered("\x05\t") + 123, "info");
}

static void completion(void **s)
{
	(void)s;
	assert_string_equal(entered("v\t"), "vm ");
	assert_string_equal(entered("vm i\t"), "vm info ");
	assert_string_equal(entered("vm  i\t"), "vm  info ");
	assert_string_equal(entered("zz\t"), "zz");
	assert_string_equal(entered("vm s\t"), "vm st"); /* as far as they agree */
	assert_string_equal(entered("vm sta\t"), "vm sta");
	assert_string_equal(entered("vm sto\t"), "vm stop ");
	assert_string_equal(entered("vm stop s\t"), "vm stop s"); /* third word: none */
	/* In the middle of a line. */
	assert_string_equal(entered("vm i x" LEFT LEFT "\t"), "vm info  x");
	/* Several: they are shown, and the line again. */
	lines = 0;
	keys_n("vm st\t", 6);
	assert_int_equal(lines, 2);
	assert_string_equal(entered("a\t"), "vm sta");
	l.candidate = NULL;
	assert_string_equal(entered("v\t"), "v");
}

/* Any bytes: the screen and the line agree after each, and the line is text. */
static void random_bytes(void **s)
{
	static const char likely[] = "\x1b[\x1bO\x1b[1;5~ABCDHF\b\x7f\t\r  stvmi\x01\x05\x0b\x15\x17\x10\x0e\x03\x04";
	u32 seed = 1, done = 0;

	(void)s;
	for (u32 i = 0; i < 300000; i++) {
		char c;

		seed = seed * 1664525 + 1013904223;
		c = seed >> 30 ? likely[(seed >> 8) % (sizeof(likely) - 1)] : (char)(seed >> 16);
		done += keys_n(&c, 1);
	}
	assert_true(done > 1000);
	assert_true(l.nr_history > 1000);
}

#define T(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(editing), T(foreign_keys), T(cut_sequences), T(history), T(too_long), T(completion), T(random_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
