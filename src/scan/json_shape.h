/*
 * The shape of a line of JSON: all that stands between its values.
 *
 *	{"id":17,"at":{"day":"Monday"}}
 *	^^^^^^  ^^^^^^^^^^^^^^        ^^		the glue of two values, and the tail
 *
 * One writer's lines mostly have one shape.  Once a line was read with care, the next is tried by the same shape: where its glue is the same to the
 * byte and valid values stand between, it is as valid, and its values belong to the same columns.  Anything else is read with care again.
 */
#ifndef WEIR_SCAN_JSON_SHAPE_H
#define WEIR_SCAN_JSON_SHAPE_H

#include "scan/json_line.h"

struct json_step {
	struct sv glue;      /* before the value; JSON_GLUE_PAD readable bytes */
	struct cells *cells; /* of the value's column; NULL = not needed */
	bool scalar;         /* an object there would have columns in it */
	uint32_t depth;      /* of the object that it is in */
};

#define JSON_GLUE_PAD 16

struct json_shape {
	struct arena *a;
	LIST(struct json_step) step;
	struct sv tail;
	bool known;      /* steps and tail are those of a line */
	bool spoilt;     /* the line being learned says more than a shape can */
	const char *end; /* of the value last learned, or the line's start */
	int credit;      /* lines that fit earn some, others cost; without any none is tried for a while */
	uint32_t rest;   /* how many lines */
};

/* All-zero is a shape that knows nothing. */
void json_shape_fini(struct json_shape *s);
/* Shall lines be tried by the shape, and learned from if they do not fit? */
bool json_shape_wanted(struct json_shape *s);
/* Learning from a line that is read: its start, each value in order, and its end.  A line that is malformed has no end. */
void json_shape_begin(struct json_shape *s, const char *line);
void json_shape_value(struct json_shape *s, const char *value, const char *end, struct cells *cells,
                      bool scalar, uint32_t depth);
void json_shape_end(struct json_shape *s, const char *end);
/*
 * Reads a line that begins at the text's begin into row `row` of the cells: how many bytes it has, without its newline; 0 if it is to
 * be read with care (the row's cells may have been set then).  Texts with escapes are resolved in the arena.
 */
size_t json_shape_read(struct json_shape *s, struct sv text, uint32_t row, struct arena *scratch);

#endif
