/* What texts look like: for profiles, which say it and suggest a check where all of a column agree. */
#ifndef WEIR_METRIC_TEXT_SHAPE_H
#define WEIR_METRIC_TEXT_SHAPE_H

#include "base/sv.h"

/* X(name, word, regex): what has the shape matches the regex, which is what a check of it says. */
#define TEXT_SHAPES(X)                                                                                   \
	X(EMAIL, "email", "^[^@\\s]+@[^@\\s]+$")                                                         \
	X(URL, "url", "^https?://[^\\s]+$")                                                              \
	X(UUID, "uuid", "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$") \
	X(DATE, "date", "^[0-9]{4}-[0-9]{2}-[0-9]{2}$")                                                  \
	X(TIME, "timestamp", "^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}")

enum text_shape {
#define X(name, word, regex) SHAPE_##name,
	TEXT_SHAPES(X)
#undef X
		SHAPE_COUNT
};
enum { SHAPES_ALL = (1 << SHAPE_COUNT) - 1 };

/* A bit (1 << enum text_shape) for each shape that the text has. */
unsigned text_shapes(struct sv s);
const char *text_shape_name(enum text_shape s);
const char *text_shape_regex(enum text_shape s);

#endif
