/* A gate that looks at nothing but what is on record must say what one says that looks, as long as nothing has moved since. */
#include <check.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fs.h"
#include "fresh/state.h"
#include "gate/gate.h"

static struct arena *a;
static const char *dir;
static struct clock now;
static struct err err;
static struct workspace w;
static uint64_t seed;
static struct observed *seen;
static struct fresh_state *state;

#define OK(call) ck_assert_msg((call), "%s (%s)", err.msg, err.hint)

static const char catalog_text[] =
	"project: shop\n"
	"sources: {files: {url: \"file:data\"}, db: {url: \"sqlite:data/shop.db\"}}\n"
	"assets:\n"
	"  raw/customers: {source: files, path: customers.csv, checks: [{unique: id}]}\n"
	"  raw/orders:\n"
	"    source: files\n"
	"    path: orders.csv\n"
	"    freshness: {max_age: 1d, blocking: true}\n"
	"    checks:\n"
	"      - not_null: id\n"
	"      - relationships: {column: customer, to: raw/customers, field: id}\n"
	"  raw/days:\n"
	"    source: files\n"
	"    path: \"{date:%Y-%m-%d}.csv\"\n"
	"    version: {from: content}\n"
	"    partitions: {date: {every: day, from: 2024-01-01, until: 2024-01-04}}\n"
	"    checks: [{not_null: id}]\n"
	"  raw/sales:\n"
	"    source: db\n"
	"    table: sales\n"
	"    where: \"region = {region}\"\n"
	"    partitions: {region: [eu, us]}\n"
	"    checks: [{not_null: id}]\n"
	"  told/model: {checks: [{not_null: id}]}\n"
	"  stage/orders: {depends_on: [raw/orders]}\n"
	"  marts/a: {depends_on: [raw/orders, told/model], gate: {accept_verdict_within: 1h}}\n"
	"  marts/b: {depends_on: [raw/customers, stage/orders]}\n"
	"  marts/c: {depends_on: [raw/days, raw/sales]}\n"
	"  marts/d:\n"
	"    partitions: {date: {every: day, from: 2024-01-01, until: 2024-01-04}}\n"
	"    depends_on: [raw/days]\n";
static const char *const gates[][2] = {
	{"marts/a", ""}, {"marts/b", ""}, {"marts/c", ""}, {"marts/d", "2024-01-02"}};

static void
write_file(const char *name, const char *text)
{
	OK(fs_write(fs_join(a, dir, sv_of(name)), sv_of(text), 0600, &err));
}

static void
sql(const char *text)
{
	sqlite3 *db;

	ck_assert_int_eq(sqlite3_open(fs_join(a, dir, SV("data/shop.db")), &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static void
setup(void)
{
	const char *tmp = getenv("TMPDIR");
	struct catalog_options o;
	struct checks *checks;
	struct diags d;

	a = arena_new();
	seed = 88172645463325252U;
	char *made = arena_printf(a, "%s/weir-known-XXXXXX", tmp != NULL ? tmp : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(made));
	dir = made;
	OK(fs_mkdirs(fs_join(a, dir, SV("data")), 0700, &err));
	now = clock_fixed(clock_now_us(&clock_system));
	w = (struct workspace){.a = a, .clock = &now, .memory_bytes = (size_t)64 << 20};
	w.pool = pool_new(1);
	OK(store_open(sv_of(fs_join(a, dir, SV("state.db"))), STORE_WRITE, SV("default"), &now, &w.store,
	              &err));
	write_file("weir.yaml", catalog_text);
	sql("CREATE TABLE sales (id INTEGER, region TEXT); INSERT INTO sales VALUES (1, 'eu')");
	o = (struct catalog_options){.path = fs_join(a, dir, SV("weir.yaml"))};
	diags_init(&d, a);
	w.catalog = catalog_load(a, &o, &d);
	ck_assert_ptr_nonnull(w.catalog);
	checks = ARENA_ARRAY(a, struct checks, w.catalog->nasset);
	for (size_t i = 0; i < w.catalog->nasset; i++)
		ck_assert(checks_load(a, w.catalog, &w.catalog->asset[i], 0, &checks[i], &d));
	w.checks = checks;
	seen = ARENA_ARRAY(a, struct observed, w.catalog->nasset);
	state = fresh_state_new(w.catalog);
}

static void
teardown(void)
{
	fresh_state_free(state);
	store_close(w.store);
	pool_free(w.pool);
	ck_assert_int_eq(system(arena_printf(a, "rm -rf '%s'", dir)), 0);
	arena_free(a);
}

static uint64_t
below(uint64_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (seed >> 11) % n;
}

static void
tell(const void *ctx, struct arena *into, uint32_t asset, struct freshness *fresh, struct staleness *stale)
{
	(void)ctx;
	fresh_state_tell(state, into, seen, asset, clock_now_us(&now), fresh, stale);
}

static void
look_at_all(void)
{
	for (size_t i = 0; i < w.catalog->nasset; i++) {
		const struct asset *asset = &w.catalog->asset[i];
		struct observed o;

		run_observe(&w, asset, true, &o);
		if (o.stored && !o.failed)
			OK(run_record(&w, asset, &o, &err));
	}
}

static struct decision
known(struct gate_request r)
{
	struct workspace remembering = w;
	struct gate_known k = {.observed = seen, .tell = tell};
	struct decision d;
	int64_t until;

	remembering.remembered = true;
	for (size_t i = 0; i < w.catalog->nasset; i++)
		run_observe(&remembering, &w.catalog->asset[i], false, &seen[i]);
	fresh_state_all(state, seen, clock_now_us(&now));
	r.known = &k;
	OK(gate_look(&remembering, &r, &d, &until, &err));
	ck_assert(until == TIME_NONE || until > clock_now_us(&now));
	return d;
}

static const char *
words(const struct decision *d)
{
	AUTO(buf) b = buf_new(1 << 20);
	struct json_writer j;

	json_write_init(&j, b, 0);
	gate_json(d, &j);
	return arena_str(a, buf_sv(b));
}

static void
run_checks(const char *key)
{
	struct report rep;
	struct run_request r = {.command = "check", .check = true};
	const struct asset *asset = catalog_asset(w.catalog, sv_of(key));

	r.selection.asset = ARENA_ARRAY(a, uint64_t, 1);
	r.selection.asset[0] = UINT64_C(1) << asset->index;
	if (!run_report(&w, &r, &rep, &err))
		ck_assert_msg(err.code == ERR_NOT_FOUND || err.code == ERR_IO, "%s", err.msg);
}

static void
change_something(void)
{
	static const char *const orders[] = {"id,customer\n1,1\n", "id,customer\n1,9\n", "id,customer\n,1\n"};
	static const char *const customers[] = {"id\n1\n", "id\n1\n9\n", "id\n1\n1\n"};
	static const char *const days[] = {"id\n1\n", "id\n\"\"\n"};
	static const char *const tables[] = {
		"INSERT INTO sales VALUES (2, 'us')", "INSERT INTO sales VALUES (NULL, 'eu')",
		"DELETE FROM sales WHERE region = 'us'", "DELETE FROM sales WHERE id IS NULL"};
	static const char *const stored[] = {"raw/customers", "raw/orders", "raw/days", "raw/sales"};
	static const char *const made[] = {"raw/orders", "told/model", "stage/orders"};
	const char *day = arena_printf(a, "data/2024-01-0%d.csv", (int)below(3) + 1);
	struct event e = {.kind = (enum event_kind)below(3),
	                  .asset = sv_of(made[below(LEN(made))]),
	                  .version = below(2) ? SV("v1") : SV("v2"),
	                  .at_us = clock_now_us(&now) - (int64_t)below(10) * US_PER_MIN,
	                  .updated_us = TIME_NONE,
	                  .data_through_us = TIME_NONE,
	                  .rows = -1,
	                  .reporter = SV("cli")};

	switch (below(9)) {
	case 0:
		write_file("data/orders.csv", orders[below(LEN(orders))]);
		break;
	case 1:
		write_file("data/customers.csv", customers[below(LEN(customers))]);
		break;
	case 2:
		write_file(day, days[below(LEN(days))]);
		break;
	case 3:
		sql(tables[below(LEN(tables))]);
		break;
	case 4:
		(void)unlink(fs_join(a, dir, sv_of(below(2) ? day : "data/orders.csv")));
		break;
	case 5:
		OK(store_add_event(w.store, &e, &err));
		break;
	case 6:
		now = clock_fixed(clock_now_us(&now) + (int64_t)below(14) * US_PER_HOUR);
		break;
	default:
		run_checks(stored[below(LEN(stored))]);
		break;
	}
}

START_TEST(what_is_known_decides_as_a_look_does)
{
	int opened = 0, shut = 0;

	for (int step = 0; step < 150; step++) {
		change_something();
		look_at_all();
		for (size_t i = 0; i < LEN(gates); i++) {
			struct gate_request r = {.asset = sv_of(gates[i][0]),
			                         .partition = sv_of(gates[i][1])};
			struct decision looked, d = known(r);

			OK(gate_decide(&w, &r, &looked, &err));
			ck_assert_str_eq(words(&looked), words(&d));
			opened += d.allow;
			shut += !d.allow;
		}
	}
	ck_assert_int_gt(opened, 20);
	ck_assert_int_gt(shut, 20);
}
END_TEST

/* Nothing that was not seen counts for it: not a file that came, and not one that went. */
START_TEST(what_was_not_looked_at_changes_nothing)
{
	struct gate_request r = {.asset = SV("marts/b")};
	struct decision before, after;

	write_file("data/customers.csv", "id\n1\n1\n");
	run_checks("raw/customers");
	look_at_all();
	before = known(r);
	ck_assert(!before.allow);
	write_file("data/customers.csv", "id\n1\n");
	after = known(r);
	ck_assert_str_eq(words(&before), words(&after));
	ck_assert_int_eq(unlink(fs_join(a, dir, SV("data/customers.csv"))), 0);
	after = known(r);
	ck_assert_str_eq(words(&before), words(&after));
	look_at_all();
	after = known(r);
	ck_assert_int_eq(after.reason[0].kind, REASON_MISSING);
}
END_TEST

static bool
has_reason(const struct decision *d, enum reason_kind kind, const char *upstream)
{
	for (size_t i = 0; i < d->nreason; i++)
		if (d->reason[i].kind == kind && sv_is(d->reason[i].upstream, upstream) &&
		    d->reason[i].effect == EFFECT_BLOCK)
			return true;
	return false;
}

START_TEST(what_nobody_looked_at_is_undecided)
{
	struct gate_request r = {.asset = SV("marts/b")};
	struct event e = {.kind = EVENT_MATERIALIZED,
	                  .asset = SV("raw/customers"),
	                  .version = SV("v1"),
	                  .at_us = clock_now_us(&now),
	                  .updated_us = TIME_NONE,
	                  .data_through_us = TIME_NONE,
	                  .rows = -1,
	                  .reporter = SV("cli")};
	struct decision d = known(r);

	ck_assert(has_reason(&d, REASON_MISSING, "raw/customers"));
	OK(store_add_event(w.store, &e, &err));
	d = known(r);
	ck_assert(has_reason(&d, REASON_UNDECIDED, "raw/customers"));
	/* What somebody else saw is no look of ours. */
	write_file("data/customers.csv", "id\n1\n");
	run_checks("raw/customers");
	look_at_all();
	d = known(r);
	ck_assert(!has_reason(&d, REASON_UNDECIDED, "raw/customers"));
	e.kind = EVENT_OBSERVED;
	e.id = SV("");
	e.at_us += US_PER_MIN;
	now = clock_fixed(e.at_us);
	OK(store_add_event(w.store, &e, &err));
	d = known(r);
	ck_assert(has_reason(&d, REASON_UNDECIDED, "raw/customers"));
}
END_TEST

START_TEST(an_answer_holds_until_the_clock_changes_it)
{
	struct gate_request r = {.asset = SV("marts/a")};
	struct gate_known k = {.observed = seen, .tell = tell};
	struct workspace remembering = w;
	struct event e = {.kind = EVENT_STARTED,
	                  .asset = SV("told/model"),
	                  .at_us = clock_now_us(&now) - US_PER_HOUR,
	                  .updated_us = TIME_NONE,
	                  .data_through_us = TIME_NONE,
	                  .rows = -1,
	                  .reporter = SV("cli")};
	struct decision d;
	int64_t until;

	remembering.remembered = true;
	r.known = &k;
	d = known(r);
	OK(gate_look(&remembering, &r, &d, &until, &err));
	ck_assert_int_eq(until, TIME_NONE);
	OK(store_add_event(w.store, &e, &err));
	d = known(r);
	ck_assert(has_reason(&d, REASON_IN_PROGRESS, "told/model"));
	OK(gate_look(&remembering, &r, &d, &until, &err));
	ck_assert_int_eq(until, e.at_us + US_PER_DAY);
	now = clock_fixed(until - 1);
	d = known(r);
	ck_assert(has_reason(&d, REASON_IN_PROGRESS, "told/model"));
	ck_assert_int_eq(seen[catalog_asset(w.catalog, e.asset)->index].changes_us, until);
	now = clock_fixed(until);
	d = known(r);
	ck_assert(!has_reason(&d, REASON_IN_PROGRESS, "told/model"));
}
END_TEST

START_TEST(an_event_of_the_future_is_announced)
{
	struct event e = {.kind = EVENT_MATERIALIZED,
	                  .asset = SV("told/model"),
	                  .at_us = clock_now_us(&now) + US_PER_HOUR,
	                  .updated_us = TIME_NONE,
	                  .data_through_us = TIME_NONE,
	                  .rows = -1,
	                  .reporter = SV("cli")};
	const struct asset *asset = catalog_asset(w.catalog, e.asset);
	struct observed o;

	OK(store_add_event(w.store, &e, &err));
	run_observe(&w, asset, false, &o);
	ck_assert(!o.exists);
	ck_assert_int_eq(o.changes_us, e.at_us - FUTURE_TOLERANCE_US);
	now = clock_fixed(o.changes_us - 1);
	run_observe(&w, asset, false, &o);
	ck_assert(!o.exists);
	now = clock_fixed(o.changes_us);
	run_observe(&w, asset, false, &o);
	ck_assert(o.exists);
	ck_assert_int_eq(o.changes_us, 0);
}
END_TEST

Suite *
suite_gate_known(void)
{
	Suite *s = suite_create("gate_known");
	TCase *t = tcase_create("known");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, what_is_known_decides_as_a_look_does);
	tcase_add_test(t, what_was_not_looked_at_changes_nothing);
	tcase_add_test(t, what_nobody_looked_at_is_undecided);
	tcase_add_test(t, an_answer_holds_until_the_clock_changes_it);
	tcase_add_test(t, an_event_of_the_future_is_announced);
	suite_add_tcase(s, t);
	return s;
}
