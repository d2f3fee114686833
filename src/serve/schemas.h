/*
 * Named JSON Schemas of what goes in and out over HTTP, for /openapi.json.  Tables; the tests hold every answer against them.
 *
 * A family of routes has its schemas beside its handlers, as `const struct schema schema_…`; each has a line in the table of schemas.c.
 */
#ifndef WEIR_SERVE_SCHEMAS_H
#define WEIR_SERVE_SCHEMAS_H

#include "base/json.h"

enum schema_shape {
	SCHEMA_TEXT,
	SCHEMA_TIME,   /* RFC 3339 */
	SCHEMA_WHOLE,  /* an integer */
	SCHEMA_NUMBER, /* nullable if it may be NaN, which is written as null */
	SCHEMA_FLAG,
	SCHEMA_CHOICE,         /* one of names */
	SCHEMA_TEXTS,          /* a list */
	SCHEMA_OBJECT,         /* of the schema `of` */
	SCHEMA_LIST,           /* of `of` */
	SCHEMA_ONE_OR_MORE,    /* one of `of`, or a list of them */
	SCHEMA_TEXT_OR_OBJECT, /* a text, or one of `of` */
	SCHEMA_NUMBERS,        /* an object: numbers by name */
	SCHEMA_ANY_OBJECT,
	SCHEMA_ANY
};

struct schema_field {
	const char *name;
	enum schema_shape shape;
	const char *doc;
	const char *of;
	const char *const *names; /* of CHOICE */
	size_t nnames;
	bool optional, nullable;
};

/* An object of these fields and no others; or, without fields, a shape; or what a report format describes. */
struct schema {
	const char *name; /* CamelCase */
	const char *doc;
	const struct schema_field *field;
	size_t nfield;
	bool open; /* other fields may stand in it */
	enum schema_shape shape;
	const char *of;
	const char *report; /* as report_json_schema calls it */
};

extern const struct schema *const schemas[]; /* sorted by name */
extern const size_t schema_count;

const struct schema *schema_find(const char *name); /* or NULL */
void schema_write(struct json_writer *w, const struct schema *s);

/* The rows, by family. */
extern const struct schema schema_problem;
extern const struct schema schema_health;

#endif
