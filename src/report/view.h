/* What formats show of a report, the same in all of them: names, numbers and failing rows in words, and what is wrong, worst first. */
#ifndef WEIR_REPORT_VIEW_H
#define WEIR_REPORT_VIEW_H

#include "report/report.h"

/* What a check is called below its asset: its id without the asset's key in front. */
struct sv view_label(const struct asset_result *a, const struct check *c);
/* "12 checks: 10 passed, 1 failed" */
void view_counts(struct buf *b, const struct check_counts *c);
/* "FAIL: 12 checks: 11 passed, 1 failed; 3 assets; 1 late": one line of plain text. */
void view_headline(struct buf *b, const struct report *r);
/* The title of an asset or partition: its key, and behind a space the partition. */
struct sv view_title(struct arena *a, const struct asset_result *r);
/* "3 of 10000 values are null", with a word on it where it is of little weight. */
struct sv view_message(struct arena *a, const struct check_result *c);
/* "waived by ana until 2026-01-02T03:04:05Z: known outage" */
struct sv view_waiver(struct arena *a, const struct waiver *w);
/* The check's error is what its asset says already. */
bool view_is_told(const struct asset_result *a, const struct check_result *c);

/* Failing rows in words.  Values that are long are cut. */
struct sample {
	const struct shown_row *row;
	size_t n;
	int64_t more; /* further rows that break it */
};
struct sample view_sample(struct arena *a, const struct check_result *c, size_t max);
/* "row 17 [id=4]: -5.0" */
void view_row(struct buf *b, const struct shown_row *row);
enum { SAMPLE_ROWS = 3, SAMPLE_ROWS_KEPT = 10 };

/* What is wrong, or worth a warning. */
struct finding {
	enum outcome outcome; /* WARN, FAIL or ERROR */
	const char *
		kind; /* check_failed, check_error, unreadable, late, aging, unknown_age, stale, and orphans' */
	struct sv asset, partition;
	const struct check_result *check;  /* NULL of others than checks */
	const struct asset_result *result; /* NULL of orphans */
	struct sv title;                   /* of the asset or partition */
	struct sv label;                   /* of the check, or "freshness", "staleness", "orphan" … */
	struct sv message, hint, waived;   /* not escaped; may be empty */
	struct loc loc;                    /* where the catalog says it; file NULL = unknown */
};
/* All of them, worst first, else in the order of the report. */
struct finding *view_findings(struct arena *a, const struct report *r, size_t *n);

/* "Problems: 2 new, 1 fixed, 5 still open (the oldest for 3 h); 4 more follow from these" */
void view_news(struct buf *b, const struct report *r);
extern const char *const incident_change_words[INCIDENT_CHANGES]; /* "new", "still open", "fixed" … */
/*
 * Those that a list of what is wrong does not tell: what is fixed, and what is new among others that are not, new ones first; of
 * the last known state, all that are open.
 */
const struct incident **view_changes(struct arena *a, const struct report *r, size_t *n);
/* How bad it is, to mark it: fixed is good, a warning no failure. */
enum outcome view_incident_outcome(const struct incident *i);
/* How long it has been open, "for 3 h", or was, "after 3 h"; empty if it is new. */
struct sv view_incident_age(struct arena *a, const struct report *r, const struct incident *i);
/* What it is about: the check, or the asset with its partition. */
struct sv view_incident(struct arena *a, const struct incident *i);

#endif
