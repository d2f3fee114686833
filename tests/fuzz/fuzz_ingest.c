/*
 * What others send: the first byte says what the rest is.
 *
 *	e events, l OpenLineage, d a body of Dagster's, q a metadata parameter of Dagster's, w a frame of a command
 */
#include "fuzz.h"

#include <assert.h>

#include "catalog/load.h"
#include "serve/dagster.h"
#include "serve/event_json.h"
#include "serve/openlineage.h"
#include "store/wire.h"

static const char yaml[] = "version: 1\n"
			   "assets:\n"
			   "  a: {aliases: ['openlineage:n/d', 'dagster:o/p']}\n"
			   "  b: {depends_on: [a], partitions: {day: {every: day, from: 2024-05-01}}}\n";

static void
check_faults(const struct faults *f, bool ok)
{
	assert(ok == (f->n == 0));
	assert(f->list.n <= FAULTS_MAX && f->list.n <= f->n);
	for (size_t i = 0; i < f->list.n; i++) {
		assert(f->list.v[i].detail.n > 0);
		assert(f->list.v[i].pointer.n == 0 || f->list.v[i].pointer.p[0] == '/' || f->list.n == 1);
	}
}

static void
check_events(struct arena *a, const struct catalog *c, struct sv text)
{
	const struct event_source from = {.catalog = c, .now_us = 0, .reporter = SV("fuzz"), .max = 20};
	struct faults faults = {.a = a}, warnings = {.a = a};
	struct event *e;
	size_t n;
	bool ok = events_parse(a, &from, text, &e, &n, &faults, &warnings);

	check_faults(&faults, ok);
	for (size_t i = 0; ok && i < n; i++) {
		const struct asset *asset = catalog_asset(c, e[i].asset);

		assert(asset != NULL && sv_eq(asset->key, e[i].asset));
		assert(e[i].partition.n == 0 || asset->ndim > 0);
		assert(e[i].rows >= -1 && e[i].at_us != TIME_NONE);
		assert(sv_utf8_valid(e[i].version) && sv_utf8_valid(e[i].note));
		for (size_t k = 0; k < e[i].ninput; k++)
			assert(e[i].input[k].key.n > 0);
		for (size_t k = 0; k < e[i].nmetric; k++)
			assert(e[i].metric[k].name.n > 0 && e[i].metric[k].value - e[i].metric[k].value == 0);
	}
	assert(!ok || (n > 0 && n <= 20));
}

static void
check_lineage(struct arena *a, const struct catalog *c, struct sv text)
{
	struct faults faults = {.a = a};
	struct lineage l;
	bool ok = lineage_parse(a, text, &l, &faults);

	check_faults(&faults, ok);
	if (!ok)
		return;
	assert(l.at_us != TIME_NONE);
	assert(l.kind != LINEAGE_RUN || l.run_id.n > 0);
	assert(l.kind != LINEAGE_DATASET || l.noutput > 0);
	assert(sv_utf8_valid(l.trouble));
	for (size_t i = 0; i < l.noutput; i++) {
		assert(l.output[i].rows >= -1);
		(void)lineage_asset(a, c, &l.output[i]);
		(void)lineage_is_refresh(&l.output[i]);
	}
}

static void
check_dagster(struct arena *a, const struct dagster_given *g)
{
	struct faults faults = {.a = a};
	struct dagster_report r;
	bool ok = dagster_parse(a, g, &r, &faults);

	assert(ok == (faults.n == 0));
	assert(!ok || r.key.n > 0);
	if (ok && r.metadata.n > 0)
		assert(r.metadata.p[0] == '{' && r.metadata.p[r.metadata.n - 1] == '}');
}

static void
check_frame(struct sv text)
{
	AUTO(buf) b = buf_new((size_t)1 << 20);
	struct wire_reader r;

	if (!buf_add(b, text) || text.n == 0)
		return;
	(void)wire_open(&r, b);
	(void)wire_read_text(&r);
	for (uint64_t n = wire_read_u64(&r); n > 0 && !r.bad; n--) {
		struct wire_value v = wire_read_value(&r);

		assert(v.type <= WIRE_TEXT);
		assert(v.text.n == 0 || (v.text.p > b->p && v.text.p + v.text.n <= b->p + b->n));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	AUTO(arena) a = arena_new();
	struct sv text = {(const char *)data + 1, n > 0 ? n - 1 : 0};
	const struct catalog *c;
	struct diags d;

	if (n == 0)
		return 0;
	diags_init(&d, a);
	c = catalog_load_text(a, "weir.yaml", sv_of(yaml), NULL, &d);
	assert(c != NULL);
	switch (data[0]) {
	case 'e':
		check_events(a, c, text);
		break;
	case 'l':
		check_lineage(a, c, text);
		break;
	case 'd':
		check_dagster(a, &(struct dagster_given){.body = text});
		break;
	case 'q':
		check_dagster(a, &(struct dagster_given){.path = SV("a"), .metadata = text});
		break;
	case 'w':
		check_frame(text);
		break;
	default:
		break;
	}
	return 0;
}
