#include "run/told.h"

#include "catalog/partition.h"

const struct asset *
told_asset(struct arena *a, const struct catalog *c, struct sv key, struct err *err)
{
	const struct asset *asset = catalog_asset(c, key);
	const char *const *keys, *near;
	size_t n;

	if (asset != NULL)
		return asset;
	keys = catalog_keys(a, c, &n);
	near = sv_nearest(key, keys, n);
	err_set(err, ERR_USAGE, NOWHERE, "there is no asset '" SV_FMT "'", SV_ARG(key));
	if (near != NULL)
		err_hint(err, "did you mean '%s'?", near);
	else
		err_hint(err, "weir config show lists the catalog");
	return NULL;
}

const struct asset *
told_input(const struct catalog *c, struct sv text, struct event_input *ret)
{
	struct event_input in = {.key = text};
	struct sv last = text;
	const struct asset *asset = catalog_asset(c, text);

	for (size_t i = text.n; i > 0 && asset == NULL; i--) {
		if (text.p[i - 1] != '@')
			continue;
		in.key = (struct sv){text.p, i - 1};
		in.version = sv_skip(text, i);
		if (last.n == text.n)
			last = in.key;
		asset = catalog_asset(c, in.key);
	}
	if (asset != NULL)
		in.key = asset->key;
	else
		in = (struct event_input){
			.key = last, .version = last.n < text.n ? sv_skip(text, last.n + 1) : (struct sv){0}};
	*ret = in;
	return asset;
}

struct event
told_event(const struct asset *asset, enum event_kind kind, int64_t now_us)
{
	return (struct event){
		.kind = kind,
		.asset = asset->key,
		.at_us = now_us,
		.recorded_us = now_us,
		.updated_us = TIME_NONE,
		.data_through_us = TIME_NONE,
		.rows = -1,
	};
}

bool
told_partition(struct arena *a, const struct asset *asset, struct sv text, struct sv *ret, struct err *err)
{
	struct partition p;

	if (text.n > 0 && asset->ndim == 0)
		return err_set(err, ERR_USAGE, NOWHERE, "asset '" SV_FMT "' has no partitions",
		               SV_ARG(asset->key));
	if (text.n > 0 && !partition_parse(a, asset, text, &p, err)) {
		if (err != NULL)
			err->code = ERR_USAGE;
		return false;
	}
	*ret = text.n > 0 ? p.key : text;
	return true;
}

void
told_finish(struct event *e)
{
	/* An observation says when the thing was last updated; without a probe that is its own time. */
	if (e->kind == EVENT_OBSERVED)
		e->updated_us = e->at_us;
}
