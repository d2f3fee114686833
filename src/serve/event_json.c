#include "serve/event_json.h"

#include <stddef.h>

#include "catalog/partition.h"
#include "fresh/fresh.h"
#include "run/told.h"

/* One event on its way: what it says, before it is known which asset it is about. */
struct draft {
	struct event e;
	struct sv asset, kind, partition;
	int64_t at_us, updated_us;
	LIST(struct event_input) input;
	LIST(struct event_metric) metric;
};

/* What the tables' functions need beside the scanner: passed as a whole, it begins with it. */
struct parsing {
	struct taking t;
	const struct event_source *from;
	struct faults *warnings;
};

static struct parsing *
parsing_of(struct taking *t)
{
	return (struct parsing *)(void *)((char *)t - offsetof(struct parsing, t));
}

/* `KEY@VERSION`. */
static void
input_of_text(struct parsing *p, struct sv text, struct sv pointer, struct event_input *in)
{
	if (told_input(p->from->catalog, text, in) != NULL)
		return;
	if (in->key.n == 0)
		fault(p->t.faults, pointer, "'" SV_FMT "' names no asset", SV_ARG(text));
	else
		fault(p->warnings, pointer, "the catalog has no asset '" SV_FMT "'", SV_ARG(in->key));
}

static void
input_of_object(struct parsing *p, struct sv pointer, enum json_event e, struct event_input *in)
{
	static const struct take_field fields[] = {
		{"key", TAKE_TEXT, .at = offsetof(struct event_input, key), .required = true},
		{"partition", TAKE_TEXT, .at = offsetof(struct event_input, partition)},
		{"version", TAKE_TEXT, .at = offsetof(struct event_input, version)},
	};
	const struct asset *asset;
	struct err err = {0};

	take_object(&p->t, fields, LEN(fields), in, pointer, e);
	if (p->t.faults->broken)
		return;
	asset = catalog_asset(p->from->catalog, in->key);
	if (asset == NULL) {
		if (in->key.n > 0)
			fault(p->warnings, take_pointer(&p->t, pointer, SV("key")),
			      "the catalog has no asset '" SV_FMT "'", SV_ARG(in->key));
		return;
	}
	in->key = asset->key;
	if (!told_partition(p->t.a, asset, in->partition, &in->partition, &err))
		fault_err(p->t.faults, take_pointer(&p->t, pointer, SV("partition")), &err);
}

static void
take_inputs(struct taking *t, void *base, struct sv pointer, enum json_event e)
{
	struct parsing *p = parsing_of(t);
	struct draft *d = base;

	if (e != JSON_ARRAY) {
		take_refuse(t, pointer, e, "a list of inputs");
		return;
	}
	d->e.inputs_given = true;
	while ((e = take_next(t)) != JSON_ARRAY_END && e != JSON_ERROR) {
		struct sv at = take_pointer_at(t, pointer, d->input.n), text = {0};
		struct event_input *in = LIST_ADD(t->a, &d->input);

		if (e == JSON_OBJECT)
			input_of_object(p, at, e, in);
		else if (e != JSON_STRING)
			take_refuse(t, at, e, "KEY@VERSION or {\"key\": …}");
		else if (take_text(t, at, e, &text))
			input_of_text(p, text, at, in);
	}
}

static void
take_metrics(struct taking *t, void *base, struct sv pointer, enum json_event e)
{
	struct draft *d = base;

	if (e != JSON_OBJECT) {
		take_refuse(t, pointer, e, "an object of numbers");
		return;
	}
	while ((e = take_next(t)) == JSON_KEY) {
		struct sv name = arena_sv(t->a, take_key(t)), at = take_pointer(t, pointer, name);
		double value = 0;

		if (name.n == 0 || name.n > TAKE_TEXT_MAX)
			fault(t->faults, at, "the name of a metric has 1 to %d bytes", TAKE_TEXT_MAX);
		for (size_t i = 0; i < d->metric.n; i++)
			if (sv_eq(d->metric.v[i].name, name))
				fault(t->faults, at, "the metric is there twice");
		if (take_number(t, at, take_next(t), &value))
			*LIST_ADD(t->a, &d->metric) = (struct event_metric){.name = name, .value = value};
	}
}

#define FIELD(member) offsetof(struct draft, member)
static const struct take_field event_fields[] = {
	{"asset", TAKE_TEXT, .at = FIELD(asset), .required = true},
	{"at", TAKE_TIME, .at = FIELD(at_us)},
	{"code_version", TAKE_TEXT, .at = FIELD(e.code_version)},
	{"data_through", TAKE_TIME, .at = FIELD(e.data_through_us)},
	{"inputs", TAKE_OTHER, .take = take_inputs},
	{"kind", TAKE_TEXT, .at = FIELD(kind)},
	{"metrics", TAKE_OTHER, .take = take_metrics},
	{"note", TAKE_TEXT, .at = FIELD(e.note)},
	{"partition", TAKE_TEXT, .at = FIELD(partition)},
	{"reporter", TAKE_TEXT, .at = FIELD(e.reporter)},
	{"rows", TAKE_COUNT, .at = FIELD(e.rows)},
	{"run_id", TAKE_TEXT, .at = FIELD(e.run_id)},
	{"updated_at", TAKE_TIME, .at = FIELD(updated_us)},
	{"version", TAKE_TEXT, .at = FIELD(e.version)},
};

static enum event_kind
kind_of(struct parsing *p, struct sv text, struct sv pointer)
{
	const char *near;

	if (text.n == 0)
		return EVENT_MATERIALIZED;
	for (size_t i = 0; i < LEN(event_kind_names); i++)
		if (sv_is(text, event_kind_names[i]))
			return (enum event_kind)i;
	near = sv_nearest(text, event_kind_names, LEN(event_kind_names));
	fault(p->t.faults, take_pointer(&p->t, pointer, SV("kind")),
	      "'" SV_FMT "' is none of started, materialized, failed, observed%s%s%s", SV_ARG(text),
	      near != NULL ? "; did you mean '" : "", near != NULL ? near : "", near != NULL ? "'?" : "");
	return EVENT_MATERIALIZED;
}

/* What it says becomes an event of its asset, by the rules for all ways in. */
static void
finish(struct parsing *p, struct draft *d, struct sv pointer)
{
	const struct asset *asset = NULL;
	struct event *e = &d->e, known;
	struct err err = {0};

	e->kind = kind_of(p, d->kind, pointer);
	/* That it is missing was told. */
	if (d->asset.p == NULL)
		return;
	asset = told_asset(p->t.a, p->from->catalog, d->asset, &err);
	if (asset == NULL) {
		fault_err(p->t.faults, take_pointer(&p->t, pointer, SV("asset")), &err);
		return;
	}
	known = told_event(asset, e->kind, p->from->now_us);
	e->asset = known.asset;
	e->at_us = d->at_us != TIME_NONE ? d->at_us : known.at_us;
	e->recorded_us = known.recorded_us;
	if (!told_partition(p->t.a, asset, d->partition, &e->partition, &err))
		fault_err(p->t.faults, take_pointer(&p->t, pointer, SV("partition")), &err);
	e->input = d->input.v;
	e->ninput = d->input.n;
	e->metric = d->metric.v;
	e->nmetric = d->metric.n;
	told_finish(e);
	/* What a look of ours saw opens gates: nobody else may say that it was one. */
	if (sv_is(e->reporter, "probe") || sv_is(e->reporter, "probe failed"))
		fault(p->t.faults, take_pointer(&p->t, pointer, SV("reporter")),
		      "'probe' is the service's own: give another name");
	if (d->updated_us != TIME_NONE && e->kind != EVENT_OBSERVED)
		fault(p->t.faults, take_pointer(&p->t, pointer, SV("updated_at")),
		      "only what was observed has a last update of its own");
	else if (d->updated_us != TIME_NONE)
		e->updated_us = d->updated_us;
	if (e->at_us > p->from->now_us + FUTURE_TOLERANCE_US)
		fault(p->warnings, take_pointer(&p->t, pointer, SV("at")),
		      "it lies in the future: freshness ignores it until then");
}

static void
parse_one(struct parsing *p, struct sv pointer, enum json_event first, struct event *ret)
{
	struct draft d = {
		.e = {.updated_us = TIME_NONE,
	              .data_through_us = TIME_NONE,
	              .rows = -1,
	              .reporter = p->from->reporter},
		.at_us = TIME_NONE,
		.updated_us = TIME_NONE,
	};
	const size_t before = p->t.faults->n;

	take_object(&p->t, event_fields, LEN(event_fields), &d, pointer, first);
	if (p->t.faults->broken || (first != JSON_OBJECT && p->t.faults->n > before))
		return;
	finish(p, &d, pointer);
	*ret = d.e;
}

bool
events_parse(struct arena *a, const struct event_source *from, struct sv json, struct event **ret, size_t *n,
             struct faults *faults, struct faults *warnings)
{
	struct parsing p = {.from = from, .warnings = warnings};
	const size_t max = from->max > 0 ? from->max : EVENTS_MAX;
	LIST(struct event) list = {0};
	enum json_event e;

	take_init(&p.t, a, json, faults);
	e = take_next(&p.t);
	if (e != JSON_ARRAY) {
		parse_one(&p, (struct sv){0}, e, LIST_ADD(a, &list));
	} else {
		while ((e = take_next(&p.t)) != JSON_ARRAY_END && e != JSON_ERROR && list.n < max) {
			struct sv at = take_pointer_at(&p.t, (struct sv){0}, list.n);

			parse_one(&p, at, e, LIST_ADD(a, &list));
		}
		if (e != JSON_ARRAY_END && e != JSON_ERROR) {
			fault(faults, (struct sv){0}, "more than %zu events in one request", max);
			return false;
		}
		if (e == JSON_ARRAY_END && list.n == 0)
			fault(faults, (struct sv){0}, "there is no event in it");
	}
	take_end(&p.t);
	*ret = list.v;
	*n = list.n;
	return faults->n == 0;
}
