/* Tables from which the JSON Schemas of the JSON output are made: one for each object.  Private to the files of schemas. */
#ifndef WEIR_REPORT_JSON_SCHEMA_H
#define WEIR_REPORT_JSON_SCHEMA_H

#include "base/base.h"

enum shape {
	TEXT,
	TEXT_OR_NULL,
	TIME,
	TIME_OR_NULL,
	WHOLE,
	WHOLE_OR_NULL,
	NUMBER,
	FLAG,
	CHOICE,
	TEXTS,
	ANY,
	ANY_OBJECT,
	OBJECT,
	LIST_OF
};

struct property {
	const char *name;
	enum shape shape;
	bool optional;
	const char *const *names; /* of CHOICE */
	size_t nnames;
	const struct object *object; /* of OBJECT and LIST_OF */
	const char *doc;
};

struct object {
	const struct property *property;
	size_t n;
};

#define NAMES(table) .names = (table), .nnames = LEN(table)
#define OBJECT_OF(table)            \
	{                           \
		(table), LEN(table) \
	}

/* report_schema.c */
extern const struct object asset_object, check_counts_object, error_object, incident_object, orphan_object,
	place_object, report_object, state_object, symptom_object;
/* gate_schema.c */
extern const struct object decision_object, gate_history_object;
/* diff_schema.c, mutate_schema.c */
extern const struct object diff_object, mutate_object;

#endif
