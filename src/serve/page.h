/* Lists in pages: `limit` and `cursor` in, `next` and the header Link out. */
#ifndef WEIR_SERVE_PAGE_H
#define WEIR_SERVE_PAGE_H

#include "serve/request.h"

enum { PAGE_DEFAULT = 100, PAGE_MAX = 1000 };

/* `limit` as far as it is allowed. */
size_t page_limit(const struct request *q);
/* What an earlier page gave as its cursor: false, answered with 400, if that is no cursor of ours.  Empty without one. */
MUST_CHECK bool page_cursor(struct request *q, struct sv *ret);
/* The address of the page behind this one: writes the key `next` (null if there is none), and adds the header. */
void page_next(struct request *q, struct json_writer *w, bool more, struct sv cursor);
/* The same with a cursor of digits and dashes, which stands in the address as it is. */
void page_next_number(struct request *q, struct json_writer *w, bool more, struct sv cursor);

/* The header alone, where the answer has no place for the key. */
void page_link(struct request *q, struct sv cursor);

/* Rows for a route's table of parameters, which is sorted by name. */
#define PAGE_PARAM_CURSOR                                                                                \
	{                                                                                                \
		"cursor", PARAM_IS_TEXT, NULL, "Goes on where an earlier page ended: follow its `next`." \
	}
#define PAGE_PARAM_LIMIT                                                                      \
	{                                                                                     \
		"limit", PARAM_IS_COUNT, NULL, "So many at most; default 100, greatest 1000." \
	}

#endif
