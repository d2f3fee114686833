#include "alert/problems.h"

#include <assert.h>

static const struct {
	const char *family;
	bool judged;
	enum severity severity;
} kinds[PROBLEM_COUNT] = {
#define PROBLEM(kind, name, family, judged, severity, meaning) \
	[PROBLEM_##kind] = {(family), (judged), (severity)},
#include "catalog/problems.def"
#undef PROBLEM
};

enum { TITLE_MAX = 200 };

enum state {
	STATE_NEUTRAL, /* no policy, or not looked at: what comes from above passes through */
	STATE_GOOD,
	STATE_BAD
};

struct finding {
	struct arena *a;
	const struct catalog *c;
	const struct report *r;
	LIST(struct problem) found;
	enum state *state; /* by asset index */
	struct sv *
		stale; /* by asset index: key of the problem that it is stale, by this report, else by an open incident */
	struct sv *bad;   /* by asset index: key of the problem that makes it bad */
	struct sv *shut;  /* by asset index: key of a problem that keeps others from reading it */
	struct sv *root;  /* by asset index: key of the most upstream problem above; empty = none */
	int64_t *root_at; /* its place in the topological order */
	int64_t *place;   /* by asset index */
};

/* Keys and kinds ------------------------------------------------------------------------------------------------ */

static void
add_quoted(struct buf *b, struct sv s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '|' || s.p[i] == '\\')
			buf_putc(b, '\\');
		buf_putc(b, s.p[i]);
	}
}

struct sv
problem_key(struct arena *a, enum problem_kind kind, struct sv asset, struct sv partition, struct sv check)
{
	const struct sv part[] = {asset, partition, check};
	AUTO(buf) b = buf_new(8 + sizeof("unreadable") + 2 * (asset.n + partition.n + check.n));

	buf_puts(b, kinds[kind].family);
	for (size_t i = 0; i < LEN(part); i++) {
		buf_putc(b, '|');
		add_quoted(b, part[i]);
	}
	assert(!b->full);
	return arena_sv(a, buf_sv(b));
}

enum problem_kind
problem_kind_of(struct sv name)
{
	enum problem_kind kind = 0;

	while (kind < PROBLEM_COUNT && !sv_is(name, problem_names[kind]))
		kind++;
	return kind;
}

bool
problem_is_judged(enum problem_kind kind)
{
	return kinds[kind].judged;
}

/* Finding ------------------------------------------------------------------------------------------------------- */

/* One line, not too long, whatever values an expectation quotes in its message. */
struct sv
problem_title(struct arena *a, struct sv text)
{
	char *p = arena_str(a, text);
	size_t n = text.n;

	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)p[i] < 0x20 || p[i] == 0x7F)
			p[i] = ' ';
	if (n <= TITLE_MAX)
		return (struct sv){p, n};
	n = TITLE_MAX;
	while (n > 0 && ((unsigned char)p[n] & 0xC0) == 0x80)
		n--;
	return arena_svf(a, "%.*s…", (int)n, p);
}

static struct problem *
add(struct finding *f, enum problem_kind kind, struct sv asset, struct sv partition, struct sv check,
    struct sv message)
{
	struct problem *p = LIST_ADD(f->a, &f->found);

	*p = (struct problem){
		.kind = kind,
		.key = problem_key(f->a, kind, asset, partition, check),
		.asset = asset,
		.partition = partition,
		.check = check,
		.severity = kinds[kind].severity,
		.message = message,
	};
	return p;
}

/* "raw/orders", "raw/orders (2024-01-31)" */
static struct sv
subject(struct arena *a, struct sv asset, struct sv partition)
{
	return partition.n == 0 ? asset
	                        : arena_svf(a, SV_FMT " (" SV_FMT ")", SV_ARG(asset), SV_ARG(partition));
}

static struct sv
error_text(struct arena *a, const struct err *err)
{
	return err->hint[0] != '\0' ? arena_svf(a, "%s; %s", err->msg, err->hint) : sv_of(err->msg);
}

static void
add_check(struct finding *f, const struct asset_result *r, const struct check_result *c)
{
	const enum outcome o = c->verdict.outcome;
	const struct sv about = subject(f->a, r->key, r->partition);
	const struct check *check = c->check;
	/* What follows the asset in the id, if it does. */
	const struct sv local = sv_starts(check->id, r->key) && check->id.n > r->key.n
	                                ? sv_skip(check->id, r->key.n + 1)
	                                : check->id;
	struct problem *p;

	if (c->stored || c->waiver != NULL)
		return;
	if (o == OUTCOME_FAIL || o == OUTCOME_WARN) {
		p = add(f, PROBLEM_CHECK_FAILED, r->key, r->partition, check->id, c->verdict.message);
		p->severity = o == OUTCOME_FAIL ? check->severity : MAX(check->severity, SEVERITY_WARNING);
		p->title = problem_title(f->a, arena_svf(f->a, SV_FMT " " SV_FMT ": " SV_FMT, SV_ARG(about),
		                                         SV_ARG(local), SV_ARG(p->message)));
	} else if (o == OUTCOME_ERROR && r->err.code == ERR_NONE) {
		p = add(f, PROBLEM_CHECK_ERROR, r->key, r->partition, check->id,
		        c->verdict.err.code != ERR_NONE ? error_text(f->a, &c->verdict.err)
		                                        : c->verdict.message);
		p->severity = MIN(check->severity, SEVERITY_WARNING);
		p->title = problem_title(f->a,
		                         arena_svf(f->a, SV_FMT " " SV_FMT " could not be evaluated: " SV_FMT,
		                                   SV_ARG(about), SV_ARG(local), SV_ARG(p->message)));
	}
}

/* One problem, however many checks end in the same error. */
static void
add_unreadable(struct finding *f, const struct asset_result *r)
{
	const struct sv about = subject(f->a, r->key, r->partition);
	int64_t unjudged = 0;
	struct sv message = error_text(f->a, &r->err);
	struct problem *p;

	for (size_t i = 0; i < r->ncheck; i++)
		unjudged += r->check[i].verdict.outcome == OUTCOME_ERROR;
	if (unjudged > 0)
		message = arena_svf(f->a, SV_FMT " (%lld check%s could not be evaluated)", SV_ARG(message),
		                    (long long)unjudged, unjudged == 1 ? "" : "s");
	p = add(f, unjudged > 0 ? PROBLEM_UNREADABLE : PROBLEM_UNREACHABLE, r->key, r->partition,
	        (struct sv){0}, message);
	p->title = problem_title(f->a, arena_svf(f->a, SV_FMT " cannot be %s: %s", SV_ARG(about),
	                                         unjudged > 0 ? "read" : "looked at", r->err.msg));
}

static void
add_freshness(struct finding *f, const struct asset_result *r)
{
	static const struct {
		enum problem_kind kind;
		const char *is;
	} words[] = {
		[FRESH_WARN] = {PROBLEM_NEARLY_LATE, "is nearly late"},
		[FRESH_FAIL] = {PROBLEM_LATE, "is late"},
		[FRESH_UNKNOWN] = {PROBLEM_UNKNOWN_AGE, "is of unknown age"},
	};
	const enum fresh_status s = r->freshness.status;
	struct problem *p;

	if (!r->has_freshness || s == FRESH_PASS || s == FRESH_NONE)
		return;
	p = add(f, words[s].kind, r->key, r->partition, (struct sv){0}, r->freshness.evidence);
	p->title = problem_title(f->a, arena_svf(f->a, SV_FMT " %s: " SV_FMT, SV_ARG(r->key), words[s].is,
	                                         SV_ARG(p->message)));
	p->root = s == FRESH_WARN ? (struct sv){0} : f->root[r->asset->index];
}

/*
 * The staleness that this one follows from: of the first stale asset on the way from where it began, which is mostly an input that is only
 * newer.  Of a long path the middle is not known; the first of what is known leads on, or else an input does.
 */
static struct sv
stale_root(const struct finding *f, const struct asset_result *r)
{
	const uint32_t i = r->asset->index;

	for (size_t k = 0; k < r->staleness.npath; k++) {
		const struct asset *asset = catalog_asset(f->c, r->staleness.path[k]);

		if (asset != NULL && asset != r->asset && f->stale[asset->index].n > 0)
			return f->stale[asset->index];
	}
	for (uint32_t k = f->c->up_at[i]; k < f->c->up_at[i + 1]; k++)
		if (f->stale[f->c->up[k]].n > 0)
			return f->stale[f->c->up[k]];
	return (struct sv){0};
}

/* The most upstream problem that closes the gate before it: while that is there, nobody can make it anew. */
static struct sv
gate_root(const struct finding *f, uint32_t i)
{
	struct sv root = f->root[i];
	int64_t at = f->root_at[i];

	for (uint32_t k = f->c->up_at[i]; k < f->c->up_at[i + 1]; k++) {
		const uint32_t up = f->c->up[k];

		if (f->shut[up].n > 0 && f->place[up] < at) {
			root = f->shut[up];
			at = f->place[up];
		}
	}
	return root;
}

static struct sv
root_of_stale(const struct finding *f, const struct asset_result *r)
{
	const struct staleness *s = &r->staleness;
	const uint32_t i = r->asset->index;
	bool newer = false;
	struct sv root;

	/* Who is late was not made again: that it is stale, too, has the same remedy. */
	if (f->state[i] == STATE_BAD)
		return f->bad[i];
	for (size_t k = 0; k < s->ncause; k++) {
		if (s->cause[k].kind != CAUSE_UPSTREAM_STALE && s->cause[k].kind != CAUSE_UPSTREAM_NEWER)
			return (struct sv){0};
		newer = newer || s->cause[k].kind == CAUSE_UPSTREAM_NEWER;
	}
	root = gate_root(f, i);
	/* What is newer could be read now. */
	return root.n > 0 || newer ? root : stale_root(f, r);
}

static void
add_staleness(struct finding *f, const struct asset_result *r)
{
	const struct staleness *s = &r->staleness;
	struct problem *p;

	if (!r->has_staleness || s->status != STALE_STALE)
		return;
	p = add(f, PROBLEM_STALE, r->key, r->partition, (struct sv){0}, s->evidence);
	p->severity = s->failing ? SEVERITY_CRITICAL : kinds[PROBLEM_STALE].severity;
	p->title = problem_title(
		f->a, arena_svf(f->a, SV_FMT " is stale: " SV_FMT, SV_ARG(r->key), SV_ARG(p->message)));
	p->root = root_of_stale(f, r);
}

static void
add_orphan(struct finding *f, const struct orphan *o)
{
	static const enum problem_kind of[] = {
		[ORPHAN_DANGLING] = PROBLEM_DANGLING,   [ORPHAN_UNUSED] = PROBLEM_UNUSED,
		[ORPHAN_ABANDONED] = PROBLEM_ABANDONED, [ORPHAN_UNTRACKED] = PROBLEM_UNTRACKED,
		[ORPHAN_UNSTORED] = PROBLEM_UNSTORED,
	};
	struct problem *p = add(f, of[o->kind], o->key, (struct sv){0}, (struct sv){0}, o->evidence);
	const struct asset *asset = catalog_asset(f->c, o->key);

	p->title = problem_title(f->a, arena_svf(f->a, SV_FMT " is %s: " SV_FMT, SV_ARG(o->key),
	                                         orphan_kind_names[o->kind], SV_ARG(o->evidence)));
	/* That nothing comes any more, or that nothing is there, is what makes it late or unreadable. */
	if (asset != NULL && (o->kind == ORPHAN_ABANDONED || o->kind == ORPHAN_UNSTORED) &&
	    f->state[asset->index] == STATE_BAD)
		p->root = f->bad[asset->index];
}

/* Roots --------------------------------------------------------------------------------------------------------- */

static void
set_bad(struct finding *f, uint32_t i, struct sv key)
{
	f->state[i] = STATE_BAD;
	f->bad[i] = key;
}

static void
judge_asset(struct finding *f, const struct asset_result *r)
{
	const uint32_t i = r->asset->index;

	/* Its freshness is not known for the same reason that it can not be read. */
	if (r->err.code != ERR_NONE) {
		set_bad(f, i, problem_key(f->a, PROBLEM_UNREADABLE, r->key, r->partition, (struct sv){0}));
	} else if (r->has_freshness && r->freshness.status != FRESH_NONE) {
		if (r->freshness.status == FRESH_FAIL || r->freshness.status == FRESH_UNKNOWN)
			set_bad(f, i, problem_key(f->a, PROBLEM_LATE, r->key, r->partition, (struct sv){0}));
		else if (f->state[i] != STATE_BAD)
			f->state[i] = STATE_GOOD;
	}
}

static struct sv
key_of(const struct finding *f, enum problem_kind kind, struct sv asset)
{
	return problem_key(f->a, kind, asset, (struct sv){0}, (struct sv){0});
}

/* A check of the whole that failed, as gates judge it. */
static void
judge_checks(struct finding *f, const struct asset_result *r)
{
	for (size_t k = 0; k < r->ncheck && f->shut[r->asset->index].n == 0 && r->partition.n == 0; k++) {
		const struct check_result *c = &r->check[k];

		if (!c->stored && c->waiver == NULL && c->verdict.outcome == OUTCOME_FAIL &&
		    c->check->blocking)
			f->shut[r->asset->index] = problem_key(f->a, PROBLEM_CHECK_FAILED, r->key,
			                                       (struct sv){0}, c->check->id);
	}
}

/* What this report did not look at. */
static void
judge_incident(struct finding *f, const struct incident *it, const bool *seen, const bool *judged)
{
	const enum problem_kind kind = problem_kind_of(it->kind);
	const struct asset *asset = catalog_asset(f->c, it->asset);

	if (asset == NULL)
		return;
	if (kind == PROBLEM_STALE && !judged[asset->index]) {
		f->stale[asset->index] = it->key;
	} else if (kind == PROBLEM_LATE || kind == PROBLEM_UNKNOWN_AGE || kind == PROBLEM_UNREADABLE ||
	           kind == PROBLEM_UNREACHABLE) {
		if (!seen[asset->index] && f->state[asset->index] != STATE_BAD)
			set_bad(f, asset->index, it->key);
	} else if (f->shut[asset->index].n == 0 && it->partition.n == 0 &&
	           (kind == PROBLEM_UNSTORED ||
	            (kind == PROBLEM_CHECK_FAILED && it->severity == SEVERITY_CRITICAL))) {
		f->shut[asset->index] = it->key;
	}
}

static bool
is_passed(const struct report *r, const struct incident *it, const struct map *passed)
{
	return (problem_kind_of(it->kind) == PROBLEM_UNSTORED && r->has_orphans) ||
	       map_has(passed, it->check);
}

/* Checks that this report found well: an incident that is still open says nothing then. */
static void
find_passed(struct finding *f, struct map *ret)
{
	map_init(ret, f->a);
	for (size_t i = 0; i < f->r->nasset; i++)
		for (size_t k = 0; k < f->r->asset[i].ncheck; k++) {
			const struct check_result *c = &f->r->asset[i].check[k];

			if (!c->stored && f->r->asset[i].partition.n == 0 &&
			    (c->waiver != NULL || c->verdict.outcome == OUTCOME_PASS))
				(void)map_put(ret, c->check->id);
		}
}

static void
judge_assets(struct finding *f, const struct incident *open, size_t nopen)
{
	bool *seen = ARENA_ARRAY(f->a, bool, f->c->nasset);
	bool *judged = ARENA_ARRAY(f->a, bool, f->c->nasset);
	struct map passed;

	for (size_t i = 0; i < f->r->nasset; i++) {
		const struct asset_result *r = &f->r->asset[i];

		if (r->asset == NULL)
			continue;
		judge_asset(f, r);
		judge_checks(f, r);
		seen[r->asset->index] = seen[r->asset->index] || r->has_freshness;
		if (!r->has_staleness || r->err.code != ERR_NONE)
			continue;
		judged[r->asset->index] = true;
		if (r->staleness.status == STALE_STALE)
			f->stale[r->asset->index] = key_of(f, PROBLEM_STALE, r->key);
	}
	for (size_t i = 0; i < f->r->norphan; i++) {
		const struct asset *asset = catalog_asset(f->c, f->r->orphan[i].key);

		if (asset != NULL && f->r->orphan[i].kind == ORPHAN_UNSTORED &&
		    f->state[asset->index] != STATE_BAD)
			f->shut[asset->index] = key_of(f, PROBLEM_UNSTORED, asset->key);
	}
	find_passed(f, &passed);
	for (size_t i = 0; i < nopen; i++)
		if (!is_passed(f->r, &open[i], &passed))
			judge_incident(f, &open[i], seen, judged);
}

/*
 * In one pass over the catalog, inputs first.  The root of an asset is the most upstream bad one that reaches it through bad ones and
 * those of which nothing is known: behind an input that is in time, lateness is the asset's own.
 */
static void
find_roots(struct finding *f)
{
	for (size_t t = 0; t < f->c->nasset; t++) {
		const uint32_t i = f->c->topo[t];

		f->place[i] = (int64_t)t;
		f->root_at[i] = INT64_MAX;
		for (uint32_t k = f->c->up_at[i]; k < f->c->up_at[i + 1]; k++) {
			const uint32_t up = f->c->up[k];
			struct sv root = f->root[up];
			int64_t at = f->root_at[up];

			if (f->state[up] == STATE_GOOD)
				continue;
			/* An unreadable asset is so on its own account. */
			if (f->state[up] == STATE_BAD &&
			    (root.n == 0 || sv_starts(f->bad[up], SV("unreadable|")))) {
				root = f->bad[up];
				at = f->place[up];
			}
			if (root.n > 0 && at < f->root_at[i]) {
				f->root[i] = root;
				f->root_at[i] = at;
			}
		}
	}
}

void
problems_find(struct arena *a, const struct catalog *c, const struct report *r, const struct incident *open,
              size_t nopen, struct problems *ret)
{
	struct finding f = {
		.a = a,
		.c = c,
		.r = r,
		.state = ARENA_ARRAY(a, enum state, c->nasset),
		.stale = ARENA_ARRAY(a, struct sv, c->nasset),
		.bad = ARENA_ARRAY(a, struct sv, c->nasset),
		.shut = ARENA_ARRAY(a, struct sv, c->nasset),
		.root = ARENA_ARRAY(a, struct sv, c->nasset),
		.root_at = ARENA_ARRAY(a, int64_t, c->nasset),
		.place = ARENA_ARRAY(a, int64_t, c->nasset),
	};

	judge_assets(&f, open, nopen);
	find_roots(&f);
	for (size_t i = 0; i < r->nasset; i++) {
		const struct asset_result *x = &r->asset[i];

		if (x->asset == NULL)
			continue;
		if (x->err.code != ERR_NONE) {
			add_unreadable(&f, x);
		} else {
			add_freshness(&f, x);
			add_staleness(&f, x);
		}
		for (size_t k = 0; k < x->ncheck; k++)
			add_check(&f, x, &x->check[k]);
	}
	for (size_t i = 0; i < r->norphan; i++)
		add_orphan(&f, &r->orphan[i]);
	*ret = (struct problems){.v = f.found.v, .n = f.found.n};
	map_init(&ret->by_key, a);
	for (size_t i = 0; i < ret->n; i++)
		map_put(&ret->by_key, ret->v[i].key)->value = &ret->v[i];
}

/* Folding ------------------------------------------------------------------------------------------------------- */

/* The end of the chain of roots.  A root that is no problem of this report ends it, too. */
static struct sv
last_root(const struct problems *p, const struct map *open, const struct problem *from)
{
	const struct problem *at = from;

	/* Chains are as long as the kinds that follow from one another; a ring would be a mistake of ours. */
	for (size_t steps = 0; at->root.n > 0 && !map_has(open, at->key); steps++) {
		const struct problem *next = map_get(&p->by_key, at->root);

		assert(steps < p->n);
		if (next == NULL)
			return at->root;
		at = next;
	}
	return at == from ? (struct sv){0} : at->key;
}

static void
adopt(struct arena *a, struct problem *root, const struct problem *p)
{
	/* Problems move when others are taken out. */
	struct problem *copy = ARENA_NEW(a, struct problem);

	*copy = *p;
	*LIST_ADD(a, &root->follower) = copy;
	root->severity = MIN(root->severity, p->severity);
}

static void
note_followers(struct problems *p, struct problem *root)
{
	for (size_t i = 0; i < root->follower.n; i++)
		map_set(&p->follows, root->follower.v[i]->key, root);
}

void
problems_fold(struct arena *a, const struct incident *open, size_t nopen, struct problems *p,
              struct map *elsewhere)
{
	struct sv *root = ARENA_ARRAY(a, struct sv, p->n);
	struct map open_keys, kept;
	size_t n = 0;

	map_init(&open_keys, a);
	map_init(elsewhere, a);
	for (size_t i = 0; i < nopen; i++)
		(void)map_put(&open_keys, open[i].key);
	for (size_t i = 0; i < p->n; i++) {
		root[i] = last_root(p, &open_keys, &p->v[i]);
		/* Nobody is told of a root that neither this report nor an incident has. */
		if (root[i].n > 0 && !map_has(&p->by_key, root[i]) && !map_has(&open_keys, root[i]))
			root[i] = (struct sv){0};
	}
	for (size_t i = 0; i < p->n; i++) {
		if (root[i].n == 0)
			continue;

		struct problem *to = map_get(&p->by_key, root[i]);

		if (to == NULL) {
			struct map_entry *e = map_put(elsewhere, root[i]);

			if (e->value == NULL) {
				to = ARENA_NEW(a, struct problem);
				*to = (struct problem){.key = root[i], .severity = SEVERITY_INFO};
				e->value = to;
			}
			to = e->value;
		}
		adopt(a, to, &p->v[i]);
	}
	map_init(&kept, a);
	map_init(&p->follows, a);
	for (size_t i = 0; i < p->n; i++)
		if (root[i].n == 0)
			p->v[n++] = p->v[i];
	p->n = n;
	for (size_t i = 0; i < n; i++)
		map_put(&kept, p->v[i].key)->value = &p->v[i];
	p->by_key = kept;
	for (size_t i = 0; i < n; i++)
		note_followers(p, &p->v[i]);
	for (size_t i = 0; i < elsewhere->n; i++)
		note_followers(p, elsewhere->e[i].value);
}
