/* What is kept up to date must be what judging everything anew would say, and the clock must never change anything unannounced. */
#include "fresh/state.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/civil.h"
#include "world.h"

enum { N = 24, PARTS_MAX = 6 };
#define H US_PER_HOUR
#define T0 (INT64_C(19800) * US_PER_DAY)

static struct world w;
static uint64_t seed;
static struct partition_dim days, hours, regions;
static const struct sv eu_us[] = {{"eu", 2}, {"us", 2}};

static void
setup(void)
{
	world_init(&w, N);
	seed = 88172645463325252U;
	days = (struct partition_dim){.name = SV("date"),
	                              .is_time = true,
	                              .every = EVERY_DAY,
	                              .from = T0 - 3 * US_PER_DAY,
	                              .until = TIME_NONE,
	                              .zone = tz_utc,
	                              .closes_after_us = 2 * H};
	hours = days;
	hours.every = EVERY_HOUR;
	hours.from = T0 - 4 * H;
	hours.closes_after_us = 90 * US_PER_MIN;
	regions = (struct partition_dim){.name = SV("region"), .value = eu_us, .nvalue = LEN(eu_us)};
}

static void
teardown(void)
{
	world_fini(&w);
}

static uint64_t
below(uint64_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (seed >> 11) % n;
}

/* One in n. */
static bool
rarely(uint64_t n)
{
	return below(n) == 0;
}

/* Around T0, on minutes, so that things coincide. */
static int64_t
some_time(int64_t from_h, int64_t to_h)
{
	return T0 + from_h * H + (int64_t)below((uint64_t)(to_h - from_h) * 60) * US_PER_MIN;
}

static void
random_policy(struct asset *as)
{
	static const char *const cron[] = {"0 * * * *", "30 */3 * * *", "0 6 * * *", "15 9 * * 1-5"};
	struct freshness_policy *p = &as->freshness;

	p->kind = rarely(4) ? POLICY_NONE : rarely(2) ? POLICY_CRON : POLICY_MAX_AGE;
	p->never_seen = (enum never_seen)below(3);
	p->zone = tz_utc;
	if (p->kind == POLICY_CRON) {
		p->cron_text = sv_of(cron[below(LEN(cron))]);
		ck_assert(cron_parse(p->cron_text, &p->cron, NULL));
		p->grace_us = (int64_t)below(3) * 20 * US_PER_MIN;
		p->within_us = rarely(2) ? (int64_t)(1 + below(5)) * H : 0;
	} else if (p->kind == POLICY_MAX_AGE) {
		p->max_age_us = rarely(4) ? 0 : (int64_t)(3 + below(20)) * H;
		p->warn_after_us = rarely(2) || p->max_age_us == 0 ? (int64_t)(1 + below(3)) * H : 0;
		p->exclusive = rarely(3);
	}
	if (rarely(3))
		p->max_data_age_us = (int64_t)(1 + below(30)) * H;
	as->staleness.off = rarely(12);
	as->staleness.updates_on_all = rarely(5);
	if (rarely(2))
		as->staleness.fail_after_us = (int64_t)below(4) * 2 * H;
}

static void
random_dims(struct asset *as)
{
	struct partition_dim *d = ARENA_ARRAY(w.a, struct partition_dim, 2);

	if (!rarely(3))
		return;
	as->dim = d;
	if (!rarely(4))
		d[as->ndim++] = rarely(2) ? days : hours;
	if (as->ndim == 0 || rarely(4))
		d[as->ndim++] = regions;
}

static struct sv
some_version(void)
{
	static const char *const version[] = {"", "v1", "v2", "v3"};

	return sv_of(version[below(LEN(version))]);
}

static int
compare_seen(const void *a, const void *b)
{
	return sv_cmp(((const struct seen_partition *)a)->key, ((const struct seen_partition *)b)->key);
}

static void
random_partitions(const struct asset *as, struct observed *o)
{
	size_t n, left = below(PARTS_MAX);
	struct partition *p = partitions_until(w.a, as, T0 + 2 * US_PER_DAY, false, 200, &n, NULL);
	struct seen_partition *seen = ARENA_ARRAY(w.a, struct seen_partition, n + 1);
	bool most = rarely(2);

	o->npartition = 0;
	for (size_t i = 0; i < n; i++) {
		if (most ? rarely(6) : !rarely(3) || left == 0)
			continue;
		left -= !most;
		seen[o->npartition++] = (struct seen_partition){
			.key = p[i].key,
			.produced_us = rarely(8) ? TIME_NONE : some_time(-48, 12),
			.version = some_version(),
		};
	}
	qsort(seen, o->npartition, sizeof(*seen), compare_seen);
	o->partition = seen;
}

static void
random_inputs(const struct asset *as, struct observed *o)
{
	struct event_input *in = ARENA_ARRAY(w.a, struct event_input, as->ndep * 2 + 2);

	o->ninput = 0;
	o->inputs_known = !rarely(3);
	for (size_t k = 0; k < as->ndep; k++) {
		const struct asset *up = catalog_asset(&w.c, as->dep[k].key);

		if (!o->inputs_known || rarely(8))
			continue;
		in[o->ninput++] = (struct event_input){.key = as->dep[k].key, .version = some_version()};
		if (up != NULL && w.o[up->index].npartition > 0 && rarely(2))
			in[o->ninput++] = (struct event_input){
				.key = as->dep[k].key,
				.partition = w.o[up->index].partition[0].key,
				.version = some_version(),
			};
	}
	if (o->inputs_known && rarely(10))
		in[o->ninput++] = (struct event_input){.key = SV("gone"), .version = SV("v1")};
	o->input = in;
}

static void
random_observed(uint32_t i)
{
	const struct asset *as = &w.c.asset[i];
	struct observed *o = &w.o[i];

	*o = OBSERVED_NOTHING;
	o->stored = !rarely(3);
	o->ever_materialized = !rarely(8);
	o->exists = o->ever_materialized ? !rarely(10) : o->stored && rarely(2);
	o->failed = rarely(15);
	if (o->failed)
		(void)err_set(&o->err, ERR_IO, NOWHERE, "cannot look");
	if (o->ever_materialized && !rarely(10))
		o->produced_us = o->reported_us = some_time(-30, 8);
	if (rarely(3))
		o->probed_us = some_time(-30, 1);
	if (rarely(3))
		o->data_through_us = some_time(-40, 1);
	o->version = some_version();
	o->version_since_us = rarely(2) ? TIME_NONE : some_time(-30, 1);
	o->code_version = rarely(8) ? SV("old") : SV("c");
	o->usual_interval_us = rarely(2) ? H : 0;
	if (as->ndim > 0)
		random_partitions(as, o);
	random_inputs(as, o);
}

static void
random_world(void)
{
	teardown();
	world_init(&w, N);
	for (uint32_t i = 0; i < N; i++) {
		char key[16];

		snprintf(key, sizeof(key), "a%u", i);
		world_add(&w, key);
		w.c.asset[i].code_version = SV("c");
		random_policy(&w.c.asset[i]);
		random_dims(&w.c.asset[i]);
	}
	for (uint32_t i = 0; i < N; i++)
		for (uint32_t k = 0; k < N && w.c.asset[i].ndep < 4; k++) {
			char key[16];

			if ((k * 7) % N >= (i * 7) % N || !rarely(5))
				continue;
			snprintf(key, sizeof(key), "a%u", k);
			world_dep(&w, i, key)->map = (enum partition_map)below(5);
		}
	for (uint32_t i = 0; i < N; i++)
		random_observed(i);
}

static void
same_fresh(uint32_t i, const struct freshness *a, const struct freshness *b)
{
	ck_assert_int_eq(a->status, b->status);
	ck_assert_int_eq(a->produced_us, b->produced_us);
	ck_assert_int_eq(a->data_through_us, b->data_through_us);
	ck_assert_int_eq(a->age_us, b->age_us);
	ck_assert_int_eq(a->deadline_us, b->deadline_us);
	ck_assert_int_eq(a->next_deadline_us, b->next_deadline_us);
	ck_assert_int_eq(a->missing_total, b->missing_total);
	ck_assert_uint_eq(a->nmissing, b->nmissing);
	for (size_t k = 0; k < a->nmissing; k++)
		ck_assert(sv_eq(a->missing[k], b->missing[k]));
	ck_assert_msg(sv_eq(a->evidence, b->evidence), "a%u: " SV_FMT " / " SV_FMT, i, SV_ARG(a->evidence),
	              SV_ARG(b->evidence));
	ck_assert(sv_eq(a->warning, b->warning));
}

/* Of many causes some are only counted, in words. */
static bool
same_causes(const struct staleness *a, const struct staleness *b)
{
	if (a->ncause != b->ncause || (a->ncause > 0 && !sv_eq(a->evidence, b->evidence)))
		return false;
	for (size_t k = 0; k < a->ncause; k++)
		if (a->cause[k].kind != b->cause[k].kind ||
		    !sv_eq(a->cause[k].upstream, b->cause[k].upstream) ||
		    !sv_eq(a->cause[k].partition, b->cause[k].partition) ||
		    !sv_eq(a->cause[k].had, b->cause[k].had) || !sv_eq(a->cause[k].now, b->cause[k].now))
			return false;
	return true;
}

static void
same_stale(uint32_t i, const struct staleness *a, const struct staleness *b)
{
	ck_assert_msg(a->status == b->status, "a%u", i);
	ck_assert_msg(same_causes(a, b), "a%u", i);
	ck_assert(sv_eq(a->root, b->root));
	ck_assert_uint_eq(a->npath, b->npath);
	for (size_t k = 0; k < a->npath; k++)
		ck_assert_msg(sv_eq(a->path[k], b->path[k]), "a%u", i);
	ck_assert_int_eq(a->since_us, b->since_us);
	ck_assert_int_eq(a->failing, b->failing);
	ck_assert(sv_eq(a->evidence, b->evidence));
}

/* Everything anew, against what is kept. */
static void
compare_all(const struct fresh_state *s, int64_t now_us)
{
	world_judge(&w, now_us);
	for (uint32_t i = 0; i < N; i++) {
		const struct fresh_brief *b = fresh_state_brief(s, i);
		struct freshness f;
		struct staleness st;

		fresh_state_tell(s, w.a, w.o, i, now_us, &f, &st);
		same_fresh(i, &w.r.fresh[i], &f);
		same_stale(i, &w.r.stale[i], &st);
		ck_assert_int_eq(b->fresh, f.status);
		ck_assert_int_eq(b->stale, st.status);
		ck_assert_int_eq(b->failing, st.failing);
		ck_assert_int_eq(b->since_us, st.since_us);
		ck_assert_int_eq(b->causes != 0, st.status == STALE_STALE);
		if (st.status == STALE_STALE)
			ck_assert(sv_eq(w.c.asset[b->root].key, st.root));
	}
}

/* Of each asset what a brief stands for. */
struct was {
	struct fresh_brief brief[N];
	struct staleness stale[N];
	enum fresh_status fresh[N];
};

static void
remember(const struct fresh_state *s, struct was *was)
{
	for (uint32_t i = 0; i < N; i++)
		was->brief[i] = *fresh_state_brief(s, i);
}

static void
expect_changed(const struct fresh_state *s, const struct was *was, const uint32_t *changed, size_t n)
{
	bool told[N] = {false};

	for (size_t i = 0; i < n; i++) {
		ck_assert(!told[changed[i]]);
		told[changed[i]] = true;
	}
	for (uint32_t i = 0; i < N; i++) {
		const struct fresh_brief *a = &was->brief[i], *b = fresh_state_brief(s, i);
		bool same = a->fresh == b->fresh && a->stale == b->stale && a->failing == b->failing &&
		            a->root == b->root && a->causes == b->causes && a->since_us == b->since_us;

		ck_assert_msg(told[i] == !same, "a%u: told %d", i, told[i]);
	}
}

START_TEST(updates_are_what_judging_everything_gives)
{
	for (int round = 0; round < 12; round++) {
		random_world();

		AUTO(fresh_state) s = NULL;
		int64_t now = some_time(-2, 2);

		world_judge(&w, now);
		s = fresh_state_new(&w.c);
		fresh_state_all(s, w.o, now);
		compare_all(s, now);
		for (int step = 0; step < 30; step++) {
			uint32_t dirty[4];
			size_t n = below(4), nchanged;
			const uint32_t *changed;
			struct was was;

			remember(s, &was);
			for (size_t i = 0; i < n; i++)
				random_observed(dirty[i] = (uint32_t)below(N));
			now = rarely(12) ? now - (int64_t)below(600) * US_PER_MIN
			                 : now + (int64_t)below(90) * US_PER_MIN;
			fresh_state_update(s, w.o, dirty, n, now, &changed, &nchanged);
			expect_changed(s, &was, changed, nchanged);
			compare_all(s, now);
		}
	}
}
END_TEST

static void
judge_into(struct was *was, int64_t now_us)
{
	world_judge(&w, now_us);
	for (uint32_t i = 0; i < N; i++) {
		was->fresh[i] = w.r.fresh[i].status;
		was->stale[i] = w.r.stale[i];
	}
}

/* The first asset that differs, or N. */
static uint32_t
difference(const struct was *a, const struct was *b)
{
	for (uint32_t i = 0; i < N; i++)
		if (a->fresh[i] != b->fresh[i] || a->stale[i].status != b->stale[i].status ||
		    a->stale[i].failing != b->stale[i].failing ||
		    a->stale[i].since_us != b->stale[i].since_us ||
		    !sv_eq(a->stale[i].root, b->stale[i].root) || !same_causes(&a->stale[i], &b->stale[i]))
			return i;
	return N;
}

START_TEST(the_clock_changes_something_at_the_instant_told_and_never_before)
{
	int changes = 0;

	for (int round = 0; round < 25; round++) {
		random_world();

		AUTO(fresh_state) s = NULL;
		int64_t now = some_time(-2, 2), next;

		world_judge(&w, now);
		s = fresh_state_new(&w.c);
		fresh_state_all(s, w.o, now);
		for (int step = 0; step < 25; step++) {
			const uint32_t *changed;
			size_t n;
			struct was before, after;

			judge_into(&before, now);
			next = fresh_state_next_us(s);
			for (int probe = 0; probe < 4; probe++) {
				int64_t span = next == TIME_NONE ? 300 * US_PER_DAY : next - now;
				int64_t t = probe == 0 && next != TIME_NONE
				                    ? next - 1
				                    : now + (int64_t)below((uint64_t)span);

				judge_into(&after, t);
				ck_assert_msg(difference(&before, &after) == N,
				              "round %d: a%u changes by %lld, told for %lld (from %lld)",
				              round, difference(&before, &after), (long long)(t - T0),
				              (long long)(next - T0), (long long)(now - T0));
			}
			if (next == TIME_NONE)
				break;
			ck_assert_int_gt(next, now);
			judge_into(&after, next);
			ck_assert_msg(difference(&before, &after) < N, "round %d: nothing changes at %lld",
			              round, (long long)(next - T0));
			now = next;
			fresh_state_update(s, w.o, NULL, 0, now, &changed, &n);
			ck_assert_uint_gt(n, 0);
			changes++;
		}
	}
	ck_assert_int_gt(changes, 300);
}
END_TEST

START_TEST(those_due_are_told_and_no_others)
{
	AUTO(fresh_state) s = NULL;

	random_world();
	for (uint32_t i = 0; i < N; i++)
		w.o[i].changes_us = rarely(2) ? some_time(1, 30) : 0;
	world_judge(&w, T0);
	s = fresh_state_new(&w.c);
	ck_assert_int_eq(fresh_state_next_us(s), TIME_NONE);
	fresh_state_all(s, w.o, T0);
	for (int64_t t = T0; t < T0 + 40 * H; t += H / 2) {
		uint32_t *due, want = 0;
		size_t n;

		fresh_state_due(s, w.a, t, &due, &n);
		for (uint32_t i = 0; i < N; i++) {
			int64_t at = fresh_state_brief(s, i)->changes_us;

			want += at != TIME_NONE && at <= t;
			ck_assert(w.o[i].changes_us == 0 || (at != TIME_NONE && at <= w.o[i].changes_us));
		}
		ck_assert_uint_eq(n, want);
		for (size_t i = 0; i < n; i++)
			ck_assert_int_le(fresh_state_brief(s, due[i])->changes_us, t);
	}
}
END_TEST

START_TEST(orphans_are_those_of_the_whole)
{
	AUTO(fresh_state) s = NULL;
	struct orphan *found;
	size_t n;

	random_world();
	world_judge(&w, T0);
	s = fresh_state_new(&w.c);
	fresh_state_all(s, w.o, T0);
	fresh_state_orphans(s, w.a, w.o, T0, &found, &n);
	ck_assert_uint_gt(n, 0);
	ck_assert_uint_eq(n, w.r.norphan);
	for (size_t i = 0; i < n; i++)
		ck_assert(found[i].kind == w.r.orphan[i].kind && sv_eq(found[i].key, w.r.orphan[i].key) &&
		          sv_eq(found[i].evidence, w.r.orphan[i].evidence));
}
END_TEST

Suite *
suite_fresh_state(void)
{
	Suite *s = suite_create("fresh_state");
	TCase *t = tcase_create("state");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, updates_are_what_judging_everything_gives);
	tcase_add_test(t, the_clock_changes_something_at_the_instant_told_and_never_before);
	tcase_add_test(t, those_due_are_told_and_no_others);
	tcase_add_test(t, orphans_are_those_of_the_whole);
	suite_add_tcase(s, t);
	return s;
}
