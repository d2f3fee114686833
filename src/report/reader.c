#include "report/reader.h"

#include <string.h>

#include "base/civil.h"
#include "base/num.h"

bool
reader_fail(struct json_reader *r, const char *what)
{
	uint32_t line, col;

	json_place(&r->s, r->s.p, &line, &col);
	return err_set(r->err, ERR_STORE, NOWHERE, "%s cannot be read: %s, in line %u",
	               r->what != NULL ? r->what : "the stored report", r->s.msg != NULL ? r->s.msg : what,
	               line);
}

static struct sv
text_of(const struct json_reader *r)
{
	return r->s.escaped ? json_unescape(r->a, r->s.text) : arena_sv(r->a, r->s.text);
}

static bool
read_text(struct json_reader *r, const struct member *m, char *at, enum json_event e)
{
	struct sv text = e == JSON_STRING ? text_of(r) : (struct sv){0};

	if (e != JSON_STRING && e != JSON_NULL)
		return reader_fail(r, "a text is expected");
	if (m->kind == MEMBER_TEXT)
		*(struct sv *)(void *)at = text;
	else if (m->kind == MEMBER_STRING)
		*(const char **)(void *)at = arena_str(r->a, text);
	else {
		size_t n = MIN(text.n, m->size - 1);

		if (n > 0)
			memcpy(at, text.p, n);
		at[n] = '\0';
	}
	return true;
}

bool
reader_time(struct json_reader *r, char *at, enum json_event e)
{
	int64_t t_us = TIME_NONE;

	if (e != JSON_NULL && (e != JSON_STRING || !rfc3339_parse(text_of(r), &t_us, NULL)))
		return reader_fail(r, "a time is expected");
	*(int64_t *)(void *)at = t_us;
	return true;
}

static bool
read_number(struct json_reader *r, const struct member *m, char *at, enum json_event e)
{
	int64_t whole = 0;
	double real = 0;

	if (e != JSON_NUMBER ||
	    (m->kind == MEMBER_F64 ? !num_f64(r->s.text, &real) : !num_i64(r->s.text, &whole)))
		return reader_fail(r, "a number is expected");
	if (m->kind == MEMBER_F64)
		*(double *)(void *)at = real;
	else if (m->kind == MEMBER_I64)
		*(int64_t *)(void *)at = whole;
	else
		*(uint32_t *)(void *)at = whole < 0 || whole > UINT32_MAX ? 0 : (uint32_t)whole;
	return true;
}

static bool
read_name(struct json_reader *r, const struct member *m, char *at, enum json_event e)
{
	for (size_t i = 0; e == JSON_STRING && i < m->nnames; i++)
		if (sv_is(r->s.text, m->names[i])) {
			*(unsigned *)(void *)at = (unsigned)i;
			return true;
		}
	return reader_fail(r, "a name is not known");
}

/* The value as it stands there. */
static bool
read_raw(struct json_reader *r, char *at, enum json_event e)
{
	/* Only containers are kept so, and their first byte was just read. */
	const char *start = r->s.p - 1;

	if ((e != JSON_OBJECT && e != JSON_ARRAY) || !json_skip(&r->s, e))
		return reader_fail(r, "an object is expected");
	*(struct sv *)(void *)at = arena_sv(r->a, (struct sv){start, (size_t)(r->s.p - start)});
	return true;
}

static bool
read_member(struct json_reader *r, const struct member *m, void *base, enum json_event e)
{
	char *at = (char *)base + m->at;

	switch (m->kind) {
	case MEMBER_TEXT:
	case MEMBER_STRING:
	case MEMBER_CHARS:
		return read_text(r, m, at, e);
	case MEMBER_TIME:
		return reader_time(r, at, e);
	case MEMBER_BOOL:
		if (e != JSON_TRUE && e != JSON_FALSE)
			return reader_fail(r, "true or false is expected");
		*(bool *)(void *)at = e == JSON_TRUE;
		return true;
	case MEMBER_I64:
	case MEMBER_U32:
	case MEMBER_F64:
		return read_number(r, m, at, e);
	case MEMBER_ENUM:
		return read_name(r, m, at, e);
	case MEMBER_RAW:
		return read_raw(r, at, e);
	case MEMBER_OTHER:
		return m->read(r, base, e);
	}
	return false;
}

bool
reader_object(struct json_reader *r, struct members t, void *base, enum json_event e)
{
	if (e != JSON_OBJECT)
		return reader_fail(r, "an object is expected");
	while ((e = json_next(&r->s)) == JSON_KEY) {
		const struct member *m = NULL;

		for (size_t i = 0; i < t.n && m == NULL; i++)
			if (sv_is(r->s.text, t.v[i].name))
				m = &t.v[i];
		e = json_next(&r->s);
		if (m != NULL ? !read_member(r, m, base, e) : !json_skip(&r->s, e))
			return m != NULL ? false : reader_fail(r, "it is damaged");
	}
	return e == JSON_OBJECT_END || reader_fail(r, "it is damaged");
}

bool
reader_texts(struct json_reader *r, enum json_event e, const struct sv **ret, size_t *n)
{
	LIST(struct sv) list = {0};

	if (e != JSON_ARRAY)
		return reader_fail(r, "a list is expected");
	while ((e = json_next(&r->s)) == JSON_STRING)
		*LIST_ADD(r->a, &list) = text_of(r);
	*ret = list.v;
	*n = list.n;
	return e == JSON_ARRAY_END || reader_fail(r, "a list of texts is expected");
}
