/*
 * SQLite stores any kind of value in any column: what a column's declaration says is a preference (its affinity).  Here is what
 * weir makes of the declarations, and which stored values fit.
 */
#include <math.h>

#include "base/num.h"
#include "engine/sqlite.h"

/* Is the word somewhere in the declaration?  Letters regardless of case, as SQLite looks at them. */
static bool
mentions(struct sv s, const char *word)
{
	struct sv w = sv_of(word);

	for (size_t i = 0; i + w.n <= s.n; i++)
		if (sv_ieq((struct sv){s.p + i, w.n}, w))
			return true;
	return false;
}

static struct type
of_kind(enum type_kind kind, const struct tz *zone)
{
	return (struct type){.kind = kind, .zone = zone};
}

/* DECIMAL(10,2), NUMERIC (38); without digits there is no scale to hold values to. */
static struct type
numeric_type(struct sv s)
{
	struct type t = {.kind = TYPE_NUMBER};
	ptrdiff_t open = sv_find(s, '('), close = sv_find(s, ')');
	int64_t precision, scale = 0;
	struct sv digits, first;

	if (open < 0 || close < open)
		return t;
	digits = (struct sv){s.p + open + 1, (size_t)(close - open - 1)};
	first = sv_cut(&digits, ',');
	if (!num_i64(sv_trim(first), &precision) || precision < 1 || precision > 38)
		return t;
	digits = sv_trim(digits);
	if (digits.n > 0 && (!num_i64(digits, &scale) || scale < 0 || scale > precision))
		return t;
	return (struct type){.kind = TYPE_DECIMAL, .precision = (uint8_t)precision, .scale = (uint8_t)scale};
}

struct type
sqlite_type(struct sv declared, const struct tz *zone)
{
	static const struct {
		const char *word;
		enum type_kind kind;
	} table[] = {
		/* The first that is found counts. */
		{"BOOL", TYPE_BOOLEAN},
		{"INT", TYPE_INTEGER},
		{"CHAR", TYPE_STRING},
		{"CLOB", TYPE_STRING},
		{"TEXT", TYPE_STRING},
		{"BLOB", TYPE_BINARY},
		{"BINARY", TYPE_BINARY},
		{"REAL", TYPE_NUMBER},
		{"FLOA", TYPE_NUMBER},
		{"DOUB", TYPE_NUMBER},
		{"DECIMAL", TYPE_DECIMAL},
		{"NUMERIC", TYPE_DECIMAL},
		{"TIMESTAMPTZ", TYPE_TIMESTAMPTZ},
		{"WITH TIME ZONE", TYPE_TIMESTAMPTZ},
		{"TIMESTAMP", TYPE_TIMESTAMP},
		{"DATETIME", TYPE_TIMESTAMP},
		{"DATE", TYPE_DATE},
	};

	for (size_t i = 0; i < LEN(table); i++) {
		if (!mentions(declared, table[i].word))
			continue;
		if (table[i].kind == TYPE_DECIMAL)
			return numeric_type(declared);
		return of_kind(table[i].kind,
		               table[i].kind >= TYPE_DATE && table[i].kind <= TYPE_TIMESTAMPTZ ? zone : NULL);
	}
	return of_kind(TYPE_VARIANT, NULL);
}

struct value
sqlite_stored(sqlite3_value *v)
{
	const void *p;

	switch (sqlite3_value_type(v)) {
	case SQLITE_INTEGER:
		return value_int(sqlite3_value_int64(v));
	case SQLITE_FLOAT:
		return value_real(sqlite3_value_double(v));
	case SQLITE_TEXT:
		p = sqlite3_value_text(v); /* before its length: it may have to be converted */
		return value_text((struct sv){p, (size_t)sqlite3_value_bytes(v)});
	case SQLITE_BLOB:
		p = sqlite3_value_blob(v);
		return (struct value){.kind = VALUE_BINARY, .s = {p, (size_t)sqlite3_value_bytes(v)}};
	default:
		return VALUE_NONE;
	}
}

struct value
sqlite_result(struct sqlite3_stmt *s, int i)
{
	const void *p;

	switch (sqlite3_column_type(s, i)) {
	case SQLITE_INTEGER:
		return value_int(sqlite3_column_int64(s, i));
	case SQLITE_FLOAT:
		return value_real(sqlite3_column_double(s, i));
	case SQLITE_TEXT:
		p = sqlite3_column_text(s, i);
		return value_text((struct sv){p, (size_t)sqlite3_column_bytes(s, i)});
	case SQLITE_BLOB:
		p = sqlite3_column_blob(s, i);
		return (struct value){.kind = VALUE_BINARY, .s = {p, (size_t)sqlite3_column_bytes(s, i)}};
	default:
		return VALUE_NONE;
	}
}

/* Into a declared string everything but blobs goes, as its text. */
static bool
fit_string(const struct column *c, struct value stored, struct arena *a, struct value *ret)
{
	struct buf text;

	if (stored.kind == VALUE_TEXT) {
		*ret = stored;
		return true;
	}
	if (!c->declared || stored.kind == VALUE_BINARY)
		return false;
	buf_init(&text, NUM_MAX);
	(void)value_to_text(stored, &text);
	*ret = value_text(arena_sv(a, buf_sv(&text)));
	buf_fini(&text);
	return true;
}

/* A double holds not every integer: an undeclared column keeps these as they are. */
static bool
loses_digits(const struct column *c, struct value stored)
{
	return !c->declared && stored.kind == VALUE_INT &&
	       (stored.i > INT64_C(1) << 53 || stored.i < -(INT64_C(1) << 53));
}

static bool
fit_text(const struct column *c, struct sv s, struct value *ret)
{
	enum type_kind kind = c->type.kind;
	bool word = sv_ieq(s, SV("true")) || sv_ieq(s, SV("false"));

	if (c->declared || kind == TYPE_DECIMAL || type_is_temporal(c->type) ||
	    (kind == TYPE_BOOLEAN && word))
		return value_parse(c->type, s, ret);
	return false;
}

bool
sqlite_fit(const struct column *c, struct value stored, struct arena *a, struct value *ret)
{
	switch (c->type.kind) {
	case TYPE_ANY:
	case TYPE_NULL:
	case TYPE_VARIANT:
		*ret = stored;
		return true;
	case TYPE_STRING:
		return fit_string(c, stored, a, ret);
	case TYPE_BINARY:
		*ret = (struct value){.kind = VALUE_BINARY, .s = stored.s};
		return stored.kind == VALUE_BINARY || (stored.kind == VALUE_TEXT && c->declared);
	default:
		break;
	}
	if (stored.kind == VALUE_TEXT)
		return fit_text(c, stored.s, ret);
	/* A number is no time, whatever epoch is meant; blobs are nothing but blobs. */
	if (stored.kind == VALUE_BINARY || type_is_temporal(c->type) ||
	    (c->type.kind == TYPE_NUMBER && loses_digits(c, stored)))
		return false;
	return value_cast(c->type, stored, ret);
}

const char *
sqlite_plain(struct type t)
{
	switch (t.kind) {
	case TYPE_BOOLEAN:
		return "typeof($) = 'integer' AND $ IN (0, 1)";
	case TYPE_INTEGER:
		return "typeof($) = 'integer'";
	case TYPE_NUMBER:
		return "typeof($) = 'real' OR (typeof($) = 'integer' AND $ BETWEEN -9007199254740992 AND "
		       "9007199254740992)";
	case TYPE_STRING:
		return "typeof($) = 'text'";
	case TYPE_BINARY:
		return "typeof($) = 'blob'";
	case TYPE_ANY:
	case TYPE_NULL:
	case TYPE_VARIANT:
		return "1";
	default:
		return NULL;
	}
}
