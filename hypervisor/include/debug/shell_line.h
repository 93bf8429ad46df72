/* SPDX-License-Identifier: BSD-3-Clause */
/* A line editor for a serial terminal (VT100): pure, its output goes through a function. */
#ifndef DEBUG_SHELL_LINE_H
#define DEBUG_SHELL_LINE_H

#include <lib/types.h>

#define SHELL_LINE_MAX 128U
#define SHELL_HISTORY 16U

struct shell_line {
	void (*out)(const char *s, size_t n);
	/* Complete the word that ends at the cursor: candidate @i for word number @word with @prefix (@len bytes), or
	 * NULL. It is there until the next call. */
	const char *(*candidate)(const struct shell_line *l, u32 word, const char *prefix, u32 len, u32 i);
	const char *prompt;
	char buf[SHELL_LINE_MAX]; /* without a terminator while it is edited */
	u32 len, pos;
	u32 esc;   /* where in an escape sequence */
	u32 param; /* its first number */
	bool param_done;
	char history[SHELL_HISTORY][SHELL_LINE_MAX];
	u32 nr_history; /* lines ever entered */
	u32 browse;     /* how far back the line shown is; 0 = the new one */
	char saved[SHELL_LINE_MAX];
};

/* line_prompt() - start a new line. line_clear() - the same without showing it. */
void line_prompt(struct shell_line *l);
void line_clear(struct shell_line *l);

/**
 * line_key() - one received character. Return: true when a line is complete: it is in @buf, terminated, and in the
 * history when it is not empty. Then line_prompt() or line_clear(). Keys: Backspace, DEL, arrows, Home, End, Ctrl-A E B
 * F K U W L P N C D, Tab. Other keys and escape sequences are passed over; a line that is full rings the bell.
 */
bool line_key(struct shell_line *l, char c);

#endif
