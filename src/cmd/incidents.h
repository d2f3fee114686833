/* Incidents and mutes on standard output, as text or JSON: those of the state here and those of a service print the same. */
#ifndef WEIR_CMD_INCIDENTS_H
#define WEIR_CMD_INCIDENTS_H

#include "cmd/output.h"
#include "report/incident.h"

/* All give the exit status; nothing: what is said instead of an empty list. */
int incidents_print(const struct options *o, const struct incident_view *v, size_t n, const char *nothing);
/* With its record. */
int incidents_print_one(const struct options *o, const struct incident_view *v);
int mutes_print(const struct options *o, const struct mute *m, size_t n, int64_t now_us);
int mutes_print_one(const struct options *o, const struct mute *m, int64_t now_us);

#endif
