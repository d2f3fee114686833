/* Reports: one file per format, one row each. */
#ifndef WEIR_REPORT_REPORT_H
#define WEIR_REPORT_REPORT_H

#include "run/run.h"

struct report_style {
	bool colour, unicode;
	bool verbose; /* list passing checks too */
};

struct report_format {
	const char *name; /* as --format takes it */
	const char *doc;
	bool (*write)(const struct report *r, const struct report_style *s, struct buf *b, struct err *err);
};
extern const struct report_format report_text, report_json, report_gx;
extern const struct report_format *const report_formats[];
extern const size_t report_format_count;
const struct report_format *report_format_find(struct sv name);
/* JSON Schema of `report`, `gate` (its decision) or `events` (their list); false if there is none of that name. */
bool report_json_schema(struct sv name, struct buf *b);

#endif
