/* The bodies of /v1/incidents and /v1/mutes. */
#include "serve/schemas.h"

const struct body_schema body_incident = {
	.name = "Incident", .doc = "The life of one thing that is wrong.", .report = "incident"};

static const struct body_field incidents_fields[] = {
	{"incidents", BODY_LIST, .doc = "The newest first, without their records.", .of = "Incident"},
	{"next", BODY_TEXT, .doc = "Address of the next page; null on the last one.", .nullable = true},
};
const struct body_schema body_incidents = {
	.name = "Incidents",
	.doc = "A page of incidents.",
	.field = incidents_fields,
	.nfield = LEN(incidents_fields),
};

#define MAY .optional = true, .nullable = true
static const struct body_field ack_fields[] = {
	{"note", BODY_TEXT, .doc = "What others should know.", MAY},
};
const struct body_schema body_incident_ack = {
	.name = "IncidentAck",
	.doc = "Who asks is at it.",
	.field = ack_fields,
	.nfield = LEN(ack_fields),
};

static const struct body_field snooze_fields[] = {
	{"for", BODY_TEXT, .doc = "For how long: 2h. Either this or `until`.", MAY},
	{"until", BODY_TIME, .doc = "Until when; at most 366 days ahead.", MAY},
};
const struct body_schema body_incident_snooze = {
	.name = "IncidentSnooze",
	.doc = "For how long nobody is told again.",
	.field = snooze_fields,
	.nfield = LEN(snooze_fields),
};

static const struct body_field resolve_fields[] = {
	{"reason", BODY_TEXT, .doc = "Why it is over."},
};
const struct body_schema body_incident_resolve = {
	.name = "IncidentResolve",
	.doc = "That it is over.",
	.field = resolve_fields,
	.nfield = LEN(resolve_fields),
};

const struct body_schema body_mute = {
	.name = "Mute", .doc = "For a while nobody is told of certain incidents.", .report = "mute"};

static const struct body_field mutes_fields[] = {
	{"mutes", BODY_LIST, .doc = "The newest first.", .of = "Mute"},
};
const struct body_schema body_mutes = {
	.name = "Mutes",
	.doc = "What is muted.",
	.field = mutes_fields,
	.nfield = LEN(mutes_fields),
};

static const struct body_field mute_fields[] = {
	{"for", BODY_TEXT, .doc = "For how long: 2h. Either this or `until`.", MAY},
	{"match", BODY_TEXTS,
         .doc = "Conditions: `asset=raw/x`, `kind=late`, `owner=team:a`, `severity=warning`, `tag=tier=gold`. Those of one name are alternatives, but for tags; one of each name must hold."},
	{"reason", BODY_TEXT, .doc = "Why."},
	{"until", BODY_TIME, .doc = "Until when; at most 366 days ahead.", MAY},
};
const struct body_schema body_mute_to_add = {
	.name = "MuteToAdd",
	.doc = "Which incidents, for how long, and why.",
	.field = mute_fields,
	.nfield = LEN(mute_fields),
};
