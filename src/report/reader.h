/*
 * JSON objects into structs, by tables: which key goes to which field.  Keys that no table knows are passed over, as a newer weir may have
 * written them; a value of the wrong kind is an error with its line.
 */
#ifndef WEIR_REPORT_READER_H
#define WEIR_REPORT_READER_H

#include "base/arena.h"
#include "base/json.h"

struct json_reader {
	struct arena *a;
	struct json_scanner s;
	struct err *err;
	const char *what; /* is read, for messages; NULL = "the stored report" */
};

enum member_kind {
	MEMBER_TEXT,   /* struct sv; null is empty */
	MEMBER_STRING, /* const char *; null is empty */
	MEMBER_CHARS,  /* an array of char; what is too long is cut */
	MEMBER_TIME,   /* int64_t: RFC 3339 as microseconds; null is TIME_NONE */
	MEMBER_BOOL,
	MEMBER_I64,
	MEMBER_U32, /* lines and columns of places: what is out of range is 0, unknown */
	MEMBER_F64,
	MEMBER_ENUM, /* by one of names[] */
	MEMBER_RAW,  /* struct sv: an object or array as it stands there */
	MEMBER_OTHER /* as read() says */
};

struct member {
	const char *name;
	enum member_kind kind;
	size_t at;                /* offset in the struct */
	size_t size;              /* of MEMBER_CHARS, in bytes */
	const char *const *names; /* of MEMBER_ENUM */
	size_t nnames;
	bool (*read)(struct json_reader *r, void *base, enum json_event first); /* of MEMBER_OTHER */
};

struct members {
	const struct member *v;
	size_t n;
};

/* ERR_STORE: what is expected, or what the scanner found. */
bool reader_fail(struct json_reader *r, const char *what);
/* An object whose first event was just returned, by its table. */
MUST_CHECK bool reader_object(struct json_reader *r, struct members t, void *base, enum json_event e);
/* An array of texts. */
MUST_CHECK bool reader_texts(struct json_reader *r, enum json_event e, const struct sv **ret, size_t *n);
/* A time, or null, into the int64_t at `at`. */
MUST_CHECK bool reader_time(struct json_reader *r, char *at, enum json_event e);

#define MEMBERS(table) ((struct members){(table), LEN(table)})
#define AT(type, field) .at = offsetof(struct type, field)
#define CHARS(type, field) .at = offsetof(struct type, field), .size = sizeof(((struct type *)NULL)->field)
#define NAMED(type, field, table) .at = offsetof(struct type, field), .names = (table), .nnames = LEN(table)

/* An array of objects into a LIST; each starts as init says. */
#define READ_LIST(r, e, list, members, init)                                                          \
	({                                                                                            \
		bool fine_ = (e) == JSON_ARRAY || reader_fail((r), "a list is expected");             \
		enum json_event e_ = JSON_ARRAY_END;                                                  \
		while (fine_ && (e_ = json_next(&(r)->s)) == JSON_OBJECT) {                           \
			__typeof__((list)->v) it_ = LIST_ADD((r)->a, (list));                         \
			*it_ = (init);                                                                \
			fine_ = reader_object((r), (members), it_, e_);                               \
		}                                                                                     \
		fine_ && (e_ == JSON_ARRAY_END || reader_fail((r), "a list of objects is expected")); \
	})

#endif
