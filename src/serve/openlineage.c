#include "serve/openlineage.h"

#include <stddef.h>

#include "base/clock.h"

enum { TROUBLE_MAX = 500 };

/* On its way: lists that still grow. */
struct dataset_draft {
	struct lineage_dataset d;
	LIST(struct sv) other;
};
struct draft {
	struct lineage l;
	struct sv type, schema, job_space, job_name;
	bool has_run, has_dataset;
	LIST(struct lineage_dataset) input, output;
};

/* Facets --------------------------------------------------------------------------------------------------------- */

/* What a facet says that is not as the specification has it is passed over; that the text is no JSON is not. */
static void
take_facet(struct taking *t, const struct take_field *field, size_t n, void *base, struct sv pointer,
           enum json_event e)
{
	struct faults own = {.a = t->a}, *outer = t->faults;

	t->faults = &own;
	take_object(t, field, n, base, pointer, e);
	t->faults = outer;
	if (!own.broken)
		return;
	outer->broken = true;
	fault(outer, (struct sv){0}, SV_FMT, SV_ARG(own.list.v[own.list.n - 1].detail));
}

static void
take_identifier(struct taking *t, void *base, struct sv pointer, enum json_event e)
{
	struct name {
		struct sv space, name;
	} name = {0};
	static const struct take_field fields[] = {
		{"name", TAKE_TEXT, .at = offsetof(struct name, name)},
		{"namespace", TAKE_TEXT, .at = offsetof(struct name, space)},
	};
	struct dataset_draft *d = base;

	take_object(t, fields, LEN(fields), &name, pointer, e);
	if (name.name.n > 0)
		*LIST_ADD(t->a, &d->other) = arena_svf(t->a, SV_FMT "/" SV_FMT, SV_ARG(name.space),
		                                       SV_ARG(name.name));
}

static void
take_identifiers(struct taking *t, void *base, struct sv pointer, enum json_event e)
{
	if (e != JSON_ARRAY) {
		take_refuse(t, pointer, e, "a list");
		return;
	}
	while ((e = take_next(t)) != JSON_ARRAY_END && e != JSON_ERROR)
		take_identifier(t, base, pointer, e);
}

static void
take_symlinks(struct taking *t, void *base, struct sv pointer, enum json_event e)
{
	static const struct take_field fields[] = {
		{"identifiers", TAKE_OTHER, .take = take_identifiers},
	};

	take_facet(t, fields, LEN(fields), base, pointer, e);
}

static void
take_version(struct taking *t, void *base, struct sv pointer, enum json_event e)
{
	static const struct take_field fields[] = {
		{"datasetVersion", TAKE_TEXT, .at = offsetof(struct dataset_draft, d.version)},
	};

	take_facet(t, fields, LEN(fields), base, pointer, e);
}

static void
take_lifecycle(struct taking *t, void *base, struct sv pointer, enum json_event e)
{
	static const struct take_field fields[] = {
		{"lifecycleStateChange", TAKE_TEXT, .at = offsetof(struct dataset_draft, d.lifecycle)},
	};

	take_facet(t, fields, LEN(fields), base, pointer, e);
}

static void
take_statistics(struct taking *t, void *base, struct sv pointer, enum json_event e)
{
	static const struct take_field fields[] = {
		{"rowCount", TAKE_COUNT, .at = offsetof(struct dataset_draft, d.rows)},
	};

	take_facet(t, fields, LEN(fields), base, pointer, e);
}

static void
take_dataset_facets(struct taking *t, void *base, struct sv pointer, enum json_event e)
{
	static const struct take_field fields[] = {
		{"lifecycleStateChange", TAKE_OTHER, .take = take_lifecycle},
		{"outputStatistics", TAKE_OTHER, .take = take_statistics},
		{"symlinks", TAKE_OTHER, .take = take_symlinks},
		{"version", TAKE_OTHER, .take = take_version},
	};

	take_facet(t, fields, LEN(fields), base, pointer, e);
}

/* Texts of any length, of which the beginning is enough. */
static void
take_message(struct taking *t, void *base, struct sv pointer, enum json_event e)
{
	struct draft *d = base;
	struct sv text;

	if (e != JSON_STRING) {
		take_refuse(t, pointer, e, "a text");
		return;
	}
	text = t->s.escaped ? json_unescape(t->a, t->s.text) : t->s.text;
	if (text.n > TROUBLE_MAX) {
		text.n = TROUBLE_MAX;
		/* Not in the middle of a character. */
		while (text.n > 0 && ((unsigned char)text.p[text.n] & 0xC0) == 0x80)
			text.n--;
	}
	if (sv_utf8_valid(text) && sv_find(text, '\0') < 0)
		d->l.trouble = arena_sv(t->a, text);
}

static void
take_trouble(struct taking *t, void *base, struct sv pointer, enum json_event e)
{
	static const struct take_field fields[] = {
		{"message", TAKE_OTHER, .take = take_message},
	};

	take_facet(t, fields, LEN(fields), base, pointer, e);
}

static void
take_nominal(struct taking *t, void *base, struct sv pointer, enum json_event e)
{
	static const struct take_field fields[] = {
		{"nominalEndTime", TAKE_TIME, .at = offsetof(struct draft, l.nominal_end_us)},
	};

	take_facet(t, fields, LEN(fields), base, pointer, e);
}

static void
take_run_facets(struct taking *t, void *base, struct sv pointer, enum json_event e)
{
	static const struct take_field fields[] = {
		{"errorMessage", TAKE_OTHER, .take = take_trouble},
		{"nominalTime", TAKE_OTHER, .take = take_nominal},
	};

	take_facet(t, fields, LEN(fields), base, pointer, e);
}

/* The event ------------------------------------------------------------------------------------------------------ */

static void
take_dataset(struct taking *t, struct lineage_dataset *ret, struct sv pointer, enum json_event e)
{
	static const struct take_field fields[] = {
		{"facets", TAKE_OTHER, .take = take_dataset_facets},
		{"inputFacets", TAKE_OTHER, .take = take_dataset_facets},
		{"name", TAKE_TEXT, .at = offsetof(struct dataset_draft, d.name), .required = true},
		{"namespace", TAKE_TEXT, .at = offsetof(struct dataset_draft, d.space), .required = true},
		{"outputFacets", TAKE_OTHER, .take = take_dataset_facets},
	};
	struct dataset_draft d = {.d.rows = -1};

	take_object(t, fields, LEN(fields), &d, pointer, e);
	d.d.other = d.other.v;
	d.d.nother = d.other.n;
	*ret = d.d;
}

#define TAKE_DATASETS(t, list, pointer, e)                                            \
	do {                                                                          \
		if ((e) != JSON_ARRAY) {                                              \
			take_refuse((t), (pointer), (e), "a list of datasets");       \
			break;                                                        \
		}                                                                     \
		while (((e) = take_next(t)) != JSON_ARRAY_END && (e) != JSON_ERROR) { \
			struct sv at_ = take_pointer_at((t), (pointer), (list)->n);   \
                                                                                      \
			take_dataset((t), LIST_ADD((t)->a, (list)), at_, (e));        \
		}                                                                     \
	} while (0)

static void
take_inputs(struct taking *t, void *base, struct sv pointer, enum json_event e)
{
	struct draft *d = base;

	TAKE_DATASETS(t, &d->input, pointer, e);
}

static void
take_outputs(struct taking *t, void *base, struct sv pointer, enum json_event e)
{
	struct draft *d = base;

	TAKE_DATASETS(t, &d->output, pointer, e);
}

static void
take_one_dataset(struct taking *t, void *base, struct sv pointer, enum json_event e)
{
	struct draft *d = base;

	d->has_dataset = true;
	take_dataset(t, LIST_ADD(t->a, &d->output), pointer, e);
}

static void
take_run(struct taking *t, void *base, struct sv pointer, enum json_event e)
{
	static const struct take_field fields[] = {
		{"facets", TAKE_OTHER, .take = take_run_facets},
		{"runId", TAKE_TEXT, .at = offsetof(struct draft, l.run_id), .required = true},
	};
	struct draft *d = base;

	d->has_run = true;
	take_object(t, fields, LEN(fields), base, pointer, e);
}

static void
take_job(struct taking *t, void *base, struct sv pointer, enum json_event e)
{
	static const struct take_field fields[] = {
		{"name", TAKE_TEXT, .at = offsetof(struct draft, job_name), .required = true},
		{"namespace", TAKE_TEXT, .at = offsetof(struct draft, job_space)},
	};

	take_object(t, fields, LEN(fields), base, pointer, e);
}

static const struct take_field event_fields[] = {
	{"dataset", TAKE_OTHER, .take = take_one_dataset},
	{"eventTime", TAKE_TIME, .at = offsetof(struct draft, l.at_us), .required = true},
	{"eventType", TAKE_TEXT, .at = offsetof(struct draft, type)},
	{"inputs", TAKE_OTHER, .take = take_inputs},
	{"job", TAKE_OTHER, .take = take_job},
	{"outputs", TAKE_OTHER, .take = take_outputs},
	{"run", TAKE_OTHER, .take = take_run},
	{"schemaURL", TAKE_TEXT, .at = offsetof(struct draft, schema)},
};

static enum lineage_kind
kind_of(const struct draft *d)
{
	if (sv_ends(d->schema, SV("/RunEvent")))
		return LINEAGE_RUN;
	if (sv_ends(d->schema, SV("/DatasetEvent")))
		return LINEAGE_DATASET;
	if (sv_ends(d->schema, SV("/JobEvent")))
		return LINEAGE_JOB;
	return d->has_run ? LINEAGE_RUN : d->has_dataset ? LINEAGE_DATASET : LINEAGE_JOB;
}

static enum lineage_type
type_of(struct sv text)
{
	static const char *const names[] = {"START", "RUNNING", "COMPLETE", "FAIL", "ABORT"};

	for (size_t i = 0; i < LEN(names); i++)
		if (sv_ieq(text, sv_of(names[i])))
			return (enum lineage_type)i;
	return LINEAGE_OTHER;
}

static void
must_be_there(const struct draft *d, struct faults *f)
{
	if (d->l.kind == LINEAGE_RUN && !d->has_run)
		fault(f, (struct sv){0}, "the key 'run' is missing");
	if (d->l.kind == LINEAGE_RUN && d->has_run && d->l.run_id.n == 0)
		fault(f, SV("/run/runId"), "a run's id cannot be empty");
	if (d->l.kind == LINEAGE_DATASET && !d->has_dataset)
		fault(f, (struct sv){0}, "the key 'dataset' is missing");
	if (d->l.kind != LINEAGE_DATASET && d->job_name.n == 0)
		fault(f, (struct sv){0}, "the name of the job is missing");
}

bool
lineage_parse(struct arena *a, struct sv json, struct lineage *ret, struct faults *faults)
{
	struct draft d = {.l = {.at_us = TIME_NONE, .nominal_end_us = TIME_NONE}};
	struct taking t;

	take_init(&t, a, json, faults);
	t.lenient = true;
	take_object(&t, event_fields, LEN(event_fields), &d, (struct sv){0}, take_next(&t));
	take_end(&t);
	if (faults->n > 0)
		return false;
	d.l.kind = kind_of(&d);
	d.l.type = type_of(d.type);
	must_be_there(&d, faults);
	d.l.job = arena_svf(a, SV_FMT "/" SV_FMT, SV_ARG(d.job_space), SV_ARG(d.job_name));
	d.l.input = d.input.v;
	d.l.ninput = d.input.n;
	d.l.output = d.output.v;
	d.l.noutput = d.output.n;
	*ret = d.l;
	return faults->n == 0;
}

static const struct asset *
asset_of(struct arena *a, const struct catalog *c, struct sv name)
{
	return catalog_asset(c, arena_svf(a, "openlineage:" SV_FMT, SV_ARG(name)));
}

const struct asset *
lineage_asset(struct arena *a, const struct catalog *c, const struct lineage_dataset *d)
{
	const struct asset *asset = asset_of(
		a, c, arena_svf(a, SV_FMT "/" SV_FMT, SV_ARG(d->space), SV_ARG(d->name)));

	for (size_t i = 0; i < d->nother && asset == NULL; i++)
		asset = asset_of(a, c, d->other[i]);
	return asset;
}

bool
lineage_is_refresh(const struct lineage_dataset *d)
{
	return !sv_ieq(d->lifecycle, SV("DROP")) && !sv_ieq(d->lifecycle, SV("TRUNCATE")) &&
	       !sv_ieq(d->lifecycle, SV("RENAME"));
}
