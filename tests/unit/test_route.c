#include <check.h>
#include <stdlib.h>

#include "alert/notice.h"
#include "alert/settle.h"
#include "catalog/load.h"

#define NOW_US INT64_C(1700000000000000)
#define OK(call) ck_assert_msg((call), "%s (%s)", err.msg, err.hint)

static struct arena *a;
static struct clock fixed;
static struct workspace w;
static struct report r;
static struct err err;

static const char assets[] =
	"assets:\n"
	"  raw/orders: {path: a.csv, owners: [\"team:a\", \"team:b\"], tags: {tier: gold, pii: }}\n"
	"  raw/items: {path: b.csv, owners: [\"team:b\"]}\n"
	"  mart/x: {path: c.csv, depends_on: [raw/gone], exposed: true}\n";

static void
load(const char *alerts)
{
	struct diags d;

	diags_init(&d, a);
	w.catalog = catalog_load_text(a, "weir.yaml", arena_svf(a, "version: 1\n%s%s", assets, alerts), NULL,
	                              &d);
	ck_assert(w.catalog != NULL && d.errors == 0);
}

static void
setup(void)
{
	a = arena_new();
	fixed = clock_fixed(NOW_US);
	err = (struct err){0};
	w = (struct workspace){.a = a, .clock = &fixed};
	r = (struct report){.run_id = "R", .project = SV("shop"), .env = SV("prod")};
	OK(store_open(SV(":memory:"), STORE_WRITE, SV("prod"), &fixed, &w.store, &err));
}

static void
teardown(void)
{
	store_close(w.store);
	arena_free(a);
}

/* Matching ------------------------------------------------------------------------------------------------------ */

static const struct {
	const char *match;
	bool takes; /* an incident of kind check_failed, warning, on raw/orders */
} matches[] = {
	{"", true},
	{"asset: 'raw/*'", true},
	{"asset: '*'", false},
	{"asset: '**'", true},
	{"asset: [mart/x, raw/orders]", true},
	{"asset: mart/x", false},
	{"kind: check_failed", true},
	{"kind: ['check_*', late]", true},
	{"kind: late", false},
	{"severity: warning", true},
	{"severity: [critical, info]", false},
	{"owner: team:b", true},
	{"owner: 'team:*'", true},
	{"owner: team:c", false},
	{"tags: {tier: gold}", true},
	{"tags: {tier: gold, pii: }", true},
	{"tags: [pii, tier]", true},
	{"tags: tier", true},
	{"tags: {tier: bronze}", false},
	{"tags: {tier: gold, x: }", false},
	{"asset: 'raw/*', kind: check_failed, severity: warning, owner: team:a, tags: {tier: gold}", true},
	{"asset: 'raw/*', kind: check_failed, severity: critical, owner: team:a", false},
};

START_TEST(a_route_takes_what_meets_each_of_its_conditions)
{
	struct incident i = {
		.kind = SV("check_failed"), .asset = SV("raw/orders"), .severity = SEVERITY_WARNING};

	load(arena_printf(a,
	                  "alerts:\n  channels: {ops: {type: command, command: [x]}}\n"
	                  "  routes: [{match: {%s}, to: ops}]\n",
	                  matches[_i].match));
	ck_assert_msg(incident_matches(&w.catalog->alerts.route[0].match, &i,
	                               incident_asset(w.catalog, &i)) == matches[_i].takes,
	              "%s", matches[_i].match);
}
END_TEST

static const struct {
	const char *asset, *concerns; /* NULL: nobody */
} subjects[] = {
	{"raw/orders", "raw/orders"}, {"raw/orders.id", "raw/orders"},
	{"raw/gone", "mart/x"},       {"raw/orders.a.b", "raw/orders"},
	{"stray.csv", NULL},          {"", NULL},
};

START_TEST(an_incident_concerns_the_asset_that_owns_it_or_wants_it)
{
	struct incident i = {.asset = sv_of(subjects[_i].asset)};

	load("");

	const struct asset *asset = incident_asset(w.catalog, &i);

	ck_assert((asset == NULL) == (subjects[_i].concerns == NULL));
	if (asset != NULL)
		ck_assert(sv_is(asset->key, subjects[_i].concerns));
}
END_TEST

/* Telling ------------------------------------------------------------------------------------------------------- */

static struct change
change(const char *id, const char *asset, enum incident_change how)
{
	return (struct change){
		.incident = {.id = sv_of(id),
	                     .key = sv_of(id),
	                     .kind = SV("check_failed"),
	                     .asset = sv_of(asset),
	                     .check = SV("c"),
	                     .title = sv_of(id),
	                     .opened_us = NOW_US,
	                     .seen_us = fixed.fixed_us,
	                     .resolved_us = how == INCIDENT_RESOLVED ? fixed.fixed_us : TIME_NONE,
	                     .change = how}};
}

/* "CHANNEL TYPE ID,ID" of the messages that this adds, in order; the outbox keeps them. */
static const char *
told(const struct change *c, size_t n)
{
	struct message *before, *v;
	size_t nbefore, nv;
	const char *s = "";

	OK(store_list_messages(w.store, a, -1, 1000, &before, &nbefore, &err));
	OK(alerts_route(&w, &r, c, n, &err));
	OK(store_list_messages(w.store, a, -1, 1000, &v, &nv, &err));
	for (size_t i = nv - nbefore; i-- > 0;) {
		struct notice got;

		s = arena_printf(a, "%s%s" SV_FMT " " SV_FMT " ", s, s[0] != '\0' ? "; " : "",
		                 SV_ARG(v[i].channel), SV_ARG(sv_skip(v[i].type, sizeof("incident.") - 1)));
		for (size_t k = 0; k < v[i].nincident; k++)
			s = arena_printf(a, "%s%s" SV_FMT, s, k > 0 ? "," : "", SV_ARG(v[i].incident[k]));
		OK(notice_parse(a, v[i].body, &got, &err));
		ck_assert(sv_eq(got.type, v[i].type) && sv_is(got.project, "shop") && sv_is(got.run_id, "R"));
		ck_assert_int_eq(got.count, (int64_t)v[i].nincident);
	}
	return s;
}

#define CHANNELS "alerts:\n  enabled: true\n  channels: {ops: {type: x}, mail: {type: x}}\n"

START_TEST(an_incident_is_told_once_to_a_channel_however_many_routes_lead_there)
{
	const struct change c[] = {change("1", "raw/orders", INCIDENT_OPENED),
	                           change("2", "mart/x", INCIDENT_OPENED)};

	load(CHANNELS "  routes: [{match: {asset: 'raw/*'}, to: [ops, mail]}, {to: ops}]\n");
	ck_assert_str_eq(told(c, 2), "ops opened 1; ops opened 2; mail opened 1");
}
END_TEST

static const struct {
	const char *group_by, *told;
} groups[] = {
	{"[]", "ops opened 1; ops opened 2; ops opened 3"},
	{"asset", "ops opened 1,3; ops opened 2"},
	{"check", "ops opened 1,2,3"},
	{"[asset, check]", "ops opened 1,3; ops opened 2"},
	{"owner", "ops opened 1,3; ops opened 2"},
	{"route", "ops opened 1,2,3"},
};

START_TEST(what_agrees_in_group_by_shares_a_message)
{
	const struct change c[] = {change("1", "raw/orders", INCIDENT_OPENED),
	                           change("2", "raw/items", INCIDENT_OPENED),
	                           change("3", "raw/orders", INCIDENT_OPENED)};

	load(arena_printf(a, CHANNELS "  routes: [{to: ops, group_by: %s}]\n", groups[_i].group_by));
	ck_assert_str_eq(told(c, 3), groups[_i].told);
}
END_TEST

START_TEST(more_messages_than_digest_above_become_one)
{
	const struct change c[] = {change("1", "raw/orders", INCIDENT_OPENED),
	                           change("2", "mart/x", INCIDENT_OPENED),
	                           change("3", "raw/items", INCIDENT_OPENED)};

	load(CHANNELS "  digest_above: 2\n  routes: [{to: ops}, {match: {asset: 'raw/*'}, to: mail}]\n");
	ck_assert_str_eq(told(c, 3), "ops digest 1,2,3; mail opened 1; mail opened 3");
	/* Whoever was told in a digest was told. */
	ck_assert_str_eq(told((const struct change[]){change("2", "mart/x", INCIDENT_RESOLVED)}, 1),
	                 "ops resolved 2");
}
END_TEST

START_TEST(the_end_is_told_to_whom_the_beginning_was_told)
{
	const struct change opened = change("1", "raw/orders", INCIDENT_OPENED),
			    resolved = change("1", "raw/orders", INCIDENT_RESOLVED);

	load(CHANNELS "  routes: [{match: {kind: late}, to: mail}, {to: ops}]\n");
	ck_assert_str_eq(told(&opened, 1), "ops opened 1");
	/* The routes were changed meanwhile. */
	load(CHANNELS "  routes: [{to: mail}]\n");
	ck_assert_str_eq(told(&resolved, 1), "ops resolved 1");
}
END_TEST

START_TEST(what_lasts_is_repeated_when_it_is_due_or_got_worse)
{
	struct change c = change("1", "raw/orders", INCIDENT_OPENED);

	load(CHANNELS "  routes: [{to: ops, repeat_every: 24h}, {to: mail}]\n");
	ck_assert_str_eq(told(&c, 1), "ops opened 1; mail opened 1");
	for (int hours = 1; hours <= 49; hours++) {
		fixed = clock_fixed(NOW_US + hours * US_PER_HOUR);
		c = change("1", "raw/orders", INCIDENT_STILL);
		ck_assert_str_eq(told(&c, 1), hours % 24 == 0 ? "ops repeated 1" : "");
	}
	c.worse = true;
	ck_assert_str_eq(told(&c, 1), "ops repeated 1; mail repeated 1");
}
END_TEST

START_TEST(who_was_never_told_hears_of_what_is_still_open_as_new)
{
	const struct change c = change("1", "raw/orders", INCIDENT_STILL);

	load(CHANNELS "  routes: [{to: ops}]\n");
	ck_assert_str_eq(told(&c, 1), "ops opened 1");
	ck_assert_str_eq(told(&c, 1), "");
	load(CHANNELS "  routes: [{to: [ops, mail]}]\n");
	ck_assert_str_eq(told(&c, 1), "mail opened 1");
}
END_TEST

START_TEST(with_alerts_off_nothing_is_written_and_what_is_new_is_noted)
{
	struct change c[UNTOLD_MAX + 5];

	for (size_t i = 0; i < LEN(c); i++)
		c[i] = change(arena_printf(a, "%zu", i), "raw/orders",
		              i == 0 ? INCIDENT_STILL : INCIDENT_OPENED);
	load("alerts:\n  digest_above: 100\n  channels: {ops: {type: x}}\n  routes: [{to: ops}]\n");
	ck_assert_str_eq(told(c, LEN(c)), "");
	ck_assert_int_eq(r.untold_total, UNTOLD_MAX + 4);
	ck_assert_uint_eq(r.nuntold, UNTOLD_MAX);
	ck_assert(sv_is(r.untold[0].channel, "ops") && sv_is(r.untold[0].title, "1"));
}
END_TEST

Suite *
suite_route(void)
{
	Suite *s = suite_create("route");
	TCase *t = tcase_create("route");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, a_route_takes_what_meets_each_of_its_conditions, 0, (int)LEN(matches));
	tcase_add_loop_test(t, an_incident_concerns_the_asset_that_owns_it_or_wants_it, 0,
	                    (int)LEN(subjects));
	tcase_add_test(t, an_incident_is_told_once_to_a_channel_however_many_routes_lead_there);
	tcase_add_loop_test(t, what_agrees_in_group_by_shares_a_message, 0, (int)LEN(groups));
	tcase_add_test(t, more_messages_than_digest_above_become_one);
	tcase_add_test(t, the_end_is_told_to_whom_the_beginning_was_told);
	tcase_add_test(t, what_lasts_is_repeated_when_it_is_due_or_got_worse);
	tcase_add_test(t, who_was_never_told_hears_of_what_is_still_open_as_new);
	tcase_add_test(t, with_alerts_off_nothing_is_written_and_what_is_new_is_noted);
	suite_add_tcase(s, t);
	return s;
}
