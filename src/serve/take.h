/*
 * JSON that a client sends, taken strictly: keys that no table knows, keys that are there twice, and values of the wrong kind are faults,
 * each with the JSON pointer of its place, and all of them are told in one go.
 */
#ifndef WEIR_SERVE_TAKE_H
#define WEIR_SERVE_TAKE_H

#include "base/arena.h"
#include "base/json.h"

struct request;

struct fault {
	struct sv pointer, detail;
};

/* All-zero but for the arena is an empty list. */
struct faults {
	struct arena *a;
	LIST(struct fault) list; /* the first FAULTS_MAX */
	size_t n;                /* of all */
	bool broken;             /* it is no JSON at all */
};
enum { FAULTS_MAX = 100, TAKE_TEXT_MAX = 4096 };

void fault(struct faults *f, struct sv pointer, const char *fmt, ...) PRINTF(3, 4);
/* The message with its hint. */
void fault_err(struct faults *f, struct sv pointer, const struct err *err);
/* "errors" or "warnings": [{"pointer", "detail"}]. */
void faults_write(struct json_writer *w, const char *name, const struct faults *f);
/* 400 for what is no JSON, else 422; application/problem+json with `errors`. */
void faults_answer(struct request *q, const struct faults *f);

struct taking {
	struct arena *a;
	struct json_scanner s;
	struct faults *faults;
	bool lenient; /* keys that no table knows, or that are there twice, are passed over */
};

enum take_kind {
	TAKE_TEXT,   /* struct sv */
	TAKE_TIME,   /* int64_t: RFC 3339 with a zone */
	TAKE_COUNT,  /* int64_t >= 0 */
	TAKE_NUMBER, /* double, finite */
	TAKE_BOOL,
	TAKE_OTHER /* as take says, which takes the whole value */
};

struct take_field {
	const char *name;
	enum take_kind kind;
	size_t at; /* offset in the struct */
	void (*take)(struct taking *t, void *base, struct sv pointer, enum json_event e);
	bool required;
};
enum { TAKE_FIELDS_MAX = 32 };

void take_init(struct taking *t, struct arena *a, struct sv json, struct faults *f);
/* After the outermost value: nothing may follow. */
void take_end(struct taking *t);
/* An object whose first event was just returned.  null stands for a key that is not there. */
void take_object(struct taking *t, const struct take_field *field, size_t n, void *base, struct sv pointer,
                 enum json_event e);
/* What was just returned is no such value: says so and skips it. */
void take_refuse(struct taking *t, struct sv pointer, enum json_event e, const char *expected);
/* A text; false after a fault. */
bool take_text(struct taking *t, struct sv pointer, enum json_event e, struct sv *ret);
bool take_number(struct taking *t, struct sv pointer, enum json_event e, double *ret);
/* The next event; JSON_ERROR is a fault, once. */
enum json_event take_next(struct taking *t);
/* The key that take_next returned, unescaped. */
struct sv take_key(const struct taking *t);
struct sv take_pointer(struct taking *t, struct sv parent,
                       struct sv key); /* parent/key, with ~ and / as ~0 and ~1 */
struct sv take_pointer_at(struct taking *t, struct sv parent, size_t i);

#endif
