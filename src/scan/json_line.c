#include "scan/json_line.h"

#include "scan/bytes.h"

static inline bool
is_digit(char c)
{
	return (unsigned char)(c - '0') <= 9;
}

void
json_line_space(struct json_cursor *c)
{
	while (c->p < c->end && (*c->p == ' ' || *c->p == '\t' || *c->p == '\r' || *c->p == '\n'))
		c->p++;
}

bool
json_line_char(struct json_cursor *c, char want)
{
	if (c->p < c->end && *c->p == want) {
		c->p++;
		return true;
	}
	json_line_space(c);
	if (c->p >= c->end || *c->p != want)
		return false;
	c->p++;
	return true;
}

bool
json_line_ends(struct json_cursor *c)
{
	json_line_space(c);
	return c->p == c->end;
}

/* Behind a backslash: the rest of the escape. */
static bool
read_escape(struct json_cursor *c)
{
	if (c->p >= c->end)
		return false;

	char e = *c->p++;

	if (e != 'u')
		return e != '\0' && strchr("\"\\/bfnrt", e) != NULL;
	for (int i = 0; i < 4; i++, c->p++)
		if (c->p >= c->end || !(is_digit(*c->p) || ((*c->p | 0x20) >= 'a' && (*c->p | 0x20) <= 'f')))
			return false;
	return true;
}

bool
json_line_string(struct json_cursor *c, struct sv *raw, bool *escaped)
{
	if (!json_line_char(c, '"'))
		return false;

	const char *start = c->p;

	*escaped = false;
	for (;;) {
		uint64_t stop = bytes_string_stops(c->p);

		if (stop == 0) {
			c->p += 16;
			if (c->p >= c->end)
				return false;
			continue;
		}
		c->p += __builtin_ctzll(stop);
		if (c->p >= c->end)
			return false;
		if (*c->p == '"')
			break;
		if (*c->p != '\\')
			return false; /* a control character */
		*escaped = true;
		c->p++;
		if (!read_escape(c))
			return false;
	}
	*raw = (struct sv){start, (size_t)(c->p - start)};
	c->p++;
	return true;
}

static void
skip_digits(struct json_cursor *c)
{
	while (c->p < c->end && is_digit(*c->p))
		c->p++;
}

/* At least one digit. */
static bool
read_digits(struct json_cursor *c)
{
	const char *start = c->p;

	skip_digits(c);
	return c->p > start;
}

static bool
read_number(struct json_cursor *c, struct json_item *ret)
{
	const char *start = c->p;

	c->p += *c->p == '-';
	if (c->p < c->end && *c->p == '0')
		c->p++;
	else if (!read_digits(c))
		return false;
	if (c->p < c->end && *c->p == '.') {
		c->p++;
		if (!read_digits(c))
			return false;
	}
	if (c->p < c->end && (*c->p | 0x20) == 'e') {
		c->p++;
		c->p += c->p < c->end && (*c->p == '+' || *c->p == '-');
		if (!read_digits(c))
			return false;
	}
	*ret = (struct json_item){.tag = CELL_NUMBER, .text = {start, (size_t)(c->p - start)}};
	return true;
}

static bool
read_word(struct json_cursor *c, struct sv word)
{
	if ((size_t)(c->end - c->p) < word.n || memcmp(c->p, word.p, word.n) != 0)
		return false;
	c->p += word.n;
	return true;
}

/* The members of an array or an object behind its opening bracket. */
static bool
read_members(struct json_cursor *c, char close)
{
	struct json_item item;
	struct sv key;
	bool escaped;

	if (json_line_char(c, close))
		return true;
	do {
		if (close == '}' && !(json_line_string(c, &key, &escaped) && json_line_char(c, ':')))
			return false;
		if (!json_line_value(c, &item))
			return false;
	} while (json_line_char(c, ','));
	return json_line_char(c, close);
}

static bool
read_nested(struct json_cursor *c, struct json_item *ret)
{
	const char *start = c->p++;

	if (++c->depth > JSON_LINE_DEPTH || !read_members(c, *start == '{' ? '}' : ']'))
		return false;
	c->depth--;
	*ret = (struct json_item){.tag = CELL_NESTED, .text = {start, (size_t)(c->p - start)}};
	return true;
}

bool
json_line_value(struct json_cursor *c, struct json_item *ret)
{
	json_line_space(c);
	if (c->p >= c->end)
		return false;
	*ret = (struct json_item){.tag = CELL_BOOL};
	switch (*c->p) {
	case '"':
		ret->tag = CELL_STRING;
		return json_line_string(c, &ret->text, &ret->escaped);
	case '{':
	case '[':
		return read_nested(c, ret);
	case 't':
		ret->text = (struct sv){c->p,
		                        4}; /* a view of the line, as all texts: FIELD_PAD bytes follow */
		return read_word(c, SV("true"));
	case 'f':
		ret->text = (struct sv){c->p, 5};
		return read_word(c, SV("false"));
	case 'n':
		ret->null = true;
		return read_word(c, SV("null"));
	default:
		return (*c->p == '-' || is_digit(*c->p)) && read_number(c, ret);
	}
}

struct sv
json_line_text(struct arena *a, struct sv raw, bool escaped)
{
	if (!escaped)
		return raw;

	struct sv s = json_unescape(a, raw);
	char *p = arena_alloc(a, s.n + FIELD_PAD);

	memcpy(p, s.p, s.n);
	return (struct sv){p, s.n};
}
