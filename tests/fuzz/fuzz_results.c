/*
 * Results of other machines: whatever is taken can be stored, is of checks that the catalog has, and leaves nothing behind that would open a
 * gate for a check that it does not have.
 */
#include "fuzz.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "serve/results.h"
#include "serve/service.h"

static const char catalog[] =
	"project: t\n"
	"sources: {db: {url: 'sqlite:x.db'}}\n"
	"assets:\n"
	"  a: {path: a.csv, aliases: [x], checks: [not_null: id, {between: {column: n, max: 10}, severity: warning}]}\n"
	"  t: {source: db, table: t, checks: [{relationships: {column: i, to: a, field: id}}]}\n"
	"  p: {path: 'p-{day}.csv', partitions: {day: {every: day, from: 2026-01-01}}, checks: [not_null: id]}\n"
	"  e: {}\n";

/* Loaded once: what a service has, without a keeper. */
static struct service *
service(void)
{
	static struct service s;
	char dir[] = "/tmp/weir-fuzz-XXXXXX", path[64];
	struct diags d;
	struct err err = {0};
	FILE *f;

	if (s.project != NULL)
		return &s;

	AUTO(arena) a = arena_new();

	assert(mkdtemp(dir) != NULL);
	snprintf(path, sizeof(path), "%s/weir.yaml", dir);
	f = fopen(path, "we");
	assert(f != NULL && fputs(catalog, f) >= 0 && fclose(f) == 0);
	diags_init(&d, a);
	s.clock = &clock_system;
	s.env = SV("default");
	s.project = project_load(&(struct catalog_options){.path = path, .env = "default"}, 0, &d);
	if (s.project == NULL)
		fprintf(stderr, "%s\n", d.list.v[0].msg);
	assert(s.project != NULL);
	s.pool = pool_new(1);
	if (!store_open(SV(":memory:"), STORE_WRITE, s.env, s.clock, &s.store, &err))
		fprintf(stderr, "%s\n", err.msg);
	assert(s.store != NULL);
	(void)unlink(path);
	(void)rmdir(dir);
	return &s;
}

static bool
is_declared(const struct service *s, const struct check *c)
{
	const struct checks *all = &s->project->checks[c->asset->index];

	for (size_t i = 0; i < all->n; i++)
		if (sv_eq(all->v[i].id, c->id) && strcmp(all->v[i].hash, c->hash) == 0)
			return true;
	return false;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	AUTO(arena) a = arena_new();
	struct service *s = service();
	struct results *r;
	struct err err = {0};

	if (!results_parse(s, a, (struct sv){(const char *)data, n}, &r, &err)) {
		assert(err.msg[0] != '\0' && err.code != ERR_NONE);
		return 0;
	}
	for (size_t i = 0; r->has_report && i < r->report.nasset; i++)
		for (size_t k = 0; k < r->report.asset[i].ncheck; k++)
			assert(is_declared(s, r->report.asset[i].check[k].check));
	if (!store_begin(s->store, &err))
		return 0;
	if (!results_store(s, a, r, -1, &err))
		assert(err.msg[0] != '\0');
	store_rollback(s->store);
	return 0;
}
