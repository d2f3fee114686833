#include "serve/past_json.h"

#include <math.h>

#include "base/num.h"

/* Writing -------------------------------------------------------------------------------------------------------------- */

/* JSON has no infinity; NaN stands for none. */
static void
put_number(struct json_writer *w, const char *key, double v)
{
	json_key(w, key);
	if (isinf(v))
		json_str(w, v > 0 ? "Infinity" : "-Infinity");
	else
		json_f64(w, v);
}

static void
put_point(struct json_writer *w, const struct metric_point *p)
{
	json_object(w);
	json_put_sv(w, "partition", p->partition);
	json_put_sv(w, "data_version", p->version);
	json_put_time(w, "at", p->at_us);
	put_number(w, "value", p->value);
	json_put_bool(w, "flagged", p->flagged);
	json_put_bool(w, "incident", p->incident);
	json_object_end(w);
}

static void
put_seen(struct json_writer *w, const struct past_observation *o)
{
	json_object(w);
	json_put_sv(w, "partition", o->partition);
	json_put_sv(w, "data_version", o->version);
	json_put_sv(w, "value", o->value);
	json_object_end(w);
}

static void
put_sketch(struct json_writer *w, const struct stored_sketch *s)
{
	json_object(w);
	json_put_sv(w, "partition", s->partition);
	json_put_sv(w, "data_version", s->version);
	json_put_time(w, "at", s->at_us);
	json_put_raw(w, "distribution", s->body);
	json_object_end(w);
}

static void
put_answer(struct json_writer *w, const struct past_answer *x)
{
	json_object(w);
	json_put_sv(w, "partition", x->partition);
	json_key(w, "points");
	json_array(w);
	for (size_t i = 0; i < x->npoint; i++)
		put_point(w, &x->point[i]);
	json_array_end(w);
	put_number(w, "number", x->number);
	json_key(w, "seen");
	json_array(w);
	for (size_t i = 0; i < x->nseen; i++)
		put_seen(w, &x->seen[i]);
	json_array_end(w);
	json_key(w, "sketches");
	json_array(w);
	for (size_t i = 0; i < x->nsketch; i++)
		put_sketch(w, &x->sketch[i]);
	json_array_end(w);
	json_object_end(w);
}

static void
put_error(struct json_writer *w, const struct err *err)
{
	json_key(w, "error");
	if (err->code == ERR_NONE) {
		json_null(w);
		return;
	}
	json_object(w);
	json_put_str(w, "code", err_code_name(err->code));
	json_put_str(w, "message", err->msg);
	json_put_str(w, "hint", err->hint);
	json_object_end(w);
}

static void
put_record(struct json_writer *w, const struct past_record *x)
{
	json_object(w);
	json_put_str(w, "kind", past_kind_names[x->kind]);
	json_put_sv(w, "name", x->name);
	json_put_bool(w, "good", x->good);
	put_error(w, &x->err);
	json_key(w, "answers");
	json_array(w);
	for (size_t i = 0; i < x->n; i++)
		put_answer(w, &x->answer[i]);
	json_array_end(w);
	json_object_end(w);
}

void
past_json_write(struct json_writer *w, const struct past_copy *copy)
{
	json_object(w);
	json_put_sv(w, "asset", copy->asset);
	json_put_sv(w, "partition", copy->partition);
	json_key(w, "records");
	json_array(w);
	for (size_t i = 0; i < copy->n; i++)
		put_record(w, &copy->record[i]);
	json_array_end(w);
	json_object_end(w);
}

/* Reading -------------------------------------------------------------------------------------------------------------- */

static bool
read_number(struct json_reader *r, double *ret, enum json_event e)
{
	if (e == JSON_NULL) {
		*ret = NAN;
		return true;
	}
	if ((e == JSON_NUMBER || e == JSON_STRING) && num_f64(r->s.text, ret) && !isnan(*ret))
		return true;
	return reader_fail(r, "a number is expected");
}

static bool
read_value(struct json_reader *r, void *base, enum json_event e)
{
	return read_number(r, &((struct metric_point *)base)->value, e);
}

static const struct member point_members[] = {
	{"partition", MEMBER_TEXT, AT(metric_point, partition)},
	{"data_version", MEMBER_TEXT, AT(metric_point, version)},
	{"at", MEMBER_TIME, AT(metric_point, at_us)},
	{"value", MEMBER_OTHER, .read = read_value},
	{"flagged", MEMBER_BOOL, AT(metric_point, flagged)},
	{"incident", MEMBER_BOOL, AT(metric_point, incident)},
};

/* What a point lacks would be taken for something that it is not. */
static bool
read_points(struct json_reader *r, void *base, enum json_event e)
{
	struct past_answer *x = base;
	LIST(struct metric_point) list = {0};

	if (!READ_LIST(r, e, &list, MEMBERS(point_members),
	               ((struct metric_point){.value = NAN, .at_us = TIME_NONE})))
		return false;
	for (size_t i = 0; i < list.n; i++)
		if (isnan(list.v[i].value) || list.v[i].at_us == TIME_NONE)
			return reader_fail(r, "a point has no value or no time");
	x->point = list.v;
	x->npoint = list.n;
	return true;
}

static bool
read_last(struct json_reader *r, void *base, enum json_event e)
{
	return read_number(r, &((struct past_answer *)base)->number, e);
}

static const struct member seen_members[] = {
	{"partition", MEMBER_TEXT, AT(past_observation, partition)},
	{"data_version", MEMBER_TEXT, AT(past_observation, version)},
	{"value", MEMBER_TEXT, AT(past_observation, value)},
};

static bool
read_seen(struct json_reader *r, void *base, enum json_event e)
{
	struct past_answer *x = base;
	LIST(struct past_observation) list = {0};

	if (!READ_LIST(r, e, &list, MEMBERS(seen_members), ((struct past_observation){0})))
		return false;
	x->seen = list.v;
	x->nseen = list.n;
	return true;
}

static const struct member sketch_members[] = {
	{"partition", MEMBER_TEXT, AT(stored_sketch, partition)},
	{"data_version", MEMBER_TEXT, AT(stored_sketch, version)},
	{"at", MEMBER_TIME, AT(stored_sketch, at_us)},
	{"distribution", MEMBER_RAW, AT(stored_sketch, body)},
};

static bool
read_sketches(struct json_reader *r, void *base, enum json_event e)
{
	struct past_answer *x = base;
	LIST(struct stored_sketch) list = {0};

	if (!READ_LIST(r, e, &list, MEMBERS(sketch_members), ((struct stored_sketch){.at_us = TIME_NONE})))
		return false;
	for (size_t i = 0; i < list.n; i++)
		if (list.v[i].body.n == 0 || list.v[i].at_us == TIME_NONE)
			return reader_fail(r, "a distribution is not there, or has no time");
	x->sketch = list.v;
	x->nsketch = list.n;
	return true;
}

static const struct member answer_members[] = {
	{"partition", MEMBER_TEXT, AT(past_answer, partition)},
	{"points", MEMBER_OTHER, .read = read_points},
	{"number", MEMBER_OTHER, .read = read_last},
	{"seen", MEMBER_OTHER, .read = read_seen},
	{"sketches", MEMBER_OTHER, .read = read_sketches},
};

struct read_record {
	struct past_record x;
	int kind; /* -1 = not told */
	bool answered;
};

static bool
read_answers(struct json_reader *r, void *base, enum json_event e)
{
	struct read_record *x = base;
	LIST(struct past_answer) list = {0};

	if (!READ_LIST(r, e, &list, MEMBERS(answer_members), ((struct past_answer){.number = NAN})))
		return false;
	x->x.answer = list.v;
	x->x.n = list.n;
	x->answered = true;
	return true;
}

static const struct member error_members[] = {
	{"message", MEMBER_CHARS, CHARS(read_record, x.err.msg)},
	{"hint", MEMBER_CHARS, CHARS(read_record, x.err.hint)},
};

static bool
read_error(struct json_reader *r, void *base, enum json_event e)
{
	struct read_record *x = base;

	if (e == JSON_NULL)
		return true;
	x->x.err.code = ERR_EVAL;
	return reader_object(r, MEMBERS(error_members), base, e);
}

/* Of a kind that is not known here: what asks for it is not known, either. */
static bool
read_kind(struct json_reader *r, void *base, enum json_event e)
{
	struct read_record *x = base;

	if (e != JSON_STRING)
		return reader_fail(r, "a name is expected");
	for (int i = 0; past_kind_names[i] != NULL; i++)
		if (sv_is(r->s.text, past_kind_names[i]))
			x->kind = i;
	return true;
}

static const struct member record_members[] = {
	{"kind", MEMBER_OTHER, .read = read_kind},       {"name", MEMBER_TEXT, AT(read_record, x.name)},
	{"good", MEMBER_BOOL, AT(read_record, x.good)},  {"error", MEMBER_OTHER, .read = read_error},
	{"answers", MEMBER_OTHER, .read = read_answers},
};

static bool
read_records(struct json_reader *r, void *base, enum json_event e)
{
	struct past_copy *copy = base;
	LIST(struct read_record) list = {0};
	struct past_record *v;

	if (!READ_LIST(r, e, &list, MEMBERS(record_members), ((struct read_record){.kind = -1})))
		return false;
	v = ARENA_ARRAY(r->a, struct past_record, list.n);
	for (size_t i = 0; i < list.n; i++) {
		if (list.v[i].kind < 0)
			continue;
		if (!list.v[i].answered)
			return reader_fail(r, "a record has no answers");
		v[copy->n] = list.v[i].x;
		v[copy->n++].kind = (enum past_kind)list.v[i].kind;
	}
	copy->record = v;
	return true;
}

static const struct member copy_members[] = {
	{"asset", MEMBER_TEXT, AT(past_copy, asset)},
	{"partition", MEMBER_TEXT, AT(past_copy, partition)},
	{"records", MEMBER_OTHER, .read = read_records},
};

bool
past_json_read(struct json_reader *r, enum json_event e, struct past_copy *ret)
{
	struct past_copy copy = {.n = 0};

	if (!reader_object(r, MEMBERS(copy_members), &copy, e))
		return false;
	if (copy.asset.n == 0 || copy.record == NULL)
		return reader_fail(r, "it is no past of an asset");
	*ret = copy;
	return true;
}
