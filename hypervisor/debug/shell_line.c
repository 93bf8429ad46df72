/* SPDX-License-Identifier: BSD-3-Clause */
#include <debug/shell_line.h>
#include <lib/string.h>

#define CTRL(c) ((c)&0x1f)
#define ESC '\x1b'
#define DEL '\x7f'

#define PARAM_NONE 99U

/* ESC seen; ESC O, one more follows; ESC [, parameters and a final byte follow (ECMA-48 5.4). */
enum esc_state { ESC_NONE, ESC_SEEN, ESC_SS3, ESC_CSI };

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

void line_clear(struct shell_line *l)
{
	l->len = 0;
	l->pos = 0;
	l->browse = 0;
	l->esc = ESC_NONE;
}

void line_prompt(struct shell_line *l)
{
	line_clear(l);
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
	if (l->len >= SHELL_LINE_MAX - 1) {
		/* What is shown is what will be executed. */
		put(l, "\a");
		return;
	}
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

/* Number of the word that begins at @start. */
static u32 word_number(const struct shell_line *l, u32 start)
{
	u32 i, n = 0;

	for (i = 1; i < start; i++)
		n += l->buf[i] == ' ' && l->buf[i - 1] != ' ';
	return n;
}

static void show_candidates(const struct shell_line *l, u32 word, const char *prefix, u32 len)
{
	const char *c;
	u32 i;

	put(l, "\n");
	for (i = 0; (c = l->candidate(l, word, prefix, len, i)) != NULL; i++) {
		put(l, c);
		put(l, "  ");
	}
	put(l, "\n");
	put(l, l->prompt);
	puts_n(l, l->buf, l->len);
	back(l, l->len - l->pos);
}

/* One candidate: take it. Several: as far as they agree, else show them. */
static void complete(struct shell_line *l)
{
	u32 start = word_start(l), len = l->pos - start, word = word_number(l, start), i, common = 0;
	char prefix[SHELL_LINE_MAX], first[SHELL_LINE_MAX];
	const char *c;

	if (!l->candidate)
		return;
	memcpy(prefix, l->buf + start, len);
	/* A candidate is there until the next one is asked for. */
	for (i = 0; (c = l->candidate(l, word, prefix, len, i)) != NULL; i++) {
		u32 k = 0;

		if (i == 0)
			common = (u32)MIN(strlcpy(first, c, sizeof(first)), sizeof(first) - 1);
		while (k < common && c[k] == first[k])
			k++;
		common = k;
	}
	if (i > 1 && common <= len)
		show_candidates(l, word, prefix, len);
	for (; i && len < common; len++)
		insert(l, first[len]);
	if (i == 1)
		insert(l, ' ');
}

static void delete_char(struct shell_line *l)
{
	if (l->pos == l->len)
		return;
	move_to(l, l->pos + 1);
	erase(l, 1);
}

/* ESC [ n ~ */
static void numbered_key(struct shell_line *l, u32 n)
{
	switch (n) {
	case 1:
	case 7:
		move_to(l, 0);
		break;
	case 3:
		delete_char(l);
		break;
	case 4:
	case 8:
		move_to(l, l->len);
		break;
	default:
		break;
	}
}

/* ESC [ ... c and ESC O c; a modifier makes no difference. */
static void final(struct shell_line *l, char c)
{
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
		move_to(l, 0);
		break;
	case 'F':
		move_to(l, l->len);
		break;
	case '~':
		numbered_key(l, l->param);
		break;
	default:
		break;
	}
}

/* A byte of an escape sequence, from 0x20 to 0x7e. */
static void escape(struct shell_line *l, char c)
{
	u32 state = l->esc;

	if (state == ESC_SEEN) {
		l->esc = c == '[' ? ESC_CSI : c == 'O' ? ESC_SS3 : ESC_NONE;
		l->param = 0;
		l->param_done = false;
		return;
	}
	/* The first parameter counts; the others, and what is intermediate, are passed over. */
	if (state == ESC_CSI && c < '@') {
		if (c < '0' || c > '9')
			l->param_done = true;
		else if (!l->param_done)
			l->param = MIN(l->param * 10 + (u32)(c - '0'), PARAM_NONE);
		return;
	}
	l->esc = ESC_NONE;
	final(l, c);
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
		final(l, 'D');
		break;
	case CTRL('F'):
		final(l, 'C');
		break;
	case CTRL('D'):
		delete_char(l);
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
	if (l->esc != ESC_NONE && c >= ' ' && c < DEL) {
		escape(l, c);
		return false;
	}
	/* A sequence that breaks off takes nothing with it. */
	l->esc = ESC_NONE;
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
