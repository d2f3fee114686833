/*
 * JSON: a pull scanner over views with exact places and a depth limit, and a writer into a buf.
 * The scanner takes RFC 8259 text; numbers stay text, so that nothing is lost on the way.
 */
#ifndef WEIR_BASE_JSON_H
#define WEIR_BASE_JSON_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

enum json_event {
	JSON_ERROR, /* message in scanner.msg, at scanner.p */
	JSON_END,   /* of the text: nothing but white space was left */
	JSON_NULL,
	JSON_TRUE,
	JSON_FALSE,
	JSON_NUMBER, /* scanner.text is the number as written */
	JSON_STRING, /* scanner.text: without quotes, raw; scanner.escaped tells whether json_unescape is due */
	JSON_KEY,    /* as JSON_STRING; the colon behind it is consumed */
	JSON_OBJECT,
	JSON_OBJECT_END,
	JSON_ARRAY,
	JSON_ARRAY_END
};

#define JSON_DEPTH_MAX 64

struct json_scanner {
	const char *start, *p, *end;
	struct sv text;
	bool escaped;
	bool multi;      /* allow several values in a row (a stream) */
	bool not_finite; /* take Infinity, -Infinity and NaN as numbers, as Python writes them; no RFC does */
	const char *msg;
	uint32_t depth;
	uint8_t state;      /* private */
	uint64_t in_object; /* private: bit per level */
};

void json_scan_init(struct json_scanner *s, struct sv text);
enum json_event json_next(struct json_scanner *s);
/* Skips the value whose first event was just returned; false on an error inside. */
MUST_CHECK bool json_skip(struct json_scanner *s, enum json_event first);
/* Decodes escapes; lone surrogates become U+FFFD.  The result may hold NUL. */
struct sv json_unescape(struct arena *a, struct sv raw);
/* Line and column (from 1) of a place in the text. */
void json_place(const struct json_scanner *s, const char *p, uint32_t *line, uint32_t *col);

/*
 * The writer.  Commas and, with indent > 0, line breaks are its work.  Keys go before values in objects.
 * All calls are no-ops once the buffer is full; ask buf_check at the end.
 */
struct json_writer {
	struct buf *b;
	int indent; /* spaces a level; 0 = one line */
	uint32_t depth;
	bool first; /* nothing written in this container yet */
	bool after_key;
	uint64_t inline_levels; /* private: containers written on one line */
};
void json_write_init(struct json_writer *w, struct buf *b, int indent);
void json_object(struct json_writer *w);
void json_object_end(struct json_writer *w);
void json_array(struct json_writer *w);
void json_array_end(struct json_writer *w);
/* An array or object that stays on one line although the writer indents. */
void json_array_inline(struct json_writer *w);
void json_object_inline(struct json_writer *w);
void json_key(struct json_writer *w, const char *key);
void json_key_sv(struct json_writer *w, struct sv key);
void json_str(struct json_writer *w, const char *s); /* NULL writes null */
void json_sv(struct json_writer *w, struct sv s);    /* invalid UTF-8 becomes U+FFFD */
void json_i64(struct json_writer *w, int64_t v);
void json_f64(struct json_writer *w, double v); /* NaN and infinities write null */
void json_bool(struct json_writer *w, bool v);
void json_null(struct json_writer *w);
void json_time(struct json_writer *w, int64_t t_us);  /* RFC 3339; TIME_NONE writes null */
void json_raw(struct json_writer *w, struct sv json); /* a value that is JSON already */
/* A key with its value. */
void json_put_str(struct json_writer *w, const char *key, const char *s);
void json_put_sv(struct json_writer *w, const char *key, struct sv s);
void json_put_i64(struct json_writer *w, const char *key, int64_t v);
void json_put_f64(struct json_writer *w, const char *key, double v);
void json_put_bool(struct json_writer *w, const char *key, bool v);
void json_put_time(struct json_writer *w, const char *key, int64_t t_us);
void json_put_raw(struct json_writer *w, const char *key, struct sv json);
/* As an object of code, message and, where there is one, hint; on one line. */
void json_put_err(struct json_writer *w, const char *key, const struct err *err);

#endif
