/* Incidents and mutes as JSON: of `weir incidents` and of GET /v1/incidents. */
#ifndef WEIR_REPORT_INCIDENT_H
#define WEIR_REPORT_INCIDENT_H

#include "alert/hold.h"
#include "base/json.h"
#include "store/mute.h"

/* What is shown of an incident beside itself. */
struct incident_view {
	const struct incident *incident;
	const struct asset *asset; /* that it concerns; NULL = none */
	const struct hold *hold;   /* that keeps it from being told now; NULL = none */
	const struct incident_event *event;
	size_t nevent;
	bool has_events;
	int64_t now_us;
};

/* The keys `symptom_count` and `symptoms` of an object. */
void report_symptoms(struct json_writer *w, const struct incident *i);
void report_incident(struct json_writer *w, const struct incident_view *v);
/* In force, ahead, ended or expired. */
const char *mute_state(const struct mute *m, int64_t now_us);
void report_mute(struct json_writer *w, const struct mute *m, int64_t now_us);

/* Back from JSON, an array where it is several: what lacks a part that it cannot be without is ERR_STORE. */
struct json_reader;
MUST_CHECK bool report_read_symptoms(struct json_reader *r, struct incident *i, enum json_event e);
MUST_CHECK bool report_read_incident(struct arena *a, struct sv json, int64_t now_us,
                                     struct incident_view *ret, struct err *err);
MUST_CHECK bool report_read_incident_list(struct arena *a, struct sv json, int64_t now_us,
                                          struct incident_view **ret, size_t *n, struct err *err);
MUST_CHECK bool report_read_mute(struct arena *a, struct sv json, struct mute *ret, struct err *err);
MUST_CHECK bool report_read_mutes(struct arena *a, struct sv json, struct mute **ret, size_t *n,
                                  struct err *err);

#endif
