/* SPDX-License-Identifier: BSD-3-Clause */
#include <debug/shell_line.h>
#include <lib/string.h>

#define CTRL(c) ((c)&0x1f)
#define ESC '\x1b'
#define DEL '\x7f'

enum esc_state { ESC_NONE, ESC_SEEN, ESC_BRACKET, ESC_TILDE };

static void puts_n(const struct shell_line *l, const char *s, size_t n)
{
	if (n)
		l->out(s, n);
}

static void put(const struct shell_line *l, const char *s)
{
	puts_n(l, s, strlen(s));
}

static void back(const struct shell_line *l, u32 n)
{
	while (n-- > 0)
		put(l, "\b");
}

void line_prompt(struct shell_line *l)
{
	l->len = 0;
	l->pos = 0;
	l->browse = 0;
	l->esc = ESC_NONE;
	put(l, l->prompt);
}

/* Everything from the cursor on again, and the cursor back; @erase: columns to blank behind the end. */
static void redraw_tail(const struct shell_line *l, u32 erase)
{
	u32 i;

	puts_n(l, l->buf + l->pos, l->len - l->pos);
	for (i = 0; i < erase; i++)
		put(l, " ");
	back(l, l->len - l->pos + erase);
}

static void insert(struct shell_line *l, char c)
{
	if (l->len >= SHELL_LINE_MAX - 1)
		return;
	memmove(l->buf + l->pos + 1, l->buf + l->pos, l->len - l->pos);
	l->buf[l->pos] = c;
	l->len++;
	l->pos++;
	puts_n(l, &l->buf[l->pos - 1], 1);
	redraw_tail(l, 0);
}

/* Remove @n characters in front of the cursor. */
static void erase(struct shell_line *l, u32 n)
{
	n = MIN(n, l->pos);
	memmove(l->buf + l->pos - n, l->buf + l->pos, l->len - l->pos);
	l->pos -= n;
	l->len -= n;
	back(l, n);
	redraw_tail(l, n);
}

static void move_to(struct shell_line *l, u32 pos)
{
	if (pos < l->pos)
		back(l, l->pos - pos);
	else
		puts_n(l, l->buf + l->pos, pos - l->pos);
	l->pos = pos;
}

static void replace(struct shell_line *l, const char *s)
{
	move_to(l, l->len);
	erase(l, l->len);
	for (; *s; s++)
		insert(l, *s);
}

/* The line that was entered @n lines ago. */
static const char *history(const struct shell_line *l, u32 n)
{
	return l->history[(l->nr_history - n) % SHELL_HISTORY];
}

static void browse(struct shell_line *l, bool older)
{
	u32 most = MIN(l->nr_history, SHELL_HISTORY);

	if (older ? l->browse >= most : l->browse == 0)
		return;
	if (l->browse == 0) {
		l->buf[l->len] = '\0';
		memcpy(l->saved, l->buf, SHELL_LINE_MAX);
	}
	l->browse += older ? 1 : ~0U;
	replace(l, l->browse ? history(l, l->browse) : l->saved);
}

static u32 word_start(const struct shell_line *l)
{
	u32 i = l->pos;

	while (i > 0 && l->buf[i - 1] != ' ')
		i--;
	return i;
}

static void erase_word(struct shell_line *l)
{
	u32 i = l->pos;

	while (i > 0 && l->buf[i - 1] == ' ')
		i--;
	while (i > 0 && l->buf[i - 1] != ' ')
		i--;
	erase(l, l->pos - i);
}

/* One candidate: take it. Several: as far as they agree, else show them. */
static void complete(struct shell_line *l)
{
	u32 start = word_start(l), len = l->pos - start, word = 0, i, common = 0;
	const char *first = NULL, *c;
	char prefix[SHELL_LINE_MAX];

	if (!l->candidate)
		return;
	for (i = 1; i < start; i++)
		word += l->buf[i] == ' ' && l->buf[i - 1] != ' ';
	if (start > 0 && l->buf[start - 1] != ' ')
		word++;
	memcpy(prefix, l->buf + start, len);
	for (i = 0; (c = l->candidate(l, word, prefix, len, i)) != NULL; i++) {
		u32 k = 0;

		while (first && k < common && c[k] == first[k])
			k++;
		common = first ? k : (u32)strlen(c);
		first = first ? first : c;
	}
	if (!first)
		return;
	if (i > 1 && common == len) {
		put(l, "\n");
		for (i = 0; (c = l->candidate(l, word, prefix, len, i)) != NULL; i++) {
			put(l, c);
			put(l, "  ");
		}
		put(l, "\n");
		put(l, l->prompt);
		puts_n(l, l->buf, l->len);
		back(l, l->len - l->pos);
		return;
	}
	for (; len < common; len++)
		insert(l, first[len]);
	if (i == 1)
		insert(l, ' ');
}

/* Third byte of ESC [ x, and ESC [ n ~. */
static void escape(struct shell_line *l, char c)
{
	if (l->esc == ESC_SEEN) {
		l->esc = c == '[' || c == 'O' ? ESC_BRACKET : ESC_NONE;
		return;
	}
	if (l->esc == ESC_TILDE) {
		if (c == '~')
			l->esc = ESC_NONE;
		else if (c < '0' || c > '9')
			l->esc = ESC_NONE;
		return;
	}
	l->esc = ESC_NONE;
	switch (c) {
	case 'A':
		browse(l, true);
		break;
	case 'B':
		browse(l, false);
		break;
	case 'C':
		move_to(l, MIN(l->pos + 1, l->len));
		break;
	case 'D':
		move_to(l, l->pos ? l->pos - 1 : 0);
		break;
	case 'H':
	case '1':
		move_to(l, 0);
		break;
	case 'F':
	case '4':
		move_to(l, l->len);
		break;
	case '3':
		if (l->pos < l->len) {
			move_to(l, l->pos + 1);
			erase(l, 1);
		}
		break;
	default:
		break;
	}
	if (c >= '0' && c <= '9')
		l->esc = ESC_TILDE;
}

static void control(struct shell_line *l, char c)
{
	switch (c) {
	case CTRL('H'):
	case DEL:
		erase(l, 1);
		break;
	case CTRL('A'):
		move_to(l, 0);
		break;
	case CTRL('E'):
		move_to(l, l->len);
		break;
	case CTRL('B'):
		escape((l->esc = ESC_BRACKET, l), 'D');
		break;
	case CTRL('F'):
		escape((l->esc = ESC_BRACKET, l), 'C');
		break;
	case CTRL('D'):
		escape((l->esc = ESC_BRACKET, l), '3');
		l->esc = ESC_NONE;
		break;
	case CTRL('K'): {
		u32 cut = l->len - l->pos;

		l->len = l->pos;
		redraw_tail(l, cut);
		break;
	}
	case CTRL('U'):
		erase(l, l->pos);
		break;
	case CTRL('W'):
		erase_word(l);
		break;
	case CTRL('P'):
		browse(l, true);
		break;
	case CTRL('N'):
		browse(l, false);
		break;
	case CTRL('L'):
		put(l, "\x1b[H\x1b[2J");
		put(l, l->prompt);
		puts_n(l, l->buf, l->len);
		back(l, l->len - l->pos);
		break;
	case CTRL('C'):
		put(l, "^C\n");
		line_prompt(l);
		break;
	case '\t':
		complete(l);
		break;
	case ESC:
		l->esc = ESC_SEEN;
		break;
	default:
		break;
	}
}

static void finish(struct shell_line *l)
{
	l->buf[l->len] = '\0';
	put(l, "\n");
	/* The same line twice is kept once. */
	if (l->len && (!l->nr_history || strcmp(history(l, 1), l->buf) != 0)) {
		memcpy(l->history[l->nr_history % SHELL_HISTORY], l->buf, SHELL_LINE_MAX);
		l->nr_history++;
	}
}

bool line_key(struct shell_line *l, char c)
{
	if (l->esc != ESC_NONE) {
		escape(l, c);
		return false;
	}
	if (c == '\r' || c == '\n') {
		finish(l);
		return true;
	}
	if ((u8)c < ' ' || c == DEL)
		control(l, c);
	else if ((u8)c < 0x80)
		insert(l, c);
	return false;
}
