#include <check.h>
#include <stdatomic.h>

#include "base/pool.h"

struct seen {
	atomic_int times[1000];
	int by_thread[8]; /* each thread writes its own: a second one at a time would be a race */
	int64_t stop_at;
};

static bool
note(void *ctx, int64_t i, unsigned thread)
{
	struct seen *seen = ctx;

	atomic_fetch_add(&seen->times[i], 1);
	seen->by_thread[thread]++;
	return i != seen->stop_at;
}

START_TEST(every_job_runs_once)
{
	AUTO(pool) p = pool_new(4);

	/* Again and again: what is left of one loop must not reach into the next. */
	for (int round = 0; round < 50; round++) {
		struct seen seen = {.stop_at = -1};
		int sum = 0;

		ck_assert(pool_run(p, 1000, note, &seen));
		for (int i = 0; i < 1000; i++)
			ck_assert_int_eq(seen.times[i], 1);
		for (unsigned t = 0; t < pool_threads(p); t++)
			sum += seen.by_thread[t];
		ck_assert_int_eq(sum, 1000);
	}
}
END_TEST

START_TEST(a_job_that_fails_stops_the_loop_but_not_the_pool)
{
	AUTO(pool) p = pool_new(3);
	struct seen seen = {.stop_at = 10}, again = {.stop_at = -1};
	int ran = 0;

	ck_assert(!pool_run(p, 1000, note, &seen));
	for (int i = 0; i <= 10; i++)
		ck_assert_int_eq(seen.times[i], 1);
	for (int i = 0; i < 1000; i++)
		ran += seen.times[i];
	ck_assert_int_ge(ran, 11);
	ck_assert(pool_run(p, 1000, note, &again));
}
END_TEST

START_TEST(one_thread_runs_in_order_and_stops_at_once)
{
	AUTO(pool) p = pool_new(0);
	struct seen seen = {.stop_at = 10};

	ck_assert_uint_eq(pool_threads(p), 1);
	ck_assert(!pool_run(p, 1000, note, &seen));
	ck_assert_int_eq(seen.times[10], 1);
	ck_assert_int_eq(seen.times[11], 0);
}
END_TEST

START_TEST(small_and_empty_loops_work_before_large_ones)
{
	AUTO(pool) p = pool_new(4);

	for (int64_t n = 0; n < 20; n++) {
		struct seen seen = {.stop_at = -1};

		ck_assert(pool_run(p, n, note, &seen));
		for (int i = 0; i < 20; i++)
			ck_assert_int_eq(seen.times[i], i < n);
	}
}
END_TEST

START_TEST(an_unused_pool_can_be_freed)
{
	pool_free(pool_new(4));
	pool_free(NULL);
	ck_assert_uint_ge(pool_cpus(), 1);
}
END_TEST

Suite *
suite_pool(void)
{
	Suite *s = suite_create("pool");
	TCase *t = tcase_create("pool");

	tcase_add_test(t, every_job_runs_once);
	tcase_add_test(t, a_job_that_fails_stops_the_loop_but_not_the_pool);
	tcase_add_test(t, one_thread_runs_in_order_and_stops_at_once);
	tcase_add_test(t, small_and_empty_loops_work_before_large_ones);
	tcase_add_test(t, an_unused_pool_can_be_freed);
	suite_add_tcase(s, t);
	return s;
}
