#include "serve/agenda.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"

struct log {
	struct agenda *a;
	char text[256];
};

static void
note(struct log *l, const char *what)
{
	strncat(l->text, what, sizeof(l->text) - strlen(l->text) - 1);
}

/* struct service is not ours to make here: what runs gets its context alone. */
static void
run_a(struct service *s UNUSED, void *ctx)
{
	note(ctx, "a");
}

static void
run_b(struct service *s UNUSED, void *ctx)
{
	note(ctx, "b");
}

static void
run_again(struct service *s UNUSED, void *ctx)
{
	struct log *l = ctx;

	note(l, "r");
	agenda_set(l->a, SV("again"), 5, run_again, l);
}

static void
run_cancel(struct service *s UNUSED, void *ctx)
{
	struct log *l = ctx;

	note(l, "c");
	agenda_set(l->a, SV("x"), TIME_NONE, NULL, NULL);
	agenda_set(l->a, SV("y"), 100, run_b, l);
}

START_TEST(entries_run_by_instant_then_name_and_once)
{
	AUTO(agenda) a = agenda_new();
	struct log l = {.a = a};

	ck_assert_int_eq(agenda_next_us(a), INT64_MAX);
	agenda_set(a, SV("2"), 10, run_b, &l);
	agenda_set(a, SV("1"), 10, run_a, &l);
	agenda_set(a, SV("0"), 20, run_b, &l);
	ck_assert_int_eq(agenda_next_us(a), 10);
	ck_assert_uint_eq(agenda_run(a, NULL, 9), 0);
	ck_assert_uint_eq(agenda_run(a, NULL, 10), 2);
	ck_assert_str_eq(l.text, "ab");
	ck_assert_int_eq(agenda_next_us(a), 20);
	ck_assert_uint_eq(agenda_run(a, NULL, 1000), 1);
	ck_assert_uint_eq(agenda_run(a, NULL, 1000), 0);
	ck_assert_str_eq(l.text, "abb");
}
END_TEST

START_TEST(a_name_is_replaced_or_taken_away)
{
	AUTO(agenda) a = agenda_new();
	struct log l = {.a = a};

	agenda_set(a, SV("x"), 10, run_a, &l);
	agenda_set(a, SV("x"), 5, run_b, &l);
	agenda_set(a, SV("y"), 7, run_a, &l);
	agenda_set(a, SV("y"), TIME_NONE, NULL, NULL);
	agenda_set(a, SV("never"), TIME_NONE, NULL, NULL);
	ck_assert_uint_eq(agenda_run(a, NULL, 100), 1);
	ck_assert_str_eq(l.text, "b");
}
END_TEST

START_TEST(what_is_set_meanwhile_comes_with_the_next_run)
{
	AUTO(agenda) a = agenda_new();
	struct log l = {.a = a};

	agenda_set(a, SV("again"), 5, run_again, &l);
	ck_assert_uint_eq(agenda_run(a, NULL, 10), 1);
	ck_assert_uint_eq(agenda_run(a, NULL, 10), 1);
	ck_assert_str_eq(l.text, "rr");
	ck_assert_int_eq(agenda_next_us(a), 5);
}
END_TEST

START_TEST(one_that_is_due_can_be_taken_away_or_put_off_by_another)
{
	AUTO(agenda) a = agenda_new();
	struct log l = {.a = a};

	agenda_set(a, SV("c"), 1, run_cancel, &l);
	agenda_set(a, SV("x"), 2, run_a, &l);
	agenda_set(a, SV("y"), 3, run_b, &l);
	ck_assert_uint_eq(agenda_run(a, NULL, 10), 1);
	ck_assert_str_eq(l.text, "c");
	ck_assert_int_eq(agenda_next_us(a), 100);
	agenda_set(a, SV("x"), 50, run_a, &l);
	ck_assert_uint_eq(agenda_run(a, NULL, 100), 2);
	ck_assert_str_eq(l.text, "cab");
}
END_TEST

START_TEST(a_prefix_is_taken_away_and_nothing_else)
{
	AUTO(agenda) a = agenda_new();
	struct log l = {.a = a};

	for (int i = 0; i < 100; i++) {
		char name[32];

		snprintf(name, sizeof(name), "check %d", i);
		agenda_set(a, sv_of(name), (i * 37) % 100, run_a, &l);
	}
	agenda_set(a, SV("chec"), 50, run_b, &l);
	agenda_drop(a, SV("check "));
	ck_assert_uint_eq(agenda_run(a, NULL, 1000), 1);
	ck_assert_str_eq(l.text, "b");
}
END_TEST

START_TEST(all_but_a_prefix_moves_with_the_clock)
{
	AUTO(agenda) a = agenda_new();
	struct log l = {.a = a};

	for (int i = 0; i < 100; i++) {
		char name[32];

		snprintf(name, sizeof(name), "%s %d", i % 2 ? "check" : "look", i);
		agenda_set(a, sv_of(name), 1000 + (i * 37) % 100, i % 2 ? run_a : run_b, &l);
	}
	agenda_shift(a, -500, SV("check "));
	ck_assert_int_eq(agenda_next_us(a), 500);
	ck_assert_uint_eq(agenda_run(a, NULL, 599), 50);
	ck_assert_uint_eq(strspn(l.text, "b"), 50);
	ck_assert_int_eq(agenda_next_us(a), 1001);
	ck_assert_uint_eq(agenda_run(a, NULL, 1099), 50);
}
END_TEST

struct pick {
	struct agenda *a;
	int64_t *model;
	int which;
	int64_t *ran;
};

static void
run_pick(struct service *s UNUSED, void *ctx)
{
	struct pick *p = ctx;

	(*p->ran)++;
	ck_assert_int_ne(p->model[p->which], INT64_MAX);
	p->model[p->which] = INT64_MAX;
}

/* Against an array that is searched from end to end. */
START_TEST(random_settings_run_as_in_a_plain_list)
{
	enum { NAMES = 50, STEPS = 5000 };
	AUTO(agenda) a = agenda_new();
	int64_t model[NAMES], ran = 0;
	struct pick pick[NAMES];
	unsigned seed = 7;

	for (int i = 0; i < NAMES; i++) {
		model[i] = INT64_MAX;
		pick[i] = (struct pick){a, model, i, &ran};
	}
	for (int64_t now = 0; now < STEPS; now++) {
		const int i = rand_r(&seed) % NAMES;
		const bool off = rand_r(&seed) % 4 == 0;
		const int64_t at = now + 1 + rand_r(&seed) % 100;
		int64_t due = 0, next = INT64_MAX;
		char name[16];

		snprintf(name, sizeof(name), "%d", i);
		agenda_set(a, sv_of(name), off ? TIME_NONE : at, run_pick, &pick[i]);
		model[i] = off ? INT64_MAX : at;
		for (int k = 0; k < NAMES; k++) {
			due += model[k] <= now;
			next = MIN(next, model[k]);
		}
		ck_assert_int_eq(agenda_next_us(a), next);
		ran = 0;
		ck_assert_uint_eq(agenda_run(a, NULL, now), (size_t)due);
		ck_assert_int_eq(ran, due);
	}
}
END_TEST

Suite *
suite_agenda(void)
{
	Suite *s = suite_create("agenda");
	TCase *t = tcase_create("agenda");

	tcase_add_test(t, entries_run_by_instant_then_name_and_once);
	tcase_add_test(t, a_name_is_replaced_or_taken_away);
	tcase_add_test(t, what_is_set_meanwhile_comes_with_the_next_run);
	tcase_add_test(t, one_that_is_due_can_be_taken_away_or_put_off_by_another);
	tcase_add_test(t, a_prefix_is_taken_away_and_nothing_else);
	tcase_add_test(t, all_but_a_prefix_moves_with_the_clock);
	tcase_add_test(t, random_settings_run_as_in_a_plain_list);
	suite_add_tcase(s, t);
	return s;
}
