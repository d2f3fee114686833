/* Words and cuts that channels share. */
#ifndef WEIR_ALERT_WORDING_H
#define WEIR_ALERT_WORDING_H

#include "alert/notice.h"

/* One line without control characters, as ESCAPE_LINE makes it. */
struct sv one_line(struct arena *a, struct sv text);
/* At most max bytes, cut between characters; what was cut ends in "…". */
struct sv cut_text(struct arena *a, struct sv text, size_t max);

/* What a person would want to know of an incident, in this order; empty values are left out. */
struct fact {
	const char *name;
	struct sv value;
};
enum { FACTS_MAX = 12 };
size_t incident_facts(struct arena *a, const struct notice_incident *i, struct fact ret[FACTS_MAX]);
/* What was seen, or, if nothing is said of that, the title. */
struct sv incident_words(const struct incident *i);

#endif
