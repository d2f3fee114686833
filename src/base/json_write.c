/* The JSON writer: structure by calls, commas and line breaks by itself. */
#include "base/json.h"

#include <math.h>

#include "base/civil.h"
#include "base/num.h"
#include "base/utf8.h"

void
json_write_init(struct json_writer *w, struct buf *b, int indent)
{
	*w = (struct json_writer){.b = b, .indent = indent, .first = true};
}

static bool
inline_now(const struct json_writer *w)
{
	return w->indent == 0 || (w->depth > 0 && (w->inline_levels >> (w->depth - 1) & 1) != 0);
}

static void
line_break(struct json_writer *w)
{
	buf_putc(w->b, '\n');
	for (uint32_t i = 0; i < w->depth * (uint32_t)w->indent; i++)
		buf_putc(w->b, ' ');
}

/* What goes before a value or a key. */
static void
separate(struct json_writer *w)
{
	if (w->after_key) {
		w->after_key = false;
		return;
	}
	if (w->depth == 0)
		return;
	if (!w->first)
		buf_puts(w->b, inline_now(w) && w->indent > 0 ? ", " : ",");
	if (!inline_now(w))
		line_break(w);
	w->first = false;
}

static void
open_container(struct json_writer *w, char c, bool stay_inline)
{
	separate(w);
	buf_putc(w->b, c);
	stay_inline = stay_inline || inline_now(w);
	/* Deeper than the bits reach: such levels break lines as usual. */
	if (w->depth < 64) {
		if (stay_inline)
			w->inline_levels |= UINT64_C(1) << w->depth;
		else
			w->inline_levels &= ~(UINT64_C(1) << w->depth);
	}
	w->depth++;
	w->first = true;
}

static void
close_container(struct json_writer *w, char c)
{
	bool one_line = inline_now(w) || w->first;

	w->depth--;
	if (!one_line)
		line_break(w);
	w->first = false;
	buf_putc(w->b, c);
}

void
json_object(struct json_writer *w)
{
	open_container(w, '{', false);
}
void
json_object_inline(struct json_writer *w)
{
	open_container(w, '{', true);
}
void
json_object_end(struct json_writer *w)
{
	close_container(w, '}');
}
void
json_array(struct json_writer *w)
{
	open_container(w, '[', false);
}
void
json_array_inline(struct json_writer *w)
{
	open_container(w, '[', true);
}
void
json_array_end(struct json_writer *w)
{
	close_container(w, ']');
}

static void
escape_byte(struct buf *b, unsigned char c)
{
	static const char from[] = "\b\f\n\r\t\"\\", to[] = "bfnrt\"\\";
	const char *known = c != '\0' ? strchr(from, c) : NULL;

	if (known != NULL) {
		buf_putc(b, '\\');
		buf_putc(b, to[known - from]);
	} else {
		buf_printf(b, "\\u%04x", c);
	}
}

static void
put_string(struct buf *b, struct sv s)
{
	size_t plain = 0;

	buf_putc(b, '"');
	for (size_t i = 0; i < s.n;) {
		uint32_t c;
		size_t len = utf8_decode(sv_skip(s, i), &c);

		if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7f && !UTF8_IS_BAD(c)) {
			i += len;
			continue;
		}
		buf_add(b, (struct sv){s.p + plain, i - plain});
		if (UTF8_IS_BAD(c))
			buf_puts(b, "\xef\xbf\xbd");
		else
			escape_byte(b, (unsigned char)c);
		plain = ++i;
	}
	buf_add(b, sv_skip(s, plain));
	buf_putc(b, '"');
}

void
json_key_sv(struct json_writer *w, struct sv key)
{
	separate(w);
	put_string(w->b, key);
	buf_puts(w->b, w->indent > 0 ? ": " : ":");
	w->after_key = true;
}

void
json_key(struct json_writer *w, const char *key)
{
	json_key_sv(w, sv_of(key));
}

void
json_sv(struct json_writer *w, struct sv s)
{
	separate(w);
	put_string(w->b, s);
}

void
json_raw(struct json_writer *w, struct sv json)
{
	separate(w);
	buf_add(w->b, json);
}

void
json_null(struct json_writer *w)
{
	json_raw(w, SV("null"));
}

void
json_str(struct json_writer *w, const char *s)
{
	if (s == NULL)
		json_null(w);
	else
		json_sv(w, sv_of(s));
}

void
json_bool(struct json_writer *w, bool v)
{
	json_raw(w, v ? SV("true") : SV("false"));
}

void
json_i64(struct json_writer *w, int64_t v)
{
	separate(w);
	buf_printf(w->b, "%lld", (long long)v);
}

void
json_f64(struct json_writer *w, double v)
{
	char text[NUM_MAX];

	if (!isfinite(v))
		json_null(w);
	else
		json_raw(w, sv_of(num_f64_format(v, text)));
}

void
json_time(struct json_writer *w, int64_t t_us)
{
	char text[RFC3339_MAX];

	if (t_us == TIME_NONE)
		json_null(w);
	else
		json_str(w, rfc3339_format(t_us, text));
}

void
json_put_str(struct json_writer *w, const char *key, const char *s)
{
	json_key(w, key);
	json_str(w, s);
}

void
json_put_sv(struct json_writer *w, const char *key, struct sv s)
{
	json_key(w, key);
	json_sv(w, s);
}

void
json_put_i64(struct json_writer *w, const char *key, int64_t v)
{
	json_key(w, key);
	json_i64(w, v);
}

void
json_put_f64(struct json_writer *w, const char *key, double v)
{
	json_key(w, key);
	json_f64(w, v);
}

void
json_put_bool(struct json_writer *w, const char *key, bool v)
{
	json_key(w, key);
	json_bool(w, v);
}

void
json_put_time(struct json_writer *w, const char *key, int64_t t_us)
{
	json_key(w, key);
	json_time(w, t_us);
}

void
json_put_raw(struct json_writer *w, const char *key, struct sv json)
{
	json_key(w, key);
	json_raw(w, json);
}

void
json_put_err(struct json_writer *w, const char *key, const struct err *err)
{
	json_key(w, key);
	json_object_inline(w);
	json_put_str(w, "code", err_code_name(err->code));
	json_put_str(w, "message", err->msg);
	if (err->hint[0] != '\0')
		json_put_str(w, "hint", err->hint);
	json_object_end(w);
}
