#include "serve/project.h"

#include <stdatomic.h>

#include "alert/alert.h"
#include "base/fs.h"
#include "base/url.h"
#include "expect/lint.h"

struct shared {
	struct project pub;
	atomic_int refs;
};

static bool
load_checks(struct arena *a, const struct catalog *c, int64_t now_us, struct checks **ret, struct diags *d)
{
	struct checks *all = ARENA_ARRAY(a, struct checks, c->nasset);
	bool fine = true;

	own_expectations_check(a, c, d);
	for (size_t i = 0; i < c->nasset; i++)
		if (!checks_load(a, c, &c->asset[i], now_us, &all[i], d))
			fine = false;
	quarantines_check(a, c, all, d);
	for (size_t i = 0; i < c->nasset; i++)
		lint_codes_check(c->asset[i].lint, d);
	*ret = all;
	return fine;
}

bool
project_read(struct arena *a, const struct catalog_options *o, int64_t now_us, struct catalog **catalog,
             struct checks **checks, struct diags *d)
{
	*checks = NULL;
	*catalog = catalog_read(a, o, d);
	if (*catalog == NULL)
		return false;
	alerts_check(a, *catalog, d);
	/* Also with mistakes in the catalog: those in its checks are told in the same go. */
	return load_checks(a, *catalog, now_us, checks, d) && d->errors == 0;
}

struct sv
project_store(struct arena *a, const struct catalog *c, struct sv given)
{
	struct sv url = c->store;

	if (given.p != NULL)
		return given;
	if (sv_starts(url, SV("sqlite:")))
		url = sv_skip(url, sizeof("sqlite:") - 1);
	if (url_has_scheme(url) || sv_is(url, ":memory:"))
		return url;
	return sv_of(fs_join(a, c->dir, url));
}

/* The places name files in memory of the catalog, which goes when it is not taken. */
static void
keep_file_names(struct diags *d)
{
	const char *before = NULL, *copy = NULL;

	for (size_t i = 0; i < d->list.n; i++) {
		struct loc *at = &d->list.v[i].loc;

		if (at->file == NULL)
			continue;
		if (at->file != before) {
			before = at->file;
			copy = arena_str(d->a, sv_of(before));
		}
		at->file = copy;
	}
}

struct project *
project_load(const struct catalog_options *o, int64_t now_us, struct diags *d)
{
	AUTO(arena) a = arena_new();
	struct shared *s = ARENA_NEW(a, struct shared);
	struct catalog *catalog;
	struct checks *checks;
	const bool fine = project_read(a, o, now_us, &catalog, &checks, d);

	keep_file_names(d);
	if (!fine)
		return NULL;
	s->pub = (struct project){.catalog = catalog, .checks = checks, .loaded_us = now_us};
	atomic_init(&s->refs, 1);
	s->pub.a = STEAL(a);
	return &s->pub;
}

struct project *
project_ref(struct project *p)
{
	atomic_fetch_add_explicit(&CONTAINER_OF(p, struct shared, pub)->refs, 1, memory_order_relaxed);
	return p;
}

void
project_unref(struct project *p)
{
	if (p == NULL)
		return;
	if (atomic_fetch_sub_explicit(&CONTAINER_OF(p, struct shared, pub)->refs, 1, memory_order_acq_rel) ==
	    1)
		arena_free(p->a);
}
