#include "alert/match.h"

#include <stdlib.h>

#include "catalog/problems.h"

/* Matching ------------------------------------------------------------------------------------------------------ */

static bool
any_glob(const struct sv *glob, size_t n, struct sv text)
{
	for (size_t i = 0; i < n; i++)
		if (sv_glob(glob[i], text))
			return true;
	return n == 0;
}

static bool
has_owner(const struct incident_match *m, const struct asset *asset)
{
	for (size_t i = 0; asset != NULL && i < asset->nowner; i++)
		if (any_glob(m->owner, m->nowner, asset->owner[i]))
			return true;
	return m->nowner == 0;
}

static bool
has_tag(const struct asset *asset, const struct tag *wanted)
{
	for (size_t i = 0; i < asset->ntag; i++)
		if (sv_eq(asset->tag[i].key, wanted->key) &&
		    (wanted->value.n == 0 || sv_eq(asset->tag[i].value, wanted->value)))
			return true;
	return false;
}

bool
incident_matches(const struct incident_match *m, const struct incident *i, const struct asset *asset)
{
	for (size_t k = 0; k < m->ntag; k++)
		if (asset == NULL || !has_tag(asset, &m->tag[k]))
			return false;
	return any_glob(m->asset, m->nasset, i->asset) && any_glob(m->kind, m->nkind, i->kind) &&
	       any_glob(m->severity, m->nseverity, sv_of(severity_names[i->severity])) && has_owner(m, asset);
}

const struct asset *
incident_asset(const struct catalog *c, const struct incident *i)
{
	const struct asset *asset = catalog_asset(c, i->asset);
	size_t n = i->asset.n;

	/* A column: what stands before its name. */
	while (asset == NULL && n > 0)
		if (i->asset.p[--n] == '.')
			asset = catalog_asset(c, (struct sv){i->asset.p, n});
	/* What nobody makes concerns those who want it. */
	for (size_t k = 0; asset == NULL && k < c->nasset; k++)
		for (size_t d = 0; d < c->asset[k].ndep && asset == NULL; d++)
			if (sv_eq(c->asset[k].dep[d].key, i->asset))
				asset = &c->asset[k];
	return asset;
}

bool
incident_concerns(const struct catalog *c, const struct incident_match *m, const struct incident *i)
{
	if (incident_matches(m, i, incident_asset(c, i)))
		return true;
	for (size_t k = 0; k < i->nsymptom; k++) {
		const struct incident symptom = {
			.kind = i->symptom[k].kind, .asset = i->symptom[k].asset, .severity = i->severity};

		if (incident_matches(m, &symptom, incident_asset(c, &symptom)))
			return true;
	}
	return false;
}

/* Conditions ---------------------------------------------------------------------------------------------------- */

struct conditions {
	LIST(struct sv) asset, kind, owner, severity;
	LIST(struct tag) tag;
};

static bool
known(struct sv glob, const char *what, const char *const *names, size_t n, struct err *err)
{
	const char *near;

	for (size_t i = 0; i < n; i++)
		if (sv_glob(glob, sv_of(names[i])))
			return true;
	near = sv_nearest(glob, names, n);
	err_set(err, ERR_USAGE, NOWHERE, "there is no %s '" SV_FMT "'", what, SV_ARG(glob));
	return near != NULL ? err_hint(err, "did you mean '%s'?", near)
	                    : err_hint(err, "weir explain alerts lists them");
}

static bool
add_condition(struct arena *a, struct conditions *to, struct sv text, struct err *err)
{
	const struct sv all = text;
	const struct sv key = sv_trim(sv_cut(&text, '='));
	const struct sv value = sv_trim(text);

	if (value.n > 0 && sv_is(key, "asset")) {
		*LIST_ADD(a, &to->asset) = value;
	} else if (value.n > 0 && sv_is(key, "owner")) {
		*LIST_ADD(a, &to->owner) = value;
	} else if (value.n > 0 && sv_is(key, "kind")) {
		*LIST_ADD(a, &to->kind) = value;
		return known(value, "kind of problem", problem_names, PROBLEM_COUNT, err);
	} else if (value.n > 0 && sv_is(key, "severity")) {
		*LIST_ADD(a, &to->severity) = value;
		return known(value, "severity", severity_names, LEN(severity_names), err);
	} else if (value.n > 0 && sv_is(key, "tag")) {
		struct sv rest = value;
		const struct sv name = sv_trim(sv_cut(&rest, '='));

		*LIST_ADD(a, &to->tag) = (struct tag){.key = name, .value = sv_trim(rest)};
	} else {
		err_set(err, ERR_USAGE, NOWHERE, "'" SV_FMT "' says of no incident which one", SV_ARG(all));
		return err_hint(
			err,
			"asset=GLOB, kind=KIND, owner=GLOB, severity=SEVERITY, tag=NAME or tag=NAME=VALUE");
	}
	return true;
}

bool
match_parse(struct arena *a, const struct sv *condition, size_t n, struct incident_match *ret,
            struct err *err)
{
	struct conditions c = {0};

	for (size_t i = 0; i < n; i++)
		if (!add_condition(a, &c, condition[i], err))
			return false;
	if (n == 0) {
		err_set(err, ERR_USAGE, NOWHERE, "which incidents are meant is not said");
		return err_hint(err, "asset=** means all of them");
	}
	*ret = (struct incident_match){
		.asset = c.asset.v,
		.nasset = c.asset.n,
		.kind = c.kind.v,
		.nkind = c.kind.n,
		.owner = c.owner.v,
		.nowner = c.owner.n,
		.severity = c.severity.v,
		.nseverity = c.severity.n,
		.tag = c.tag.v,
		.ntag = c.tag.n,
	};
	return true;
}

static int
by_text(const void *x, const void *y)
{
	return sv_cmp(*(const struct sv *)x, *(const struct sv *)y);
}

struct sv
match_text(struct arena *a, const struct sv *condition, size_t n)
{
	struct sv *sorted = ARENA_ARRAY(a, struct sv, n);
	struct sv text = {0};

	for (size_t i = 0; i < n; i++)
		sorted[i] = sv_trim(condition[i]);
	if (n > 1)
		qsort(sorted, n, sizeof(*sorted), by_text);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || !sv_eq(sorted[i], sorted[i - 1]))
			text = i == 0 ? sorted[i]
			              : arena_svf(a, SV_FMT "\n" SV_FMT, SV_ARG(text), SV_ARG(sorted[i]));
	return text;
}

bool
match_parse_text(struct arena *a, struct sv text, struct incident_match *ret, struct err *err)
{
	LIST(struct sv) line = {0};

	while (text.n > 0)
		*LIST_ADD(a, &line) = sv_cut(&text, '\n');
	return match_parse(a, line.v, line.n, ret, err);
}
