#include "serve/take.h"

#include <assert.h>
#include <math.h>

#include "base/civil.h"
#include "base/num.h"
#include "serve/request.h"

void
fault(struct faults *f, struct sv pointer, const char *fmt, ...)
{
	va_list ap;

	if (f->n++ >= FAULTS_MAX)
		return;
	va_start(ap, fmt);
	*LIST_ADD(f->a, &f->list) = (struct fault){.pointer = pointer,
	                                           .detail = sv_of(arena_vprintf(f->a, fmt, ap))};
	va_end(ap);
}

void
fault_err(struct faults *f, struct sv pointer, const struct err *err)
{
	if (err->hint[0] != '\0')
		fault(f, pointer, "%s; %s", err->msg, err->hint);
	else
		fault(f, pointer, "%s", err->msg);
}

void
faults_write(struct json_writer *w, const char *name, const struct faults *f)
{
	json_key(w, name);
	json_array(w);
	for (size_t i = 0; i < f->list.n; i++) {
		json_object(w);
		json_put_sv(w, "pointer", f->list.v[i].pointer);
		json_put_sv(w, "detail", f->list.v[i].detail);
		json_object_end(w);
	}
	json_array_end(w);
}

void
faults_answer(struct request *q, const struct faults *f)
{
	const int status = f->broken ? 400 : 422;
	AUTO(buf) b = buf_new((size_t)4 << 20);
	struct json_writer w;
	const struct fault *first = &f->list.v[0];
	struct sv rest = q->target, path = sv_cut(&rest, '?');

	assert(f->n > 0);
	json_write_init(&w, b, 0);
	json_object(&w);
	json_put_str(&w, "type", "about:blank");
	json_put_str(&w, "title", f->broken ? "the body is no JSON" : "the body cannot be taken");
	json_put_i64(&w, "status", status);
	if (f->n == 1)
		json_put_sv(&w, "detail", first->detail);
	else
		json_put_sv(
			&w, "detail",
			arena_svf(q->a, SV_FMT " (and %zu more mistakes)", SV_ARG(first->detail), f->n - 1));
	json_put_sv(&w, "instance", path);
	faults_write(&w, "errors", f);
	json_object_end(&w);
	if (b->full)
		request_refuse(q, status, SV_FMT, SV_ARG(first->detail));
	else
		request_answer(q, status, "application/problem+json", arena_sv(q->a, buf_sv(b)));
}

void
take_init(struct taking *t, struct arena *a, struct sv json, struct faults *f)
{
	*t = (struct taking){.a = a, .faults = f};
	json_scan_init(&t->s, json);
}

static void
break_off(struct taking *t)
{
	uint32_t line, col;

	if (t->faults->broken)
		return;
	t->faults->broken = true;
	json_place(&t->s, t->s.p, &line, &col);
	fault(t->faults, (struct sv){0}, "%s, in line %u, column %u",
	      t->s.msg != NULL ? t->s.msg : "it ends too early", line, col);
}

enum json_event
take_next(struct taking *t)
{
	enum json_event e = t->faults->broken ? JSON_ERROR : json_next(&t->s);

	if (e == JSON_ERROR)
		break_off(t);
	return e;
}

static void
skip(struct taking *t, enum json_event e)
{
	if (e != JSON_ERROR && !t->faults->broken && !json_skip(&t->s, e))
		break_off(t);
}

void
take_end(struct taking *t)
{
	if (!t->faults->broken && take_next(t) != JSON_END)
		break_off(t);
}

struct sv
take_key(const struct taking *t)
{
	return t->s.escaped ? json_unescape(t->a, t->s.text) : t->s.text;
}

struct sv
take_pointer(struct taking *t, struct sv parent, struct sv key)
{
	char *p = arena_alloc(t->a, parent.n + 1 + 2 * key.n);
	size_t n = parent.n;

	if (n > 0)
		memcpy(p, parent.p, n);
	p[n++] = '/';
	for (size_t i = 0; i < key.n; i++) {
		const bool quoted = key.p[i] == '~' || key.p[i] == '/';

		if (quoted)
			p[n++] = '~';
		p[n++] = (char)(!quoted ? key.p[i] : key.p[i] == '~' ? '0' : '1');
	}
	return (struct sv){p, n};
}

struct sv
take_pointer_at(struct taking *t, struct sv parent, size_t i)
{
	return arena_svf(t->a, SV_FMT "/%zu", SV_ARG(parent), i);
}

void
take_refuse(struct taking *t, struct sv pointer, enum json_event e, const char *expected)
{
	if (e != JSON_ERROR)
		fault(t->faults, pointer, "%s is expected here", expected);
	skip(t, e);
}

bool
take_text(struct taking *t, struct sv pointer, enum json_event e, struct sv *ret)
{
	struct sv text;

	if (e != JSON_STRING) {
		take_refuse(t, pointer, e, "a text");
		return false;
	}
	text = t->s.escaped ? json_unescape(t->a, t->s.text) : arena_sv(t->a, t->s.text);
	if (text.n > TAKE_TEXT_MAX) {
		fault(t->faults, pointer, "the text is longer than %d bytes", TAKE_TEXT_MAX);
		return false;
	}
	if (!sv_utf8_valid(text) || sv_find(text, '\0') >= 0) {
		fault(t->faults, pointer, "the text holds a NUL or is no UTF-8");
		return false;
	}
	*ret = text;
	return true;
}

bool
take_number(struct taking *t, struct sv pointer, enum json_event e, double *ret)
{
	double v;

	if (e != JSON_NUMBER) {
		take_refuse(t, pointer, e, "a number");
		return false;
	}
	if (!num_f64(t->s.text, &v) || !isfinite(v)) {
		fault(t->faults, pointer, "the number is out of range");
		return false;
	}
	*ret = v;
	return true;
}

static void
take_time(struct taking *t, struct sv pointer, enum json_event e, int64_t *ret)
{
	struct sv text = {0};
	struct err err = {0};

	if (take_text(t, pointer, e, &text) && !rfc3339_parse(text, ret, &err))
		fault_err(t->faults, pointer, &err);
}

static void
take_count(struct taking *t, struct sv pointer, enum json_event e, int64_t *ret)
{
	int64_t v;

	if (e != JSON_NUMBER)
		take_refuse(t, pointer, e, "a whole number");
	else if (!num_i64(t->s.text, &v) || v < 0)
		fault(t->faults, pointer, "a whole number from 0 is expected here");
	else
		*ret = v;
}

static void
take_field(struct taking *t, const struct take_field *f, void *base, struct sv pointer, enum json_event e)
{
	void *at = (char *)base + f->at;

	switch (f->kind) {
	case TAKE_TEXT:
		(void)take_text(t, pointer, e, at);
		break;
	case TAKE_TIME:
		take_time(t, pointer, e, at);
		break;
	case TAKE_COUNT:
		take_count(t, pointer, e, at);
		break;
	case TAKE_NUMBER:
		(void)take_number(t, pointer, e, at);
		break;
	case TAKE_BOOL:
		if (e == JSON_TRUE || e == JSON_FALSE)
			*(bool *)at = e == JSON_TRUE;
		else
			take_refuse(t, pointer, e, "true or false");
		break;
	case TAKE_OTHER:
		f->take(t, base, pointer, e);
		break;
	}
}

static void
refuse_key(struct taking *t, const struct take_field *field, size_t n, struct sv pointer, struct sv key)
{
	const char *names[TAKE_FIELDS_MAX + 1] = {0}, *near;

	assert(n <= TAKE_FIELDS_MAX);
	for (size_t i = 0; i < n; i++)
		names[i] = field[i].name;
	near = sv_nearest(key, names, n);
	if (near != NULL)
		fault(t->faults, pointer, "there is no such key; did you mean '%s'?", near);
	else
		fault(t->faults, pointer, "there is no such key");
}

void
take_object(struct taking *t, const struct take_field *field, size_t n, void *base, struct sv pointer,
            enum json_event e)
{
	bool given[TAKE_FIELDS_MAX] = {0};

	if (e != JSON_OBJECT) {
		take_refuse(t, pointer, e, "an object");
		return;
	}
	while ((e = take_next(t)) == JSON_KEY) {
		struct sv key = take_key(t), at = take_pointer(t, pointer, key);
		size_t i = 0;

		while (i < n && !sv_is(key, field[i].name))
			i++;
		e = take_next(t);
		if (t->lenient && (i == n || given[i])) {
			skip(t, e);
		} else if (i == n) {
			refuse_key(t, field, n, at, key);
			skip(t, e);
		} else if (given[i]) {
			fault(t->faults, at, "the key is there twice");
			skip(t, e);
		} else if (e != JSON_NULL) {
			given[i] = true;
			take_field(t, &field[i], base, at, e);
		}
	}
	for (size_t i = 0; i < n && !t->faults->broken; i++)
		if (field[i].required && !given[i])
			fault(t->faults, pointer, "the key '%s' is missing", field[i].name);
}
