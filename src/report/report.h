/* Reports: one file per format, one row each. */
#ifndef WEIR_REPORT_REPORT_H
#define WEIR_REPORT_REPORT_H

#include "run/run.h"

struct report_style {
	bool colour, unicode;
	bool verbose; /* list passing checks too */
	/* json: with what another weir needs to take the verdicts over (serve/results.h); for no reader of ours */
	bool complete;
	int width; /* of the terminal, in columns; 0 = there is none, so nothing is cut */
};

struct report_format {
	const char *name; /* as --format takes it */
	const char *doc;
	bool history; /* shows the past of checks: run_history comes first */
	bool (*write)(const struct report *r, const struct report_style *s, struct buf *b, struct err *err);
};
#define ANY(name) extern const struct report_format report_##name;
#define CHECK(name) extern const struct report_format report_##name;
#define FIRST(name) extern const struct report_format report_##name;
#include "report/formats.def"
#undef ANY
#undef CHECK
#undef FIRST
/* Names of formats, NULL-terminated, the default first: of every command that reports, and of `check`, which takes gx too. */
extern const char *const formats_report[], *const formats_check[];
enum { HISTORY_MAX = 40 }; /* points of the past of a check that formats show */
extern const struct report_format *const report_formats[];
extern const size_t report_format_count;
const struct report_format *report_format_find(struct sv name);
/*
 * Reads what the format json wrote.  All formats say the same of it as of the report it was written from, as long as the
 * texts in that were UTF-8.  ERR_STORE if it is no report.
 */
MUST_CHECK bool report_read(struct arena *a, struct sv json, struct report *ret, struct err *err);
/*
 * Sets now->incident to what is new, still open and fixed against an earlier report, by check and asset; both live as long as the arena.
 * What the later one did not look at is neither.
 */
void report_compare(struct arena *a, struct report *now, const struct report *before);
/* In the shape of report_json: what stands in the object of an asset before its checks, all of that object, and an orphan. */
void report_json_state(struct json_writer *w, const struct asset_result *a);
void report_json_asset(struct json_writer *w, const struct asset_result *a);
void report_json_orphan(struct json_writer *w, const struct orphan *o);
/* The key `incidents`, if the report has them; and what stands in it, read from JSON that was written so. */
void report_json_incidents(struct json_writer *w, const struct report *r);
MUST_CHECK bool report_read_incidents(struct arena *a, struct sv json, struct report *ret, struct err *err);
/*
 * JSON Schema of `report`, `gate` (its decision), `events`, `runs`, `incidents` or `mutes` (their lists), `incident` or `mute`; false if there is
 * none of that name.
 */
bool report_json_schema(struct sv name, struct buf *b);

#endif
