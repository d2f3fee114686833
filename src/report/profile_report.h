/* Profiles for people and for programs. */
#ifndef WEIR_REPORT_PROFILE_REPORT_H
#define WEIR_REPORT_PROFILE_REPORT_H

#include "report/report.h"
#include "run/profile.h"

/* One asset or partition: its profile, or why there is none. */
struct profiled {
	struct sv key, partition;
	struct err err; /* set: nothing else is meant */
	struct profile profile;
	bool suggested; /* suggestions were asked for */
	struct suggestion *suggestion;
	size_t nsuggestion;
};

/* width: terminal columns that a line may take; what does not fit is cut with "…". */
void profile_text(const struct profiled *p, const struct report_style *s, int width, int64_t now_us,
                  struct buf *b);
/* The suggestions as a list under `checks:`, each with its reason as a comment, `indent` spaces in. */
void suggestions_yaml(const struct suggestion *s, size_t n, int indent, struct buf *b);
/* The same as a suite, which `weir check --suite` and `suites:` take as it is. */
void suite_yaml(const struct profiled *p, int64_t now_us, struct buf *b);
void profiles_json(const struct profiled *p, size_t n, int64_t at_us, struct buf *b);

#endif
