/* Data versions: opaque texts that change when the data does. */
#include "run/internal.h"

bool
run_reported_version(struct workspace *w, const struct asset *asset, struct sv partition, struct sv *ret,
                     struct err *err)
{
	/* A time that was mistyped into the future must not hide all versions that follow. */
	const int64_t until_us = clock_now_us(w->clock) + FUTURE_TOLERANCE_US;
	struct event e;
	bool found;

	if (!store_last_event(w->store, w->a, asset->key, partition, EVENT_MATERIALIZED, until_us, &e, &found,
	                      err))
		return false;
	*ret = found ? e.version : (struct sv){0};
	return true;
}

static bool
content_version(struct workspace *w, struct dataset *d, struct connection *c, char hex[HASH_HEX],
                struct err *err)
{
	if (d->driver == NULL)
		return c->engine->version(c, hex, err);
	for (size_t i = 0; i < d->parts.n; i++)
		if (d->parts.v[i].content == NULL && !part_content(w->a, d->driver, &d->parts.v[i], err))
			return false;
	parts_version(&d->parts, true, hex);
	return true;
}

static bool
query_version(struct workspace *w, const struct asset *asset, struct connection *c, struct sv *ret,
              struct err *err)
{
	AUTO(buf) text = buf_new(4096);
	struct value v;

	if (c->engine->query_value == NULL) {
		err_set(err, ERR_UNSUPPORTED, asset->loc,
		        "version: {from: query} is not possible for " SV_FMT, SV_ARG(asset->format));
		return err_hint(err, "use stat or content for files");
	}
	if (!c->engine->query_value(c, asset->version_arg, w->a, &v, err))
		return false;
	if (v.kind == VALUE_NULL || !value_to_text(v, text))
		return err_set(err, ERR_EVAL, asset->loc, "the version query of '" SV_FMT "' gave no value",
		               SV_ARG(asset->key));
	*ret = arena_sv(w->a, buf_sv(text));
	return true;
}

static bool
column_version(struct workspace *w, const struct asset *asset, struct connection *c, struct sv *ret,
               struct err *err)
{
	AUTO(buf) text = buf_new(4096);
	struct column_max max;

	if (!run_column_max(w, c, asset->version_arg, TIME_NONE, &max, err))
		return false;
	if (max.max.kind == VALUE_NULL)
		buf_puts(text, "empty");
	else if (!value_to_text(max.max, text))
		return buf_check(text, "the version", err);
	*ret = arena_sv(w->a, buf_sv(text));
	return true;
}

bool
run_connection_version(struct workspace *w, const struct asset *asset, const struct partition *p,
                       struct dataset *d, struct connection *c, struct sv *ret, struct err *err)
{
	char hex[HASH_HEX];

	switch (asset != NULL ? asset->version_from : VERSION_DEFAULT) {
	case VERSION_QUERY:
		return query_version(w, asset, c, ret, err);
	case VERSION_COLUMN:
		return column_version(w, asset, c, ret, err);
	case VERSION_REPORTED:
		return run_reported_version(w, asset, p != NULL ? p->key : (struct sv){0}, ret, err);
	case VERSION_CONTENT:
		if (!content_version(w, d, c, hex, err))
			return false;
		break;
	case VERSION_OTHER:
		return err_set(err, ERR_UNSUPPORTED, asset->loc,
		               "version: {from: " SV_FMT "} is not built yet", SV_ARG(asset->version_arg));
	case VERSION_DEFAULT:
	case VERSION_STAT:
		if (!c->engine->version(c, hex, err))
			return false;
		break;
	}
	*ret = arena_sv(w->a, sv_of(hex));
	return true;
}

/*
 * A later report than the last look: what it says counts, and be it only that it is another by now.  What is of the same version changes
 * nothing.
 */
static bool
reported_since(struct workspace *w, const struct asset *asset, struct sv partition, int64_t looked_us,
               struct sv *version, bool *since, struct err *err)
{
	struct event *e;
	size_t n;

	*since = false;
	if (!store_partition_events(w->store, w->a, asset->key, EVENT_MATERIALIZED,
	                            clock_now_us(w->clock) + FUTURE_TOLERANCE_US, &e, &n, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		const bool same = sv_eq(e[i].partition, partition);

		/* One partition is not another, but a part of the whole. */
		if (!same && e[i].partition.n > 0 && partition.n > 0)
			continue;
		/* By the clock here as well: whose is slow does not tell of something older. */
		if (MAX(e[i].at_us, e[i].recorded_us) <= looked_us || (same && sv_eq(e[i].version, *version)))
			continue;
		*since = true;
		*version = same ? e[i].version : (struct sv){0};
		if (version->n == 0)
			return true;
	}
	return true;
}

/* Nobody here can look: what was reported last counts.  Looks are of all partitions at once, and each is kept of the whole. */
static bool
version_elsewhere(struct workspace *w, const struct asset *asset, struct sv partition, struct sv *ret,
                  struct err *err)
{
	const int64_t until_us = clock_now_us(w->clock) + FUTURE_TOLERANCE_US;
	struct event whole, e;
	bool any, found, blind, since;
	struct sv version = {0};
	int64_t looked_us = TIME_NONE;

	if (!store_last_event(w->store, w->a, asset->key, (struct sv){0}, EVENT_OBSERVED, until_us, &whole,
	                      &any, err) ||
	    !store_last_event(w->store, w->a, asset->key, partition, EVENT_OBSERVED, until_us, &e, &found,
	                      err))
		return false;
	if (any)
		looked_us = whole.at_us;
	if (found) {
		looked_us = MAX(looked_us, e.at_us);
		version = e.version;
	}
	blind = any && sv_eq(whole.reporter, RUN_BLIND) && looked_us == whole.at_us;
	if (!reported_since(w, asset, partition, looked_us, &version, &since, err))
		return false;
	if (blind && !since) {
		err_set(err, ERR_CHANGED, asset->loc,
		        "when '" SV_FMT "' was last looked at, it could not be read", SV_ARG(asset->key));
		return err_hint(err, "Where its data is: weir check " SV_FMT " --server URL",
		                SV_ARG(asset->key));
	}
	if (found && !since && e.rows == 0 && sv_eq(e.reporter, RUN_PROBE))
		return err_set(err, ERR_NOT_FOUND, asset->loc, "when last looked at, nothing was there");
	*ret = version;
	return true;
}

bool
run_last_look(struct workspace *w, const struct asset *asset, int64_t *ret, struct err *err)
{
	struct event e;
	bool found;

	if (!store_last_event(w->store, w->a, asset->key, (struct sv){0}, EVENT_OBSERVED,
	                      clock_now_us(w->clock) + FUTURE_TOLERANCE_US, &e, &found, err))
		return false;
	*ret = found ? e.at_us : TIME_NONE;
	return true;
}

/*
 * What the last look saw.  What somebody else says to have seen is no version of ours, and says only that it may be another by now.
 */
static bool
remembered_version(struct workspace *w, const struct asset *asset, struct sv partition, struct sv *ret,
                   struct err *err)
{
	const int64_t until_us = clock_now_us(w->clock) + FUTURE_TOLERANCE_US;
	struct event e;
	bool found;

	if (!store_last_event(w->store, w->a, asset->key, partition, EVENT_OBSERVED, until_us, &e, &found,
	                      err))
		return false;
	if (!found || !sv_eq(e.reporter, RUN_PROBE)) {
		err_set(err, ERR_CHANGED, asset->loc,
		        "'" SV_FMT "' has not been looked at since it was reported", SV_ARG(asset->key));
		return err_hint(err, "Look at its data: weir fresh, or wait for the service to do it.");
	}
	if (e.rows == 0)
		return err_set(err, ERR_NOT_FOUND, asset->loc, "when last looked at, nothing was there");
	*ret = e.version;
	return true;
}

bool
run_version(struct workspace *w, const struct asset *asset, const struct partition *p, struct sv *ret,
            struct err *err)
{
	const struct sv partition = p != NULL ? p->key : (struct sv){0};
	struct dataset d;
	char hex[HASH_HEX];

	if (!run_is_stored(asset) || asset->version_from == VERSION_REPORTED)
		return run_reported_version(w, asset, partition, ret, err);
	if (w->remembered && asset->elsewhere)
		return version_elsewhere(w, asset, partition, ret, err);
	if (w->remembered)
		return remembered_version(w, asset, partition, ret, err);
	if (!run_dataset(w->a, w->catalog, asset, p, &d, err))
		return false;
	/* Files need no opening for the version of their stat data. */
	if (d.driver != NULL &&
	    (asset->version_from == VERSION_DEFAULT || asset->version_from == VERSION_STAT)) {
		parts_version(&d.parts, false, hex);
		*ret = arena_sv(w->a, sv_of(hex));
		return true;
	}

	struct scan_options o = run_scan_options(w, asset);
	const struct engine *engine = engine_for(d.format, asset->data_loc, err);
	__attribute__((cleanup(connection_cleanup))) struct connection *c = NULL;

	return engine != NULL && engine->open(&d, &o, &c, err) &&
	       run_connection_version(w, asset, p, &d, c, ret, err);
}
