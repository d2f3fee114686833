#include "serve/dagster.h"

#include <math.h>
#include <stddef.h>

#include "base/clock.h"

struct draft {
	struct dagster_report r;
	LIST(struct event_metric) metric;
};

/* Parts may hold anything but are few; they are joined as in a path. */
static void
take_key_parts(struct taking *t, void *base, struct sv pointer, enum json_event e)
{
	struct draft *d = base;
	struct sv part = {0};
	bool first = true;

	if (e == JSON_STRING) {
		(void)take_text(t, pointer, e, &d->r.key);
		return;
	}
	if (e != JSON_ARRAY) {
		take_refuse(t, pointer, e, "a list of texts");
		return;
	}
	while ((e = take_next(t)) != JSON_ARRAY_END && e != JSON_ERROR) {
		if (!take_text(t, pointer, e, &part))
			continue;
		d->r.key = first ? part : arena_svf(t->a, SV_FMT "/" SV_FMT, SV_ARG(d->r.key), SV_ARG(part));
		first = false;
		if (d->r.key.n > TAKE_TEXT_MAX) {
			fault(t->faults, pointer, "the key is longer than %d bytes", TAKE_TEXT_MAX);
			d->r.key.n = 0;
		}
	}
}

static void
take_number_of(struct taking *t, struct draft *d, struct sv name)
{
	struct faults own = {.a = t->a}, *outer = t->faults;
	double v;

	/* A number that no double holds is no metric. */
	t->faults = &own;
	if (take_number(t, name, JSON_NUMBER, &v)) {
		*LIST_ADD(t->a, &d->metric) = (struct event_metric){.name = name, .value = v};
		if (sv_is(name, "dagster/row_count") && v >= 0 && v < 9e15 && v == floor(v))
			d->r.rows = (int64_t)v;
		if (sv_is(name, "dagster/last_updated_timestamp") && v > 0 && v < 2e11)
			d->r.updated_us = (int64_t)(v * 1e6);
	}
	t->faults = outer;
}

/* An object; numbers in it are metrics, all of it is kept as it stands there. */
static void
take_metadata(struct taking *t, void *base, struct sv pointer, enum json_event e)
{
	struct draft *d = base;
	const char *start = t->s.p - 1;

	if (e != JSON_OBJECT) {
		take_refuse(t, pointer, e, "an object");
		return;
	}
	while ((e = take_next(t)) == JSON_KEY) {
		struct sv name = arena_sv(t->a, take_key(t));

		e = take_next(t);
		if (e == JSON_NUMBER && name.n > 0 && name.n <= TAKE_TEXT_MAX && sv_utf8_valid(name) &&
		    sv_find(name, '\0') < 0)
			take_number_of(t, d, name);
		else if (e != JSON_ERROR && !json_skip(&t->s, e))
			fault(t->faults, pointer, "the object does not end");
	}
	if (e == JSON_OBJECT_END)
		d->r.metadata = arena_sv(t->a, (struct sv){start, (size_t)(t->s.p - start)});
}

static void
take_passed(struct taking *t, void *base, struct sv pointer, enum json_event e)
{
	struct draft *d = base;

	if (e != JSON_TRUE && e != JSON_FALSE) {
		take_refuse(t, pointer, e, "true or false");
		return;
	}
	d->r.passed = e == JSON_TRUE;
	d->r.passed_given = true;
}

#define FIELD(member) offsetof(struct draft, r.member)
static const struct take_field body_fields[] = {
	{"asset_key", TAKE_OTHER, .take = take_key_parts},
	{"check_name", TAKE_TEXT, .at = FIELD(check_name)},
	{"data_version", TAKE_TEXT, .at = FIELD(data_version)},
	{"description", TAKE_TEXT, .at = FIELD(description)},
	{"metadata", TAKE_OTHER, .take = take_metadata},
	{"partition", TAKE_TEXT, .at = FIELD(partition)},
	{"passed", TAKE_OTHER, .take = take_passed},
	{"severity", TAKE_TEXT, .at = FIELD(severity)},
};

/* JSON in a parameter of the query. */
static void
take_given(struct arena *a, struct sv json, struct draft *d, const char *name,
           void (*take)(struct taking *t, void *base, struct sv pointer, enum json_event e),
           struct faults *faults)
{
	struct taking t;

	take_init(&t, a, json, faults);
	take(&t, d, sv_of(name), take_next(&t));
	take_end(&t);
}

static void
take_text_given(struct arena *a, struct sv given, struct sv *ret)
{
	if (ret->n == 0)
		*ret = arena_sv(a, given);
}

bool
dagster_parse(struct arena *a, const struct dagster_given *g, struct dagster_report *ret,
              struct faults *faults)
{
	struct draft d = {.r = {.rows = -1, .updated_us = TIME_NONE}};
	struct taking t;

	if (g->body.n > 0) {
		take_init(&t, a, g->body, faults);
		t.lenient = true;
		take_object(&t, body_fields, LEN(body_fields), &d, (struct sv){0}, take_next(&t));
		take_end(&t);
	}
	if (g->path.n > 0)
		d.r.key = g->path;
	else if (d.r.key.n == 0 && g->asset_key.n > 0)
		take_given(a, g->asset_key, &d, "asset_key", take_key_parts, faults);
	take_text_given(a, g->partition, &d.r.partition);
	take_text_given(a, g->description, &d.r.description);
	take_text_given(a, g->data_version, &d.r.data_version);
	take_text_given(a, g->check_name, &d.r.check_name);
	take_text_given(a, g->severity, &d.r.severity);
	take_text_given(a, SV("ERROR"), &d.r.severity);
	if (!d.r.passed_given && g->passed.n > 0)
		take_given(a, g->passed, &d, "passed", take_passed, faults);
	if (d.r.metadata.n == 0 && g->metadata.n > 0)
		take_given(a, g->metadata, &d, "metadata", take_metadata, faults);
	if (faults->n == 0 && d.r.key.n == 0)
		fault(faults, (struct sv){0}, "the asset key is empty");
	d.r.metric = d.metric.v;
	d.r.nmetric = d.metric.n;
	*ret = d.r;
	return faults->n == 0;
}

const struct asset *
dagster_asset(struct arena *a, const struct catalog *c, struct sv key)
{
	const struct asset *asset = catalog_asset(c, arena_svf(a, "dagster:" SV_FMT, SV_ARG(key)));

	return asset != NULL ? asset : catalog_asset(c, key);
}
