#include <check.h>
#include <stdio.h>

#include "world.h"

#define H US_PER_HOUR
#define T0 (INT64_C(19800) * US_PER_DAY)

static struct world w;

static void
setup(void)
{
	world_init(&w, 8);
}

static void
teardown(void)
{
	world_fini(&w);
}

/* An asset made at T0 + hours, of the version given ("" = not known). */
static uint32_t
made(const char *key, int64_t hours, const char *version)
{
	uint32_t i = world_add(&w, key);

	w.o[i].produced_us = T0 + hours * H;
	w.o[i].version = sv_of(version);
	return i;
}

static void
judge_at(int64_t hours)
{
	world_judge(&w, T0 + hours * H);
}

/* "stale root path>to>it: kind upstream had now; …" as one text. */
static const char *
told(uint32_t i)
{
	static char text[1024];
	const struct staleness *s = &w.r.stale[i];
	size_t n = (size_t)snprintf(text, sizeof(text), "%s", stale_status_names[s->status]);

	if (s->status != STALE_STALE)
		return text;
	n += (size_t)snprintf(text + n, sizeof(text) - n, " " SV_FMT " ", SV_ARG(s->root));
	for (size_t k = 0; k < s->npath; k++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s" SV_FMT, k > 0 ? ">" : "",
		                      SV_ARG(s->path[k]));
	for (size_t k = 0; k < s->ncause; k++) {
		const struct cause *c = &s->cause[k];

		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s %s " SV_FMT "%s" SV_FMT,
		                      k > 0 ? ";" : ":", cause_kind_names[c->kind], SV_ARG(c->upstream),
		                      c->partition.n > 0 ? "@" : "", SV_ARG(c->partition));
		if (c->had.n > 0)
			n += (size_t)snprintf(text + n, sizeof(text) - n, " " SV_FMT "->" SV_FMT,
			                      SV_ARG(c->had), SV_ARG(c->now));
	}
	return text;
}

START_TEST(identical_rebuild_makes_nothing_stale)
{
	uint32_t a = made("a", 0, "v1"), b = made("b", 1, "w1");

	world_dep(&w, b, "a");
	world_record(&w, b, "a", "v1");
	w.o[a].produced_us = T0 + 5 * H; /* made again, the same came out */
	judge_at(6);
	ck_assert_str_eq(told(b), "current");
	w.o[a].version = SV("v2");
	judge_at(6);
	ck_assert_str_eq(told(b), "stale a a>b: upstream_newer a v1->v2");
	ck_assert_int_eq(w.r.stale[b].since_us, T0 + 5 * H);
	ck_assert(sv_is(w.r.stale[b].evidence, "a is newer: v2, was v1"));
	/* A fingerprint is shown by its beginning, the cause has all of it. */
	w.o[a].version = SV("0123456789abcdef0123456789abcdef");
	judge_at(6);
	ck_assert(sv_is(w.r.stale[b].evidence, "a is newer: 0123456789ab, was v1"));
	ck_assert_str_eq(told(b), "stale a a>b: upstream_newer a v1->0123456789abcdef0123456789abcdef");
}
END_TEST

START_TEST(identical_rebuild_is_known_without_recorded_inputs)
{
	uint32_t a = made("a", 5, "v1"), b = made("b", 1, "");

	world_dep(&w, b, "a");
	w.o[a].version_since_us = T0; /* before b was made */
	judge_at(6);
	ck_assert_str_eq(told(b), "current");
	w.o[a].version_since_us = T0 + 3 * H;
	judge_at(6);
	ck_assert_int_eq(w.r.stale[b].status, STALE_STALE);
	ck_assert_int_eq(w.r.stale[b].since_us, T0 + 3 * H);
}
END_TEST

START_TEST(version_decides_even_against_the_clock)
{
	uint32_t a = made("a", 0, "v2"), b = made("b", 1, "");

	/* a is older than b, but not the version b was built from: restored from a backup, say. */
	world_dep(&w, b, "a");
	world_record(&w, b, "a", "v1");
	judge_at(2);
	ck_assert_str_eq(told(b), "stale a a>b: upstream_newer a v1->v2");
	(void)a;
}
END_TEST

START_TEST(times_decide_where_versions_are_missing)
{
	/* hours of a, version of a, version recorded in b (made at 4) */
	static const struct {
		int64_t a;
		const char *version, *recorded;
		bool stale;
	} cases[] = {
		{3, "", "", false},     {4, "", "", false},    {5, "", "", true},
		{5, "v1", "", true},    {5, "", "v1", true},   {3, "", "v1", false},
		{5, "v1", "v1", false}, {3, "v2", "v1", true}, {3, "v2", "", false},
	};

	for (size_t i = 0; i < LEN(cases); i++) {
		uint32_t a, b;

		teardown();
		setup();
		a = made("a", cases[i].a, cases[i].version);
		b = made("b", 4, "");
		world_dep(&w, b, "a");
		world_record(&w, b, "a", cases[i].recorded);
		judge_at(9);
		ck_assert_msg((w.r.stale[b].status == STALE_STALE) == cases[i].stale, "case %zu: %s", i,
		              told(b));
		ck_assert_int_eq(w.r.stale[a].status, STALE_CURRENT);
	}
}
END_TEST

START_TEST(stale_input_is_passed_down_with_its_root)
{
	uint32_t raw = made("raw", 5, ""), mid = made("mid", 1, ""), top = made("top", 2, "");

	world_dep(&w, top, "mid");
	world_dep(&w, mid, "raw");
	judge_at(9);
	ck_assert_str_eq(told(raw), "current");
	ck_assert_str_eq(told(mid),
	                 "stale raw raw>mid: upstream_newer raw 2024-03-18T01:00:00Z->2024-03-18T05:00:00Z");
	ck_assert_str_eq(told(top), "stale raw raw>mid>top: upstream_stale mid");
	ck_assert_int_eq(w.r.stale[top].since_us, T0 + 5 * H);
	ck_assert(sv_is(w.r.stale[top].evidence, "mid is stale itself"));
}
END_TEST

START_TEST(diamond_names_the_oldest_cause)
{
	uint32_t old = made("old", 3, ""), young = made("young", 6, ""), left = made("left", 1, ""),
		 right = made("right", 1, ""), top = made("top", 2, "");

	world_dep(&w, right, "young");
	world_dep(&w, left, "old");
	world_dep(&w, top, "right");
	world_dep(&w, top, "left");
	judge_at(9);
	ck_assert_str_eq(told(top), "stale old old>left>top: upstream_stale right; upstream_stale left");
	ck_assert_int_eq(w.r.stale[top].since_us, T0 + 3 * H);
	/* With one root both ways, the first declared way is told. */
	w.o[young].produced_us = w.o[old].produced_us;
	judge_at(9);
	ck_assert_str_eq(told(top), "stale young young>right>top: upstream_stale right; upstream_stale left");
}
END_TEST

START_TEST(changed_code_is_a_cause_of_its_own)
{
	uint32_t a = made("a", 0, ""), b = made("b", 1, ""), c = made("c", 2, "");

	world_dep(&w, b, "a");
	world_dep(&w, c, "b");
	w.c.asset[b].code_version = SV("2.0");
	judge_at(3);
	ck_assert_str_eq(told(b), "current"); /* not known by which code it was made */
	w.o[b].code_version = SV("1.9");
	judge_at(3);
	ck_assert_str_eq(told(b), "stale b b: code_changed  1.9->2.0");
	ck_assert_str_eq(told(c), "stale b b>c: upstream_stale b");
	ck_assert_int_eq(w.r.stale[c].since_us, TIME_NONE);
	w.o[b].code_version = SV("2.0");
	judge_at(3);
	ck_assert_str_eq(told(b), "current");
	(void)a;
}
END_TEST

START_TEST(inputs_that_come_and_go_are_causes)
{
	uint32_t a = made("a", 0, "v1"), b = made("b", 0, ""), c = made("c", 1, "");

	world_dep(&w, c, "a");
	world_dep(&w, c, "b");
	judge_at(3);
	ck_assert_str_eq(told(c), "current"); /* nothing was recorded */
	world_record(&w, c, "a", "v1");
	world_record(&w, c, "gone", "x");
	judge_at(3);
	ck_assert_str_eq(told(c), "stale c c: input_added b; input_removed gone");
	ck_assert(sv_is(
		w.r.stale[c].evidence,
		"b is an input now, it was built without; gone is no input any more, it was built with it"));
	/* Known to be built from nothing. */
	w.o[c].ninput = 0;
	judge_at(3);
	ck_assert_str_eq(told(c), "stale c c: input_added a; input_added b");
	(void)a;
	(void)b;
}
END_TEST

START_TEST(input_may_be_recorded_under_an_alias)
{
	static const struct sv alias = {"dbt:a", 5};
	uint32_t a = made("a", 5, "v1"), b = made("b", 1, "");

	w.c.asset[a].alias = &alias;
	w.c.asset[a].nalias = 1;
	map_set(&w.c.by_key, alias, &w.c.asset[a]);
	world_dep(&w, b, "a");
	world_record(&w, b, "dbt:a", "v1");
	judge_at(9);
	ck_assert_str_eq(told(b), "current");
	w.o[a].version = SV("v2");
	judge_at(9);
	ck_assert_str_eq(told(b), "stale a a>b: upstream_newer a v1->v2");
}
END_TEST

START_TEST(updates_on_all_waits_for_every_input)
{
	uint32_t a = made("a", 5, ""), b = made("b", 0, ""), c = made("c", 1, "");

	world_dep(&w, c, "a");
	world_dep(&w, c, "nobody");
	world_dep(&w, c, "b");
	w.c.asset[c].staleness.updates_on_all = true;
	judge_at(9);
	ck_assert_str_eq(told(c), "current");
	w.o[b].produced_us = T0 + 2 * H;
	judge_at(9);
	ck_assert_int_eq(w.r.stale[c].status, STALE_STALE);
	ck_assert_uint_eq(w.r.stale[c].ncause, 2);
	/* Changed code does not wait. */
	w.o[b].produced_us = T0;
	w.c.asset[c].code_version = SV("2");
	w.o[c].code_version = SV("1");
	judge_at(9);
	ck_assert_str_eq(told(c), "stale c c: code_changed  1->2");
	(void)a;
}
END_TEST

START_TEST(stale_fails_only_past_fail_after)
{
	uint32_t a = made("a", 5, ""), b = made("b", 1, "");

	world_dep(&w, b, "a");
	judge_at(900);
	ck_assert(!w.r.stale[b].failing);
	w.c.asset[b].staleness.fail_after_us = 6 * H;
	world_judge(&w, T0 + 11 * H - 1);
	ck_assert(!w.r.stale[b].failing);
	judge_at(11);
	ck_assert(w.r.stale[b].failing);
	w.c.asset[b].staleness.fail_after_us = 0;
	judge_at(5);
	ck_assert(w.r.stale[b].failing);
	w.o[a].produced_us = T0;
	judge_at(900);
	ck_assert(!w.r.stale[b].failing);
}
END_TEST

START_TEST(off_and_missing_pass_nothing_on)
{
	uint32_t a = made("a", 9, ""), b = made("b", 1, ""), c = made("c", 2, ""), d = made("d", 3, "");

	world_dep(&w, b, "a");
	world_dep(&w, c, "b");
	world_dep(&w, d, "c");
	w.c.asset[b].staleness.off = true;
	w.o[d].exists = w.o[d].ever_materialized = false;
	judge_at(10);
	ck_assert_str_eq(told(b), "off");
	ck_assert_str_eq(told(c), "current");
	ck_assert_str_eq(told(d), "missing");
	ck_assert(sv_is(w.r.stale[d].evidence, "never produced, as far as is known"));
	w.o[d].stored = w.o[d].ever_materialized = true;
	judge_at(10);
	ck_assert(sv_is(w.r.stale[d].evidence, "it was there once, and nothing is there now"));
	(void)a;
}
END_TEST

START_TEST(what_cannot_be_compared_is_said)
{
	uint32_t a = made("a", 0, ""), b = made("b", 1, "");

	world_dep(&w, b, "a");
	world_dep(&w, b, "nobody");
	w.o[a].produced_us = TIME_NONE;
	judge_at(10);
	ck_assert_str_eq(told(b), "current");
	ck_assert(sv_is(w.r.stale[b].evidence,
	                "no change is known, but a cannot be compared: versions or times are missing"));
}
END_TEST

/* Partitions: hours at which each was made; -1 = not there. */
static void
parts(uint32_t i, int64_t jan, int64_t feb, int64_t mar)
{
	static struct partition_dim dim;
	static const char *const key[] = {"2024-01", "2024-02", "2024-03"};
	struct seen_partition *p = ARENA_ARRAY(w.a, struct seen_partition, 3);
	const int64_t at[] = {jan, feb, mar};
	struct observed *o = &w.o[i];

	dim = (struct partition_dim){
		.name = SV("month"),
		.is_time = true,
		.every = EVERY_MONTH,
		.from = civil_days(2024, 1, 1) * US_PER_DAY,
		.until = TIME_NONE,
		.zone = tz_utc,
	};
	w.c.asset[i].dim = &dim;
	w.c.asset[i].ndim = 1;
	o->npartition = 0;
	for (size_t k = 0; k < 3; k++)
		if (at[k] >= 0)
			p[o->npartition++] = (struct seen_partition){.key = sv_of(key[k]),
			                                             .produced_us = T0 + at[k] * H};
	o->partition = p;
}

START_TEST(partitions_are_compared_one_by_one)
{
	uint32_t a = made("a", 9, ""), b = made("b", 5, "");

	world_dep(&w, b, "a")->map = MAP_SAME;
	parts(a, 1, 9, 6);
	parts(b, 5, 5, -1);
	judge_at(10);
	/* March is not there yet, which is no staleness. */
	ck_assert_str_eq(told(b),
	                 "stale a a>b: upstream_newer a@2024-02 2024-03-18T05:00:00Z->2024-03-18T09:00:00Z");
	ck_assert(sv_is(w.r.stale[b].evidence,
	                "a (partition 2024-02) is newer: 2024-03-18T09:00:00Z, was 2024-03-18T05:00:00Z"));
	parts(b, 5, 10, -1);
	judge_at(10);
	ck_assert_str_eq(told(b), "current");
	/* An input may have partitions before the first one here. */
	parts(b, -1, 5, -1);
	judge_at(10);
	ck_assert_uint_eq(w.r.stale[b].ncause, 1);
	/* Files were copied, and what they hold is known to be the same. */
	w.o[a].version = SV("v1");
	world_record(&w, b, "a", "v1");
	judge_at(10);
	ck_assert_str_eq(told(b), "current");
	w.o[b].ninput = 0;
	w.o[b].inputs_known = false;
	/* Known on one side only, or mapped otherwise: the whole is compared. */
	w.o[b].npartition = 0;
	judge_at(10);
	ck_assert_str_eq(told(b), "stale a a>b: upstream_newer a 2024-03-18T05:00:00Z->2024-03-18T09:00:00Z");
}
END_TEST

START_TEST(whole_is_compared_with_the_partitions_it_reads)
{
	uint32_t a = made("a", 9, "va"), b = made("b", 5, "");
	struct dep *d = world_dep(&w, b, "a");

	/* An old partition was made again; b reads the latest closed one only (at T0, 2024-03-18: February). */
	d->map = MAP_LATEST_CLOSED;
	parts(a, 9, 3, -1);
	judge_at(10);
	ck_assert_str_eq(told(b), "current");
	d->map = MAP_ALL;
	judge_at(10);
	ck_assert_str_eq(told(b),
	                 "stale a a>b: upstream_newer a@2024-01 2024-03-18T05:00:00Z->2024-03-18T09:00:00Z");
	/* The whole, known to be the same, outweighs the times of its files. */
	world_record(&w, b, "a", "va");
	judge_at(10);
	ck_assert_str_eq(told(b), "current");
	/* Times in the future say nothing. */
	w.o[b].ninput = 0;
	w.o[b].inputs_known = false;
	parts(a, 900, 900, -1);
	w.o[a].produced_us = T0;
	judge_at(10);
	ck_assert_str_eq(told(b), "current");
}
END_TEST

START_TEST(many_recorded_inputs_are_found_as_few_are)
{
	uint32_t top;
	char key[16];

	teardown();
	world_init(&w, 20);
	for (int i = 0; i < 15; i++) {
		snprintf(key, sizeof(key), "in%d", i);
		made(key, 9, i == 7 ? "new" : "v");
	}
	top = made("top", 1, "");
	for (int i = 0; i < 15; i++) {
		snprintf(key, sizeof(key), "in%d", i);
		world_dep(&w, top, key);
		if (i != 3)
			world_record(&w, top, key, "v");
	}
	for (int i = 0; i < 5; i++) {
		snprintf(key, sizeof(key), "gone%d", i % 2);
		world_record(&w, top, key, "v");
	}
	judge_at(10);
	ck_assert_str_eq(
		told(top),
		"stale in3 in3>top: upstream_newer in3 2024-03-18T01:00:00Z->2024-03-18T09:00:00Z; "
		"upstream_newer in7 v->new; input_added in3; input_removed gone0; input_removed gone1");
}
END_TEST

START_TEST(long_path_keeps_its_ends)
{
	enum { N = 100 };
	char key[16];
	const struct staleness *s;

	teardown();
	world_init(&w, N);
	for (int i = 0; i < N; i++) {
		uint32_t at;

		snprintf(key, sizeof(key), "a%d", i);
		at = made(key, i == 0 ? 9 : 1, "");
		if (i > 0) {
			snprintf(key, sizeof(key), "a%d", i - 1);
			world_dep(&w, at, key);
		}
	}
	judge_at(10);
	s = &w.r.stale[31];
	ck_assert_uint_eq(s->npath, 32);
	ck_assert(sv_is(s->path[0], "a0") && sv_is(s->path[1], "a1") && sv_is(s->path[31], "a31"));
	s = &w.r.stale[N - 1];
	ck_assert(sv_is(s->root, "a0"));
	ck_assert_uint_eq(s->npath, 32);
	/* 100 on the path: the first, 69 left out, the last 30. */
	ck_assert(sv_is(s->path[0], "a0") && sv_is(s->path[2], "a70") && sv_is(s->path[31], "a99"));
	ck_assert_msg(sv_is(s->path[1], "… 69 more …"), SV_FMT, SV_ARG(s->path[1]));
}
END_TEST

/* Random graphs against a judge that knows no order: it applies the rules until nothing changes. */

static uint64_t
random_next(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x;
}

enum { RANDOM_N = 24 };

static void
random_world(uint64_t *x)
{
	char key[16];

	for (uint32_t i = 0; i < RANDOM_N; i++) {
		static const char *const version[] = {"", "v1", "v2"};
		struct staleness_policy *p = &w.c.asset[i].staleness;

		snprintf(key, sizeof(key), "a%u", i);
		made(key, (int64_t)(random_next(x) % 10), version[random_next(x) % 3]);
		p->off = random_next(x) % 12 == 0;
		p->updates_on_all = random_next(x) % 5 == 0;
		w.o[i].exists = random_next(x) % 12 != 0;
		if (random_next(x) % 15 == 0)
			w.o[i].produced_us = TIME_NONE;
		w.c.asset[i].code_version = SV("c");
		w.o[i].code_version = random_next(x) % 15 == 0 ? SV("b") : SV("c");
		w.o[i].inputs_known = random_next(x) % 2 == 0;
		/* Any order of declaration: edges lead from a shuffled rank to a lower one. */
		for (uint32_t k = 0; k < RANDOM_N && w.c.asset[i].ndep < 4; k++)
			if ((k * 7) % RANDOM_N < (i * 7) % RANDOM_N && random_next(x) % 5 == 0) {
				snprintf(key, sizeof(key), "a%u", k);
				world_dep(&w, i, key);
				if (w.o[i].inputs_known)
					world_record(&w, i, key, version[random_next(x) % 3]);
			}
	}
}

static bool
edge_moved(uint32_t i, uint32_t u)
{
	const struct observed *o = &w.o[i], *up = &w.o[u];

	for (size_t k = 0; k < o->ninput; k++)
		if (sv_eq(o->input[k].key, w.c.asset[u].key) && o->input[k].version.n > 0 &&
		    up->version.n > 0)
			return !sv_eq(o->input[k].version, up->version);
	return o->produced_us != TIME_NONE && up->produced_us != TIME_NONE &&
	       up->produced_us > o->produced_us;
}

static bool
is_stale(uint32_t i, const bool *stale)
{
	const struct asset *as = &w.c.asset[i];
	size_t moved = 0;

	if (as->staleness.off || !w.o[i].exists)
		return false;
	if (!sv_eq(as->code_version, w.o[i].code_version))
		return true;
	for (size_t k = 0; k < as->ndep; k++) {
		uint32_t u = catalog_asset(&w.c, as->dep[k].key)->index;

		moved += edge_moved(i, u) || stale[u];
	}
	return as->staleness.updates_on_all ? moved > 0 && moved == as->ndep : moved > 0;
}

START_TEST(pass_agrees_with_a_fixpoint_on_random_graphs)
{
	uint64_t x = 88172645463325252U;
	int nstale = 0;

	for (int round = 0; round < 400; round++) {
		bool stale[RANDOM_N] = {false};

		teardown();
		world_init(&w, RANDOM_N);
		random_world(&x);
		judge_at(20);
		for (bool changed = true; changed;) {
			changed = false;
			for (uint32_t i = 0; i < RANDOM_N; i++)
				if (!stale[i] && is_stale(i, stale))
					changed = stale[i] = true;
		}
		for (uint32_t i = 0; i < RANDOM_N; i++) {
			const struct staleness *s = &w.r.stale[i];

			ck_assert_msg((s->status == STALE_STALE) == stale[i], "round %d: a%u is %s", round, i,
			              told(i));
			nstale += stale[i];
			if (!stale[i])
				continue;
			/* The path leads along edges from the root to it. */
			ck_assert(sv_eq(s->path[0], s->root) &&
			          sv_eq(s->path[s->npath - 1], w.c.asset[i].key));
			for (size_t k = 1; k < s->npath; k++) {
				const struct asset *down = catalog_asset(&w.c, s->path[k]);
				bool edge = false;

				for (size_t d = 0; d < down->ndep; d++)
					edge = edge || sv_eq(down->dep[d].key, s->path[k - 1]);
				ck_assert(edge && stale[down->index]);
			}
		}
	}
	/* Neither nearly all nor nearly none, or little was tested. */
	ck_assert_int_gt(nstale, 400 * RANDOM_N / 5);
	ck_assert_int_lt(nstale, 400 * RANDOM_N * 4 / 5);
}
END_TEST

Suite *
suite_staleness(void)
{
	Suite *s = suite_create("staleness");
	TCase *t = tcase_create("staleness");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, identical_rebuild_makes_nothing_stale);
	tcase_add_test(t, identical_rebuild_is_known_without_recorded_inputs);
	tcase_add_test(t, version_decides_even_against_the_clock);
	tcase_add_test(t, times_decide_where_versions_are_missing);
	tcase_add_test(t, stale_input_is_passed_down_with_its_root);
	tcase_add_test(t, diamond_names_the_oldest_cause);
	tcase_add_test(t, changed_code_is_a_cause_of_its_own);
	tcase_add_test(t, inputs_that_come_and_go_are_causes);
	tcase_add_test(t, input_may_be_recorded_under_an_alias);
	tcase_add_test(t, updates_on_all_waits_for_every_input);
	tcase_add_test(t, stale_fails_only_past_fail_after);
	tcase_add_test(t, off_and_missing_pass_nothing_on);
	tcase_add_test(t, what_cannot_be_compared_is_said);
	tcase_add_test(t, partitions_are_compared_one_by_one);
	tcase_add_test(t, whole_is_compared_with_the_partitions_it_reads);
	tcase_add_test(t, many_recorded_inputs_are_found_as_few_are);
	tcase_add_test(t, long_path_keeps_its_ends);
	tcase_add_test(t, pass_agrees_with_a_fixpoint_on_random_graphs);
	suite_add_tcase(s, t);
	return s;
}
