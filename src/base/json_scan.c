/*
 * The JSON scanner: RFC 8259 text to events, one at a time.
 *
 * Nesting is a bit per level (object or array) and one byte of state, so a hostile text costs neither stack nor heap.
 */
#include "base/json.h"

#include <stdlib.h>

enum state {
	WANT_VALUE,       /* at the start, after ':' and after ',' in an array */
	WANT_FIRST_VALUE, /* after '[': a value or ']' */
	WANT_KEY,         /* after ',' in an object */
	WANT_FIRST_KEY,   /* after '{': a key or '}' */
	WANT_COMMA        /* after a value */
};

void
json_scan_init(struct json_scanner *s, struct sv text)
{
	/* An empty text may have no place. */
	if (text.p == NULL)
		text.p = "";
	*s = (struct json_scanner){.start = text.p, .p = text.p, .end = text.p + text.n, .state = WANT_VALUE};
}

static enum json_event
fail(struct json_scanner *s, const char *msg)
{
	s->msg = msg;
	return JSON_ERROR;
}

static void
skip_space(struct json_scanner *s)
{
	while (s->p < s->end && (*s->p == ' ' || *s->p == '\t' || *s->p == '\n' || *s->p == '\r'))
		s->p++;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_hex(char c)
{
	return is_digit(c) || ((c | 32) >= 'a' && (c | 32) <= 'f');
}

/* Position behind the escape at p (a backslash), or NULL. */
static const char *
escape_end(const char *p, const char *end)
{
	if (end - p < 2)
		return NULL;
	if (p[1] != 'u')
		return strchr("\"\\/bfnrt", p[1]) != NULL && p[1] != '\0' ? p + 2 : NULL;
	if (end - p < 6)
		return NULL;
	for (int i = 2; i < 6; i++)
		if (!is_hex(p[i]))
			return NULL;
	return p + 6;
}

/* At the opening quote. */
static bool
scan_string(struct json_scanner *s)
{
	const char *p = s->p + 1;

	s->escaped = false;
	while (p < s->end && *p != '"') {
		if ((unsigned char)*p < 0x20) {
			s->p = p;
			s->msg = "control characters must be escaped in strings";
			return false;
		}
		if (*p != '\\') {
			p++;
			continue;
		}
		const char *next = escape_end(p, s->end);

		if (next == NULL) {
			s->p = p;
			s->msg = "this is no escape sequence of JSON";
			return false;
		}
		s->escaped = true;
		p = next;
	}
	if (p >= s->end) {
		s->msg = "this string has no closing quote";
		return false;
	}
	s->text = (struct sv){s->p + 1, (size_t)(p - s->p - 1)};
	s->p = p + 1;
	return true;
}

static const char *
skip_digits(const char *p, const char *end)
{
	while (p < end && is_digit(*p))
		p++;
	return p;
}

static bool
scan_not_finite(struct json_scanner *s)
{
	static const struct sv words[] = {{"Infinity", 8}, {"-Infinity", 9}, {"NaN", 3}};
	struct sv rest = {s->p, (size_t)(s->end - s->p)};

	for (size_t i = 0; i < LEN(words); i++)
		if (sv_starts(rest, words[i])) {
			s->text = (struct sv){s->p, words[i].n};
			s->p += words[i].n;
			return true;
		}
	return false;
}

static enum json_event
scan_number(struct json_scanner *s)
{
	const char *p = s->p, *digits;

	if (s->not_finite && scan_not_finite(s))
		return JSON_NUMBER;
	if (*p == '-')
		p++;
	digits = p;
	p = skip_digits(p, s->end);
	if (p == digits)
		return fail(s, "a value was expected here");
	if (*digits == '0' && p - digits > 1)
		return fail(s, "numbers must not start with a zero");
	if (p < s->end && *p == '.') {
		digits = ++p;
		p = skip_digits(p, s->end);
		if (p == digits)
			return fail(s, "a digit must follow the decimal point");
	}
	if (p < s->end && (*p | 32) == 'e') {
		p++;
		if (p < s->end && (*p == '+' || *p == '-'))
			p++;
		digits = p;
		p = skip_digits(p, s->end);
		if (p == digits)
			return fail(s, "a digit must follow the exponent's sign");
	}
	s->text = (struct sv){s->p, (size_t)(p - s->p)};
	s->p = p;
	return JSON_NUMBER;
}

static enum json_event
scan_word(struct json_scanner *s)
{
	static const struct {
		struct sv word;
		enum json_event event;
	} words[] = {
		{{"true", 4}, JSON_TRUE},
		{{"false", 5}, JSON_FALSE},
		{{"null", 4}, JSON_NULL},
	};
	struct sv rest = {s->p, (size_t)(s->end - s->p)};

	for (size_t i = 0; i < LEN(words); i++)
		if (sv_starts(rest, words[i].word)) {
			s->p += words[i].word.n;
			return words[i].event;
		}
	return fail(s, "a value was expected here");
}

static bool
in_object(const struct json_scanner *s)
{
	return s->depth > 0 && (s->in_object >> (s->depth - 1) & 1) != 0;
}

static enum json_event
open_container(struct json_scanner *s, bool object)
{
	if (s->depth == JSON_DEPTH_MAX)
		return fail(s, "too deeply nested (at most 64 levels)");
	if (object)
		s->in_object |= UINT64_C(1) << s->depth;
	else
		s->in_object &= ~(UINT64_C(1) << s->depth);
	s->depth++;
	s->p++;
	s->state = object ? WANT_FIRST_KEY : WANT_FIRST_VALUE;
	return object ? JSON_OBJECT : JSON_ARRAY;
}

static enum json_event
close_container(struct json_scanner *s)
{
	enum json_event e = in_object(s) ? JSON_OBJECT_END : JSON_ARRAY_END;

	s->depth--;
	s->p++;
	s->state = WANT_COMMA;
	return e;
}

static enum json_event
scan_value(struct json_scanner *s)
{
	enum json_event e;

	switch (*s->p) {
	case '{':
		return open_container(s, true);
	case '[':
		return open_container(s, false);
	case '"':
		e = scan_string(s) ? JSON_STRING : JSON_ERROR;
		break;
	case 't':
	case 'f':
	case 'n':
		e = scan_word(s);
		break;
	default:
		e = scan_number(s);
	}
	s->state = WANT_COMMA;
	return e;
}

static enum json_event
scan_key(struct json_scanner *s)
{
	if (*s->p != '"')
		return fail(s, "a key in double quotes was expected here");
	if (!scan_string(s))
		return JSON_ERROR;
	skip_space(s);
	if (s->p >= s->end || *s->p != ':')
		return fail(s, "a colon must follow the key");
	s->p++;
	s->state = WANT_VALUE;
	return JSON_KEY;
}

enum json_event
json_next(struct json_scanner *s)
{
	skip_space(s);
	if (s->state == WANT_COMMA) {
		if (s->depth == 0) {
			if (s->p >= s->end)
				return JSON_END;
			if (!s->multi)
				return fail(s, "there is more text behind the value");
			s->state = WANT_VALUE;
		} else if (s->p < s->end && *s->p == (in_object(s) ? '}' : ']')) {
			return close_container(s);
		} else if (s->p < s->end && *s->p == ',') {
			s->p++;
			s->state = in_object(s) ? WANT_KEY : WANT_VALUE;
			skip_space(s);
		} else {
			return fail(s, in_object(s) ? "a comma or } was expected here"
			                            : "a comma or ] was expected here");
		}
	}
	if (s->p >= s->end)
		return s->depth == 0 && s->multi ? JSON_END : fail(s, "the text ends too early");
	if (s->state == WANT_FIRST_KEY && *s->p == '}')
		return close_container(s);
	if (s->state == WANT_FIRST_VALUE && *s->p == ']')
		return close_container(s);
	if (s->state == WANT_KEY || s->state == WANT_FIRST_KEY)
		return scan_key(s);
	return scan_value(s);
}

bool
json_skip(struct json_scanner *s, enum json_event first)
{
	uint32_t depth = s->depth;

	if (first != JSON_OBJECT && first != JSON_ARRAY)
		return first != JSON_ERROR;
	while (s->depth >= depth)
		if (json_next(s) == JSON_ERROR)
			return false;
	return true;
}

void
json_place(const struct json_scanner *s, const char *p, uint32_t *line, uint32_t *col)
{
	const char *start = s->start;

	*line = 1;
	for (const char *q = s->start; q < p; q++)
		if (*q == '\n') {
			(*line)++;
			start = q + 1;
		}
	*col = (uint32_t)(p - start) + 1;
}

static uint32_t
hex4(const char *p)
{
	uint32_t v = 0;

	for (int i = 0; i < 4; i++)
		v = v * 16 + (uint32_t)(is_digit(p[i]) ? p[i] - '0' : (p[i] | 32) - 'a' + 10);
	return v;
}

static char *
put_utf8(char *d, uint32_t c)
{
	if (c < 0x80) {
		*d++ = (char)c;
	} else if (c < 0x800) {
		*d++ = (char)(0xc0 | c >> 6);
		*d++ = (char)(0x80 | (c & 0x3f));
	} else if (c < 0x10000) {
		*d++ = (char)(0xe0 | c >> 12);
		*d++ = (char)(0x80 | (c >> 6 & 0x3f));
		*d++ = (char)(0x80 | (c & 0x3f));
	} else {
		*d++ = (char)(0xf0 | c >> 18);
		*d++ = (char)(0x80 | (c >> 12 & 0x3f));
		*d++ = (char)(0x80 | (c >> 6 & 0x3f));
		*d++ = (char)(0x80 | (c & 0x3f));
	}
	return d;
}

/* Decodes \uXXXX at p, with the second half of a surrogate pair if there is one; moves *p behind it. */
static uint32_t
unescape_unicode(const char **p, const char *end)
{
	uint32_t c = hex4(*p + 2);

	*p += 6;
	if (c >= 0xd800 && c < 0xdc00 && end - *p >= 6 && (*p)[0] == '\\' && (*p)[1] == 'u') {
		uint32_t low = hex4(*p + 2);

		if (low >= 0xdc00 && low < 0xe000) {
			*p += 6;
			return 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
		}
	}
	return c >= 0xd800 && c < 0xe000 ? 0xfffd : c;
}

struct sv
json_unescape(struct arena *a, struct sv raw)
{
	/* No escape is shorter than what it stands for. */
	char *text = arena_alloc(a, raw.n + 1), *d = text;
	const char *p = raw.p, *end = raw.p + raw.n;
	static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";

	while (p < end) {
		if (*p != '\\') {
			*d++ = *p++;
			continue;
		}
		if (p[1] == 'u') {
			d = put_utf8(d, unescape_unicode(&p, end));
			continue;
		}
		const char *known = strchr(from, p[1]);

		*d++ = known != NULL ? to[known - from] : p[1];
		p += 2;
	}
	return (struct sv){text, (size_t)(d - text)};
}
