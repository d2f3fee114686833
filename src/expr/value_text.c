/* Values as text for people, lengths and patterns (Python's str), and as JSON for machines. */
#include <assert.h>

#include "base/civil.h"
#include "base/num.h"
#include "base/utf8.h"
#include "expr/value.h"

static void
hex_byte(struct buf *b, unsigned char c)
{
	buf_printf(b, "\\x%02x", c);
}

/* Python's choice: single quotes, unless the text holds some and no double ones. */
static char
quote_for(struct sv s)
{
	return sv_find(s, '\'') >= 0 && sv_find(s, '"') < 0 ? '"' : '\'';
}

/* A character inside quotes; returns its bytes. */
static size_t
quoted_char(struct buf *b, struct sv s, char quote, bool ascii)
{
	unsigned char c = (unsigned char)*s.p;
	uint32_t code;
	size_t n = ascii ? 1 : utf8_decode(s, &code);

	if (c == '\\' || *s.p == quote)
		buf_printf(b, "\\%c", c);
	else if (c == '\n')
		buf_puts(b, "\\n");
	else if (c == '\r')
		buf_puts(b, "\\r");
	else if (c == '\t')
		buf_puts(b, "\\t");
	else if (c < 0x20 || c == 0x7F || (c >= 0x80 && n == 1))
		hex_byte(b, c);
	else
		buf_add(b, (struct sv){s.p, n});
	return n;
}

static void
quoted(struct buf *b, struct sv s, bool ascii)
{
	char quote = quote_for(s);

	buf_putc(b, quote);
	while (s.n > 0)
		s = sv_skip(s, quoted_char(b, s, quote, ascii));
	buf_putc(b, quote);
}

/* An element of a list or object: as Python's repr(). */
static void
element(struct value v, struct buf *b)
{
	if (v.kind == VALUE_TEXT)
		quoted(b, v.s, false);
	else
		(void)value_to_text(v, b);
}

static void
list_text(struct value v, struct buf *b)
{
	buf_putc(b, '[');
	for (uint32_t i = 0; i < v.n; i++) {
		if (i > 0)
			buf_puts(b, ", ");
		element(v.list[i], b);
	}
	buf_putc(b, ']');
}

static void
object_text(struct value v, struct buf *b)
{
	buf_putc(b, '{');
	for (size_t i = 0; i < v.n; i++) {
		if (i > 0)
			buf_puts(b, ", ");
		element(v.list[2 * i], b);
		buf_puts(b, ": ");
		element(v.list[2 * i + 1], b);
	}
	buf_putc(b, '}');
}

/* The text of what has no parts, in dst, which holds 64 bytes. */
static const char *
scalar_text(struct value v, char *dst)
{
	_Static_assert(NUM_MAX <= 64 && DECIMAL_TEXT_MAX <= 64 && RFC3339_MAX <= 64, "room for all");

	switch (v.kind) {
	case VALUE_BOOL:
		return v.b ? "True" : "False";
	case VALUE_REAL:
		return num_f64_format(v.r, dst);
	case VALUE_DECIMAL:
		return decimal_text(v.d, dst);
	case VALUE_DATE:
		return date_format(v.i, dst);
	case VALUE_TIME:
		return civil_format(v.i, dst);
	case VALUE_TIMETZ:
		return rfc3339_format(v.i, dst);
	default:
		assert(v.kind == VALUE_NULL);
		return "None";
	}
}

bool
value_to_text(struct value v, struct buf *b)
{
	char text[64];

	switch (v.kind) {
	case VALUE_TEXT:
		buf_add(b, v.s);
		break;
	case VALUE_INT:
		buf_printf(b, "%lld", (long long)v.i);
		break;
	case VALUE_BINARY:
		buf_putc(b, 'b');
		quoted(b, v.s, true);
		break;
	case VALUE_LIST:
		list_text(v, b);
		break;
	case VALUE_OBJECT:
		object_text(v, b);
		break;
	default:
		buf_puts(b, scalar_text(v, text));
	}
	return !b->full;
}

/* Without line breaks, as RFC 4648 section 4 wants it. */
static void
base64(struct sv s, struct buf *b)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (; s.n > 0; s = sv_skip(s, 3)) {
		uint32_t w = 0;

		for (size_t i = 0; i < 3; i++)
			w = w << 8 | (i < s.n ? (unsigned char)s.p[i] : 0u);

		char four[4] = {digits[w >> 18], digits[w >> 12 & 63], s.n > 1 ? digits[w >> 6 & 63] : '=',
		                s.n > 2 ? digits[w & 63] : '='};

		buf_add(b, (struct sv){four, 4});
	}
}

static void
binary_json(struct sv s, struct json_writer *w)
{
	struct buf text;

	buf_init(&text, SIZE_MAX - 1);
	base64(s, &text);
	json_sv(w, buf_sv(&text));
	buf_fini(&text);
}

static void
object_json(struct value v, struct json_writer *w)
{
	json_object(w);
	for (size_t i = 0; i < v.n; i++) {
		json_key_sv(w, v.list[2 * i].s);
		value_to_json(v.list[2 * i + 1], w);
	}
	json_object_end(w);
}

void
value_to_json(struct value v, struct json_writer *w)
{
	char text[64];

	switch (v.kind) {
	case VALUE_NULL:
		json_null(w);
		break;
	case VALUE_BOOL:
		json_bool(w, v.b);
		break;
	case VALUE_INT:
		json_i64(w, v.i);
		break;
	case VALUE_REAL:
		json_f64(w, v.r);
		break;
	case VALUE_DECIMAL:
		json_raw(w, sv_of(scalar_text(v, text)));
		break;
	case VALUE_TEXT:
		json_sv(w, v.s);
		break;
	case VALUE_DATE:
	case VALUE_TIME:
	case VALUE_TIMETZ:
		json_str(w, scalar_text(v, text));
		break;
	case VALUE_BINARY:
		binary_json(v.s, w);
		break;
	case VALUE_LIST:
		json_array(w);
		for (uint32_t i = 0; i < v.n; i++)
			value_to_json(v.list[i], w);
		json_array_end(w);
		break;
	case VALUE_OBJECT:
		object_json(v, w);
		break;
	}
}

void
value_put_json(struct json_writer *w, const char *key, struct value v, bool hidden)
{
	json_key(w, key);
	if (hidden)
		json_null(w);
	else
		value_to_json(v, w);
}
