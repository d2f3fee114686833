/*
 * Words of a text that may be a time, cut as python-dateutil 2.9 cuts them: runs of letters, runs of digits, single signs; a point
 * holds letters or digits together until it is known whether it is a decimal point ("4:30:21.447") or a separator ("Sep.20.2009").
 */
#include "expr/form_dateutil_parts.h"

struct cutter {
	struct words *w;
	const char *p, *end;
	char *to; /* where the next byte of w->text goes */
};

enum state { START, LETTERS, DIGITS, LETTERS_POINT, DIGITS_POINT };

/* Beyond ASCII there are no words that mean anything here. */
static bool
is_letter(char c)
{
	return ((c | 32) >= 'a' && (c | 32) <= 'z') || (unsigned char)c >= 0x80;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r') || (c >= 0x1c && c <= 0x1f);
}

/* The state after c, or START where c belongs to the next word. */
static enum state
next_state(enum state s, char c, struct sv word)
{
	char last = word.p[word.n - 1];

	switch (s) {
	case LETTERS:
		return is_letter(c) ? LETTERS : c == '.' ? LETTERS_POINT : START;
	case DIGITS:
		return is_digit(c) ? DIGITS : c == '.' || (c == ',' && word.n >= 2) ? DIGITS_POINT : START;
	case LETTERS_POINT:
		if (c == '.' || is_letter(c))
			return LETTERS_POINT;
		return is_digit(c) && last == '.' ? DIGITS_POINT : START;
	default:
		if (c == '.' || is_digit(c))
			return DIGITS_POINT;
		return is_letter(c) && last == '.' ? LETTERS_POINT : START;
	}
}

static bool
add(struct words *w, struct sv word)
{
	if (w->n == WORDS_MAX)
		return false;
	w->v[w->n++] = word;
	return true;
}

static size_t
points(struct sv s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += s.p[i] == '.';
	return n;
}

/* At points and commas, which are words of their own. */
static bool
add_parts(struct words *w, struct sv word)
{
	size_t from = 0;

	for (size_t i = 0; i <= word.n; i++) {
		if (i < word.n && word.p[i] != '.' && word.p[i] != ',')
			continue;
		if (i > from && !add(w, (struct sv){word.p + from, i - from}))
			return false;
		if (i < word.n && !add(w, (struct sv){word.p + i, 1}))
			return false;
		from = i + 1;
	}
	return true;
}

static bool
cut_word(struct cutter *c)
{
	char first = *c->p++, *begin = c->to;
	enum state s = is_letter(first) ? LETTERS : is_digit(first) ? DIGITS : START;
	struct sv word = {begin, 1};
	bool letters = false, was_letters;

	*c->to++ = is_space(first) ? ' ' : first;
	if (s == START)
		return add(c->w, word);
	for (; c->p < c->end; c->p++) {
		enum state next;

		if (*c->p == '\0')
			continue;
		was_letters = s == LETTERS || s == LETTERS_POINT;
		letters = letters || was_letters;
		next = next_state(s, *c->p, word);
		if (next == START)
			break;
		s = next;
		*c->to++ = *c->p;
		word.n++;
	}
	if ((s == LETTERS_POINT || s == DIGITS_POINT) &&
	    (letters || points(word) > 1 || word.p[word.n - 1] == '.' || word.p[word.n - 1] == ','))
		return add_parts(c->w, word);
	/* A comma may be a decimal point. */
	for (size_t i = 0; s == DIGITS_POINT && points(word) == 0 && i < word.n; i++)
		if (begin[i] == ',')
			begin[i] = '.';
	return add(c->w, word);
}

bool
words_split(struct words *w, struct sv text)
{
	struct cutter c = {.w = w, .p = text.p, .end = text.p + text.n, .to = w->text};

	w->n = 0;
	if (text.n > sizeof(w->text))
		return false;
	while (c.p < c.end)
		if (*c.p == '\0')
			c.p++;
		else if (!cut_word(&c))
			return false;
	return true;
}

bool
word_is_digits(struct sv w)
{
	for (size_t i = 0; i < w.n; i++)
		if (!is_digit(w.p[i]))
			return false;
	return w.n > 0;
}

bool
word_is_number(struct sv w)
{
	ptrdiff_t point = sv_find(w, '.');

	if (point < 0)
		return word_is_digits(w);
	return word_is_digits((struct sv){w.p, (size_t)point}) &&
	       word_is_digits(sv_skip(w, (size_t)point + 1));
}

static int
find(struct sv w, const char *const *list, size_t n, size_t each)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] != NULL && sv_ieq(w, sv_of(list[i])))
			return (int)(i / each);
	return -1;
}

bool
word_is_jump(struct sv w)
{
	static const char *const list[] = {" ",   ".",  ",", ";", "-",  "/",  "'",  "at", "on",
	                                   "and", "ad", "m", "t", "of", "st", "nd", "rd", "th"};

	return find(w, list, LEN(list), 1) >= 0;
}

bool
word_is_of(struct sv w)
{
	return sv_ieq(w, SV("of"));
}

bool
word_is_utc(struct sv w)
{
	return sv_ieq(w, SV("utc")) || sv_ieq(w, SV("gmt")) || sv_ieq(w, SV("z"));
}

int
word_weekday(struct sv w)
{
	static const char *const list[] = {"mon",       "monday",   "tue",      "tuesday", "wed",
	                                   "wednesday", "thu",      "thursday", "fri",     "friday",
	                                   "sat",       "saturday", "sun",      "sunday"};

	return find(w, list, LEN(list), 2);
}

int
word_month(struct sv w)
{
	static const char *const list[] = {
		"jan", "january", NULL, "feb", "february", NULL, "mar", "march",    NULL,
		"apr", "april",   NULL, "may", NULL,       NULL, "jun", "june",     NULL,
		"jul", "july",    NULL, "aug", "august",   NULL, "sep", "sept",     "september",
		"oct", "october", NULL, "nov", "november", NULL, "dec", "december", NULL,
	};

	return find(w, list, LEN(list), 3);
}

int
word_unit(struct sv w)
{
	static const char *const list[] = {"h",       "hour", "hours",  "m",      "minute",
	                                   "minutes", "s",    "second", "seconds"};

	return find(w, list, LEN(list), 3);
}

int
word_half(struct sv w)
{
	static const char *const list[] = {"am", "a", "pm", "p"};

	return find(w, list, LEN(list), 2);
}
