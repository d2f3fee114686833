#include <check.h>

#include "world.h"

#define H US_PER_HOUR
#define NOW (INT64_C(19800) * US_PER_DAY)

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

static const struct orphan *
find(enum orphan_kind kind, const char *key)
{
	for (size_t i = 0; i < w.r.norphan; i++)
		if (w.r.orphan[i].kind == kind && sv_is(w.r.orphan[i].key, key))
			return &w.r.orphan[i];
	return NULL;
}

static void
says(enum orphan_kind kind, const char *key, const char *evidence)
{
	const struct orphan *o = find(kind, key);

	ck_assert_msg(o != NULL, "no %s %s", orphan_kind_names[kind], key);
	ck_assert_msg(sv_is(o->evidence, evidence), SV_FMT, SV_ARG(o->evidence));
}

START_TEST(key_that_nobody_defines_dangles)
{
	uint32_t a = world_add(&w, "a"), b = world_add(&w, "b");

	w.c.asset[a].exposed = w.c.asset[b].exposed = true;
	world_dep(&w, a, "raw/regions");
	world_dep(&w, b, "b0");
	world_dep(&w, b, "raw/regions")->gate = EFFECT_ALLOW;
	world_judge(&w, NOW);
	ck_assert_uint_eq(w.r.norphan, 2);
	says(ORPHAN_DANGLING, "raw/regions", "no asset is called 'raw/regions'");
	ck_assert_uint_eq(find(ORPHAN_DANGLING, "raw/regions")->nwanted, 2);
	ck_assert(sv_is(find(ORPHAN_DANGLING, "raw/regions")->wanted_by[1], "b"));
	ck_assert_uint_eq(find(ORPHAN_DANGLING, "b0")->nwanted, 1);
}
END_TEST

START_TEST(column_that_the_data_lacks_dangles)
{
	static const struct sv want[] = {{"id", 2}, {"rate", 4}, {"where.lat", 9}},
			       has[] = {{"id", 2}, {"where", 5}};
	uint32_t a = world_add(&w, "a"), b = world_add(&w, "b");
	struct dep *d = world_dep(&w, b, "a");

	w.c.asset[b].exposed = true;
	d->column = want;
	d->ncolumn = LEN(want);
	world_judge(&w, NOW);
	ck_assert_uint_eq(w.r.norphan, 0); /* nobody looked at the columns */
	w.o[a].columns = has;
	w.o[a].ncolumns = LEN(has);
	world_judge(&w, NOW);
	ck_assert_uint_eq(w.r.norphan, 1);
	says(ORPHAN_DANGLING, "a.rate", "a has no column 'rate'");
	ck_assert(sv_is(find(ORPHAN_DANGLING, "a.rate")->wanted_by[0], "b"));
}
END_TEST

START_TEST(what_nobody_reads_is_unused_unless_exposed)
{
	uint32_t a = world_add(&w, "a"), b = world_add(&w, "b"), c = world_add(&w, "c");

	world_dep(&w, b, "a");
	world_dep(&w, c, "nobody");
	w.c.asset[c].exposed = true;
	world_judge(&w, NOW);
	ck_assert_uint_eq(w.r.norphan, 2);
	says(ORPHAN_UNUSED, "b", "no asset reads it, and it is not exposed");
	ck_assert_ptr_nonnull(find(ORPHAN_DANGLING, "nobody"));
	(void)a;
}
END_TEST

START_TEST(three_missed_intervals_are_abandonment)
{
	uint32_t a = world_add(&w, "a");
	struct observed *o = &w.o[a];

	w.c.asset[a].exposed = true;
	o->produced_us = NOW - 72 * H;
	o->usual_interval_us = 24 * H;
	world_judge(&w, NOW);
	ck_assert_uint_eq(w.r.norphan, 0);
	world_judge(&w, NOW + 1);
	ck_assert_uint_eq(w.r.norphan, 1);
	says(ORPHAN_ABANDONED, "a",
	     "last produced 3 d ago (2024-03-15T00:00:00Z), where it used to be every 1 d");

	/* Not while a policy is content, or it is being made. */
	w.c.asset[a].freshness = (struct freshness_policy){
		.kind = POLICY_MAX_AGE, .max_age_us = 100 * H, .warn_after_us = 90 * H};
	world_judge(&w, NOW + H);
	ck_assert_uint_eq(w.r.norphan, 0);
	world_judge(&w, NOW + 20 * H);
	ck_assert_uint_eq(w.r.norphan, 0);
	world_judge(&w, NOW + 30 * H);
	ck_assert_ptr_nonnull(find(ORPHAN_ABANDONED, "a"));
	o->in_progress = true;
	world_judge(&w, NOW + 30 * H);
	ck_assert_uint_eq(w.r.norphan, 0);

	/* Too few arrivals; a burst of them; a gap beyond all time. */
	o->in_progress = false;
	o->usual_interval_us = 0;
	world_judge(&w, NOW + 30 * H);
	ck_assert_uint_eq(w.r.norphan, 0);
	o->usual_interval_us = US_PER_S;
	o->produced_us = NOW - H;
	w.c.asset[a].freshness = (struct freshness_policy){0};
	world_judge(&w, NOW);
	ck_assert_uint_eq(w.r.norphan, 0);
	o->usual_interval_us = INT64_MAX / 2;
	world_judge(&w, NOW);
	ck_assert_uint_eq(w.r.norphan, 0);
}
END_TEST

START_TEST(what_is_gone_is_unstored)
{
	uint32_t a = world_add(&w, "a"), b = world_add(&w, "b");
	struct observed *o = &w.o[a];

	world_dep(&w, b, "a");
	w.c.asset[b].exposed = true;
	o->exists = false;
	o->produced_us = NOW - H;
	world_judge(&w, NOW);
	ck_assert_uint_eq(w.r.norphan, 0); /* nothing was ever stored */
	o->stored = true;
	world_judge(&w, NOW);
	ck_assert_uint_eq(w.r.norphan, 1);
	says(ORPHAN_UNSTORED, "a",
	     "it was materialized (last at 2024-03-17T23:00:00Z), and nothing is there now");
	ck_assert_uint_eq(find(ORPHAN_UNSTORED, "a")->nwanted, 1);
	o->failed = true; /* then nobody knows */
	world_judge(&w, NOW);
	ck_assert_uint_eq(w.r.norphan, 0);
	o->failed = o->ever_materialized = false;
	world_judge(&w, NOW);
	ck_assert_uint_eq(w.r.norphan, 0);
}
END_TEST

START_TEST(untracked_objects_come_last)
{
	const struct orphan untracked = {
		.kind = ORPHAN_UNTRACKED, .key = SV("data/x.csv"), .evidence = SV("nobody knows it")};

	world_add(&w, "a");
	world_judge(&w, NOW);
	fresh_all(w.a, &w.c, w.o, &untracked, 1, NOW, &w.r);
	ck_assert_uint_eq(w.r.norphan, 2);
	ck_assert_int_eq(w.r.orphan[0].kind, ORPHAN_UNUSED);
	ck_assert(sv_is(w.r.orphan[1].key, "data/x.csv"));
}
END_TEST

START_TEST(empty_catalog_has_nothing_to_tell)
{
	world_judge(&w, NOW);
	ck_assert_uint_eq(w.r.norphan, 0);
}
END_TEST

Suite *
suite_orphans(void)
{
	Suite *s = suite_create("orphans");
	TCase *t = tcase_create("orphans");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, key_that_nobody_defines_dangles);
	tcase_add_test(t, column_that_the_data_lacks_dangles);
	tcase_add_test(t, what_nobody_reads_is_unused_unless_exposed);
	tcase_add_test(t, three_missed_intervals_are_abandonment);
	tcase_add_test(t, what_is_gone_is_unstored);
	tcase_add_test(t, untracked_objects_come_last);
	tcase_add_test(t, empty_catalog_has_nothing_to_tell);
	suite_add_tcase(s, t);
	return s;
}
