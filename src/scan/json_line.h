/*
 * JSON of one line, for the reader of JSONL: a strict scanner (RFC 8259) without memory of its own.
 *
 * Values that nobody needs are checked all the same, so that what counts as malformed does not depend on the question.
 * The text must be followed by READER_PAD readable bytes.
 */
#ifndef WEIR_SCAN_JSON_LINE_H
#define WEIR_SCAN_JSON_LINE_H

#include "scan/cells.h"

#define JSON_LINE_DEPTH 64

struct json_cursor {
	const char *p, *end;
	uint32_t depth;
};

/* A scalar or a whole array or object. */
struct json_item {
	enum cell_tag tag;
	bool null;
	bool escaped;   /* of strings: backslashes are to be resolved */
	struct sv text; /* strings: without quotes */
};

void json_line_space(struct json_cursor *c);
/* The character c, after white space; false if something else stands there. */
bool json_line_char(struct json_cursor *c, char want);
/* A string whose opening quote comes next (after white space). */
bool json_line_string(struct json_cursor *c, struct sv *raw, bool *escaped);
/* The next value, whatever it is. */
bool json_line_value(struct json_cursor *c, struct json_item *ret);
/* Nothing but white space is left. */
bool json_line_ends(struct json_cursor *c);
/* The text with its escapes resolved, followed by FIELD_PAD bytes. */
struct sv json_line_text(struct arena *a, struct sv raw, bool escaped);

#endif
