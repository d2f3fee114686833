/* Which partitions are there: found among an asset's files, or asked of its table. */
#include "run/internal.h"

#define PARTITIONS_MAX 10000 /* each is asked for on its own */

/* Is there a row of this partition? */
static bool
partition_has_rows(struct workspace *w, const struct asset *asset, const struct partition *p, bool *ret,
                   struct err *err)
{
	struct scan_options o = run_scan_options(w, asset);
	struct dataset d; /* outlives the connection, which reads it when it closes */
	__attribute__((cleanup(connection_cleanup))) struct connection *c = NULL;
	AUTO(exprs) x = exprs_new();
	AUTO(metrics) ms = metrics_new(x);
	const struct engine *engine;
	const struct metric *rows;
	struct metric_value value[1] = {0};

	if (!run_dataset(w->a, w->catalog, asset, p, &d, err))
		return false;
	engine = engine_for(d.format, asset->data_loc, err);
	if (engine == NULL || !engine->open(&d, &o, &c, err))
		return false;
	rows = metric_get(ms, &metric_rows, NULL, 0, NULL, (struct metric_params){0});
	if (!engine->evaluate(c, &rows, 1, w->a, value, err))
		return false;
	if (value[0].failed) {
		*err = value[0].err;
		return false;
	}
	*ret = value[0].v.i > 0;
	return true;
}

bool
run_partitions_of_table(struct workspace *w, const struct asset *asset, int64_t now_us,
                        const struct seen_partition **ret, size_t *n, struct err *err)
{
	struct partition *p;
	struct seen_partition *seen;
	size_t np, k = 0;
	bool cut;

	p = partitions_until(w->a, asset, now_us, false, PARTITIONS_MAX, &np, &cut);
	/* Those left out would be taken for missing, and never be checked. */
	if (cut) {
		err_set(err, ERR_LIMIT, asset->loc, "'" SV_FMT "' has more than %d partitions",
		        SV_ARG(asset->key), PARTITIONS_MAX);
		return err_hint(err, "let its partitions begin later (from:), or make them longer");
	}
	seen = ARENA_ARRAY(w->a, struct seen_partition, np);
	for (size_t i = 0; i < np; i++) {
		bool there = false;

		if (!partition_has_rows(w, asset, &p[i], &there, err))
			return false;
		if (there)
			seen[k++] = (struct seen_partition){.key = p[i].key, .produced_us = TIME_NONE};
	}
	*ret = seen;
	*n = k;
	return true;
}

bool
run_partitions(struct workspace *w, const struct asset *asset, struct sv text, struct partition **ret,
               size_t *n, struct err *err)
{
	int64_t now_us = clock_now_us(w->clock);
	struct observed o;
	struct partition *p;

	if (text.n > 0)
		return partitions_range(w->a, asset, text, now_us, ret, n, err);
	run_observe(w, asset, true, &o);
	if (o.failed) {
		*err = o.err;
		return false;
	}
	p = ARENA_ARRAY(w->a, struct partition, o.npartition);
	*n = 0;
	for (size_t i = 0; i < o.npartition; i++)
		if (!partition_parse(w->a, asset, o.partition[i].key, &p[(*n)++], err))
			return false;
	*ret = p;
	return true;
}
