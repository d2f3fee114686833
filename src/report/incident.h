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

#endif
