#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "catalog/load.h"

static struct arena *a;
static struct diags d;

static void
setup(void)
{
	a = arena_new();
	diags_init(&d, a);
}

static void
teardown(void)
{
	arena_free(a);
}

static struct catalog *
load(const char *text, const char *env)
{
	struct catalog *c = catalog_load_text(a, "weir.yaml", sv_of(text), env, &d);

	for (size_t i = 0; i < d.list.n; i++)
		printf("# %u:%u %s\n", d.list.v[i].loc.line, d.list.v[i].loc.col, d.list.v[i].msg);
	return c;
}

/* One mistake each: exactly one diagnostic, at this place, with this hint. */
static const struct {
	const char *text;
	uint32_t line, col;
	const char *msg, *hint;
} mistakes[] = {
	{"versoin: 1", 1, 1, "a catalog has no key 'versoin'", "did you mean 'version'?"},
	{"version: 2", 1, 10, "version 2 of catalogs is not known", "this program reads `version: 1`"},
	{"assets: [a]", 1, 9, "'assets' must be a map, not a list", NULL},
	{"[1]", 1, 1, "a catalog must be a map, not a list", NULL},
	{"catalog: [{import: gx, from: m.json}]", 1, 11, "no other file can be read from here", NULL},
	{"sources: {x: {url: data}}", 1, 20, "'data' is not a URL", "a folder is written `file:data`"},
	{"sources: {x: {url: 'fiel:data'}}", 1, 21, "no source is called 'fiel:'", "did you mean 'file'?"},
	{"sources: {x: {}}", 1, 14, "a source needs the key 'url'",
         "url: Where it is: `file:data`, `sqlite:shop.db`, `postgresql://host/db` …; a relative path starts at the folder of this file."},
	{"sources: {x: file}", 1, 14, "a source must be a map, not text", "write {url: \"file\"}"},
	{"assets: {a: {source: y, path: x.csv}}", 1, 22, "there is no source 'y'",
         "declare it under `sources:`, or write a URL like `file:data`"},
	{"sources: {y: {url: 's3://b'}}\nassets: {a: {source: y, path: x.csv}}", 2, 22,
         "s3: is not built yet", "so far data is read from file: and sqlite: sources"},
	{"sources: {y: {url: {env: X}}}\nassets: {a: {source: y, path: x.csv}}", 2, 22,
         "a source whose URL is a secret is not built yet", NULL},
	{"sources: {y: {url: 'sqlite:x.db'}}\nassets: {a: {source: y}}", 2, 22,
         "a database needs 'table' or 'query' beside it", NULL},
	{"assets: {a: {source: 'file:d', table: t}}", 1, 39,
         "a table or query needs a database, but the source is of files", NULL},
	{"assets: {a: {table: t}}", 1, 21, "a table or query needs a 'source'", NULL},
	{"assets: {a: {path: x.csv, query: q}}", 1, 27, "'query' cannot stand beside 'path'", NULL},
	{"assets: {a: {path: x.csv, format: cvs}}", 1, 35, "no format is called 'cvs'",
         "did you mean 'csv'?"},
	{"assets: {a: {path: x.csv, key: [b, b]}}", 1, 36, "the column 'b' is already in the key", NULL},
	{"assets: {a: {path: x.csv, columns: {b: [string]}}}", 1, 40,
         "the column 'b' must be a type or a map, not a list", NULL},
	{"assets: {a: {path: x.csv, columns: {b: {type: date, timezone: UTC}}}}", 1, 53,
         "a column of type date has no time zone", "only `timestamp` columns need one"},
	{"assets: {a: {path: x.csv, csv: {delimiter: ab}}}", 1, 44, "'delimiter' must be one ASCII character",
         NULL},
	{"assets: {a b: }", 1, 10, "'a b' is no key: it must not hold spaces or control characters", NULL},
	{"assets: {a//b: }", 1, 10, "'a//b' is no key: a part of it is empty", NULL},
	{"assets: {'a/{x}': }", 1, 11, "'a/{x}' is no key: it must not hold '{'",
         "a template says what its braces are: `for: {name: [a, b]}`"},
	{"assets: {'a/{x}': {for: {x: []}}}", 1, 29, "'x' has no values", NULL},
	{"assets: {'a/{x}': {for: {x: {query: q}}}}", 1, 30, "templates over a query are not built yet",
         NULL},
	{"assets: {'a/x': {for: {x: [p, q]}}}", 1, 11, "this template makes the asset 'a/x' twice",
         "the key must hold each name of `for` in braces"},
	{"assets: {a: {depends_on: [b, c, b]}}", 1, 33, "'b' is a dependency already", NULL},
	{"assets: {a: {depends_on: [a]}}", 1, 27, "'a' depends on itself: a -> a", NULL},
	{"assets: {a: {depends_on: [b]}, b: {depends_on: c}, c: {depends_on: [a]}}", 1, 27,
         "assets depend on each other: a -> c -> b -> a", NULL},
	{"assets: {a: {aliases: [x]}, b: {aliases: [x]}}", 1, 43, "the name 'x' is taken by 'a'",
         "that asset is declared in weir.yaml, line 1"},
	{"assets: {a: {depends_on: [{key: b, partitions: window(1)}]}}", 1, 48,
         "'window(1)' is no window of partitions",
         "write window(-6..0): from six before up to the same one; at most 10000 away"},
	{"assets: {a: {freshness: {max_age: 59s}}}", 1, 35, "'max_age' must be at least 1m", NULL},
	{"assets: {a: {freshness: {max_age: 1h, warn_after: 1h}}}", 1, 51,
         "'warn_after' must be less than 'max_age'", NULL},
	{"assets: {a: {freshness: {max_age: 1h, cron: '@daily'}}}", 1, 39,
         "'cron' cannot stand beside 'max_age'", NULL},
	{"assets: {a: {freshness: {max_age: 1h, within: 2h}}}", 1, 39,
         "'within' means nothing without 'cron'", NULL},
	{"assets: {a: {freshness: {warn_after: 2h}}}", 1, 26, "'warn_after' means nothing without 'max_age'",
         NULL},
	{"assets: {a: {freshness: {}}}", 1, 25, "freshness names no limit",
         "say max_age, cron, learned or max_data_age, or `freshness: off`"},
	{"assets: {a: {freshness: 26h}}", 1, 25, "'freshness' must be a map or off, not text",
         "write {max_age: 26h}"},
	{"assets: {a: {freshness: {cron: '@daily', within: 25h}}}", 1, 50,
         "'within' (25h) is longer than the shortest time between two deadlines (1d)", NULL},
	{"assets: {a: {freshness: {cron: '@daily', calendar: c}}}", 1, 52, "there is no calendar 'c'", NULL},
	{"assets: {a: {freshness: {error_after: {count: 1, period: weeks}}}}", 1, 58,
         "'period' has no value 'weeks'", "it can be minute, hour, day"},
	{"assets: {a: {path: x.csv, partitions: {d: {every: day, from: 2024-01-01}}}}", 1, 40,
         "neither 'path' nor 'where' says which data the dimension 'd' is", "put {d} into the path"},
	{"assets: {a: {path: '{d:%Y-%m}.csv', partitions: {d: {every: day, from: 2024-01-01}}}}", 1, 21,
         "'{d:%Y-%m}.csv' does not tell one day from another", NULL},
	{"assets: {a: {path: '{d:%y}.csv', partitions: {d: {every: day, from: 2024-01-01}}}}", 1, 21,
         "'%y' is no directive of partitions", "known are %Y %m %d %H %V %G %j and %%"},
	{"assets: {a: {path: '{dd}.csv', partitions: {ddd: {every: day, from: 2024-01-01}}}}", 1, 21,
         "'{dd}' is no dimension of 'partitions'", "did you mean 'ddd'?"},
	{"assets: {a: {partitions: {d: {every: week, from: 2024-01-03}}}}", 1, 50,
         "no week starts at '2024-01-03'", "the one around it is 2024-W01"},
	{"assets: {a: {partitions: {d: {every: day, from: 2024-01-03, until: 2024-01-03}}}}", 1, 68,
         "'until' must be after 'from'", NULL},
	{"assets: {a: {partitions: {d: {every: day, from: 2024-01-03}, e: {every: day, from: 2024-01-03}}}}",
         1, 62, "only one dimension can be of time", NULL},
	{"assets: {a: {partitions: {d: ['x|y']}}}", 1, 32,
         "'x|y' cannot be a partition: it must not be empty or hold '|' or '/'", NULL},
	{"assets: {a: {updated: {from: column}}}", 1, 23, "'updated' from column needs the key 'column'",
         NULL},
	{"assets: {a: {gate: {lat: block}}}", 1, 21, "gate has no key 'lat'", "did you mean 'late'?"},
	{"assets: {a: {checks: {not_null: x}}}", 1, 22, "'checks' must be a list, not a map", NULL},
	{"assets: {a: {checks: [{not_null: x, severity: fatal}]}}", 1, 47, "'severity' has no value 'fatal'",
         "it can be critical, warning, info"},
	{"assets: {a: {checks: [1]}}", 1, 23,
         "a check must be the name of an expectation or a map, not a whole number", NULL},
	{"assets: {a: {allow_empty: 'true'}}", 1, 28, "'allow_empty' must be true or false, not text", NULL},
	{"project: ${WEIR_TEST_NO_SUCH}", 1, 10, "the environment variable 'WEIR_TEST_NO_SUCH' is not set",
         "a plain dollar and brace is written $${"},
	{"defaults: [{checks: [unique]}]", 1, 12, "an entry of 'defaults' needs the key 'match'", NULL},
	{"environments: {prod: {catalog: [x]}}", 1, 23, "an environment cannot override 'catalog'", NULL},
	{"alerts: {channels: {ops: {url: x}}}", 1, 26, "a channel needs the key 'type'",
         "type: What it is, one of: alertmanager command email pagerduty slack teams trigger webhook."},
	{"alerts: {routes: [{to: ops}]}", 1, 24, "there is no channel 'ops'", NULL},
};

START_TEST(a_mistake_is_one_diagnostic_with_place_and_remedy)
{
	ck_assert_ptr_null(load(mistakes[_i].text, "default"));
	ck_assert_uint_eq(d.list.n, 1);
	ck_assert_str_eq(d.list.v[0].msg, mistakes[_i].msg);
	ck_assert_uint_eq(d.list.v[0].loc.line, mistakes[_i].line);
	ck_assert_uint_eq(d.list.v[0].loc.col, mistakes[_i].col);
	ck_assert_pstr_eq(d.list.v[0].hint, mistakes[_i].hint);
}
END_TEST

START_TEST(an_ordinary_catalog_fills_the_model)
{
	const struct catalog *c = load(
		"project: shop\n"
		"timezone: Asia/Seoul\n"
		"sources: {lake: {url: 'file:data', limits: {bytes: 2KB, seconds: 3}}}\n"
		"assets:\n"
		"  raw/orders:\n"
		"    source: lake\n"
		"    path: orders.tsv.gz\n"
		"    csv: {null: ['', NA], header: false}\n"
		"    columns: {id: integer, at: timestamp, mail: {type: string, nullable: false, tags: "
		"[pii]}}\n"
		"    key: id\n"
		"    owners: ann\n"
		"    tags: [gold]\n"
		"    depends_on: [x, {key: y, partitions: window(-6..0), gate: ignore}]\n"
		"    freshness: {cron: '0 6 * * *', within: 2h}\n"
		"    staleness: {fail_after: 6h, updates_on: all}\n"
		"    gate: {mode: shadow, stale: block}\n"
		"    updated: {from: column, column: at}\n"
		"    checks: [unique, {not_null: id, name: n}]\n"
		"  dbt: {freshness: {warn_after: {count: 12, period: hour}, error_after: {count: 1, period: "
		"day}}}\n"
		"  none: {freshness: off, staleness: off}\n",
		"default");

	ck_assert_ptr_nonnull(c);

	const struct asset *o = catalog_asset(c, SV("raw/orders")), *dbt = catalog_asset(c, SV("dbt"));

	ck_assert_str_eq(tz_name(c->zone), "Asia/Seoul");
	ck_assert(sv_is(o->source->name, "lake") && o->source->limits.bytes == 2048 &&
	          o->source->limits.us == 3 * US_PER_S);
	ck_assert_str_eq(o->base_dir, "data");
	ck_assert(sv_is(o->format, "csv") && o->csv.delimiter == '\t' && !o->csv.header &&
	          o->csv.nnull == 2 && o->csv.null[0].n == 0);
	ck_assert(o->ncolumn == 3 && o->column[1].type.zone == c->zone && o->column[0].nullable &&
	          !o->column[2].nullable && o->column[2].pii);
	ck_assert(o->nkeycol == 1 && o->nowner == 1 && o->ntag == 1 && sv_is(o->tag[0].key, "gold") &&
	          o->tag[0].value.n == 0);
	ck_assert(o->ndep == 2 && o->dep[0].gate == EFFECT_BLOCK && o->dep[1].gate == EFFECT_ALLOW &&
	          o->dep[1].map == MAP_WINDOW && o->dep[1].window_from == -6 && o->dep[1].window_to == 0);
	ck_assert(o->freshness.kind == POLICY_CRON && o->freshness.within_us == 2 * US_PER_HOUR &&
	          o->freshness.zone == c->zone);
	ck_assert(o->staleness.fail_after_us == 6 * US_PER_HOUR && o->staleness.updates_on_all);
	ck_assert(o->gate.shadow && o->gate.effect[REASON_STALE] == EFFECT_BLOCK &&
	          o->gate.effect[REASON_UNDECIDED] == EFFECT_BLOCK &&
	          o->gate.in_progress_expires_us == US_PER_DAY);
	ck_assert(o->updated_from == UPDATED_COLUMN && sv_is(o->updated_arg, "at") &&
	          o->version_from == VERSION_DEFAULT);
	ck_assert_uint_eq(o->ncheck, 2);
	ck_assert(dbt->freshness.exclusive && dbt->freshness.max_age_us == US_PER_DAY &&
	          dbt->freshness.warn_after_us == 12 * US_PER_HOUR);
	ck_assert_ptr_null(dbt->source);
	ck_assert(catalog_asset(c, SV("none"))->staleness.off &&
	          catalog_asset(c, SV("none"))->freshness.kind == POLICY_NONE);
	ck_assert_ptr_null(catalog_asset(c, SV("x")));
}
END_TEST

START_TEST(defaults_apply_in_order_and_templates_expand)
{
	const struct catalog *c = load(
		"defaults:\n"
		"  - {match: '**', checks: [one], freshness: {max_age: 1h, blocking: true}, owners: a}\n"
		"  - {match: 'raw/*', checks: [two], owners: b}\n"
		"  - {match: raw/z, checks: off, freshness: off}\n"
		"assets:\n"
		"  raw/x: {checks: [three], freshness: {max_age: 2h}}\n"
		"  raw/z: {checks: [four]}\n"
		"  raw/{t}-{u}: {for: {t: [p, q], u: [1, 2]}, path: '{t}/{u}.csv', description: '{t} {v}'}\n"
		"  raw/q-2: {description: own}\n"
		"  m:\n",
		"default");

	ck_assert_ptr_nonnull(c);

	const struct asset *x = catalog_asset(c, SV("raw/x")), *z = catalog_asset(c, SV("raw/z")),
			   *m = catalog_asset(c, SV("m"));
	const struct asset *p1 = catalog_asset(c, SV("raw/p-1")), *q2 = catalog_asset(c, SV("raw/q-2"));

	ck_assert(x->ncheck == 3 && sv_is(x->check[0]->text, "one") && sv_is(x->check[2]->text, "three"));
	ck_assert(x->freshness.max_age_us == 2 * US_PER_HOUR && x->freshness.blocking &&
	          sv_is(x->owner[0], "b"));
	ck_assert(z->ncheck == 1 && z->freshness.kind == POLICY_NONE);
	ck_assert(m->ncheck == 1 && m->freshness.max_age_us == US_PER_HOUR);
	ck_assert(sv_is(p1->path, "p/1.csv") && sv_is(p1->description, "p {v}") &&
	          sv_is(p1->template_of, "raw/{t}-{u}"));
	ck_assert(sv_is(q2->description, "own") && sv_is(q2->path, "q/2.csv"));
	ck_assert_uint_eq(c->nasset, 7);
}
END_TEST

START_TEST(an_environment_overrides_and_the_others_are_not_read)
{
	static const char text[] = "store: here.db\n"
				   "environments:\n"
				   "  prod: {store: there.db, assets: {a: {owners: [ops], freshness: off}}}\n"
				   "  test: {store: '${WEIR_TEST_NO_SUCH}'}\n"
				   "assets: {a: {owners: [ann], freshness: {max_age: 1h}}}\n";
	const struct catalog *c = load(text, "default"), *prod = load(text, "prod");

	ck_assert(sv_is(c->store, "here.db") && sv_is(c->asset[0].owner[0], "ann"));
	ck_assert(sv_is(prod->store, "there.db") && prod->asset[0].nowner == 1 &&
	          sv_is(prod->asset[0].owner[0], "ops"));
	ck_assert_int_eq(prod->asset[0].freshness.kind, POLICY_NONE);
	ck_assert_ptr_null(load(text, "prd"));
	ck_assert_uint_eq(d.list.n, 1);
	ck_assert_str_eq(d.list.v[0].hint, "did you mean 'prod'?");
}
END_TEST

START_TEST(the_hash_is_of_meaning_not_of_spelling)
{
	const struct catalog *one = load("assets: {a: {owners: [x]}}", "default");
	const struct catalog *same = load("# why\nassets:\n  a:\n    owners:\n      - \"x\"\n", "default");
	const struct catalog *other = load("assets: {a: {owners: [y]}}", "default");

	ck_assert_str_eq(one->hash, same->hash);
	ck_assert_str_ne(one->hash, other->hash);
}
END_TEST

START_TEST(secrets_are_not_shown)
{
	struct catalog *c = load("alerts: {channels: {ops: {type: slack, url: {env: HOOK}}}}", "default");
	struct buf b;

	ck_assert_ptr_nonnull(c);
	buf_init(&b, 1 << 16);
	catalog_show(c, NULL, true, &b);
	ck_assert_ptr_nonnull(strstr(buf_str(&b), "url: \"***\""));
	ck_assert_ptr_null(strstr(buf_str(&b), "HOOK"));
	ck_assert_ptr_nonnull(strstr(buf_str(&b), "# weir.yaml:1"));
	buf_fini(&b);
}
END_TEST

START_TEST(what_is_shown_reads_back_the_same)
{
	static const char text[] = "assets:\n"
				   "  a:\n"
				   "    description: \"1\"\n"
				   "    tags: {x: 'no: yes', y: ' s ', z: '#c', off: ''}\n"
				   "    checks: [unique, {not_null: [a, b], name: 'off'}, {in_set: {column: "
				   "c, values: [1, '1', 1.0, true, 'true', null, 'null']}}]\n";
	const struct catalog *c = load(text, "default");
	struct buf b;

	ck_assert_ptr_nonnull(c);
	buf_init(&b, 1 << 16);
	catalog_show(c, NULL, false, &b);

	const struct catalog *again = load(arena_str(a, buf_sv(&b)), "default");

	ck_assert_ptr_nonnull(again);
	ck_assert_str_eq(c->hash, again->hash);
	buf_fini(&b);
}
END_TEST

static void
put(const char *dir, const char *name, const char *text)
{
	const char *path = fs_join(a, dir, sv_of(name));
	struct err err = {0};

	ck_assert_msg(fs_mkdirs(fs_dirname(a, path), 0700, &err) && fs_write(path, sv_of(text), 0600, &err),
	              "%s", err.msg);
}

START_TEST(overlays_templates_and_calendars_read_files)
{
	char dir[] = "/tmp/weir-test-XXXXXX";
	struct catalog_options o = {0};

	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_int_eq(setenv("WEIR_TEST_NAME", "more", 1), 0);
	put(dir, "weir.yaml",
	    "catalog: ['sub/${WEIR_TEST_NAME}.yaml', b.json]\n"
	    "calendars: {work: {weekdays: mon-fri, holidays: h.ics}}\n"
	    "assets:\n"
	    "  a: {path: x.csv, checks: [one], description: 'a$${b}${WEIR_TEST_NAME}'}\n"
	    "  t/{d}: {for: {d: {glob: 'data/*/'}}, path: 'data/{d}/x.csv'}\n"
	    "  f/{d}: {for: {d: {glob: 'data/*.csv'}}, path: 'data/{d}.csv'}\n");
	put(dir, "sub/more.yaml", "assets:\n  a: {checks: [two]}\n  c: {path: y.csv}\n");
	put(dir, "b.json", "{\"assets\": {\"a\": {\"checks\": [\"three\"]}}}");
	put(dir, "h.ics",
	    "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20240101\r\nEND:VEVENT\r\nEND:"
	    "VCALENDAR\r\n");
	put(dir, "data/p/x.csv", "");
	put(dir, "data/q/x.csv", "");
	put(dir, "data/r.csv", "");
	o.path = fs_join(a, dir, SV("weir.yaml"));

	const struct catalog *c = catalog_load(a, &o, &d);

	for (size_t i = 0; i < d.list.n; i++)
		printf("# %u:%u %s\n", d.list.v[i].loc.line, d.list.v[i].loc.col, d.list.v[i].msg);
	ck_assert_ptr_nonnull(c);

	const struct asset *as = catalog_asset(c, SV("a"));

	ck_assert_uint_eq(as->ncheck, 3);
	ck_assert(sv_is(as->description, "a${b}more"));
	ck_assert_str_eq(as->base_dir, dir);
	/* A path starts at the folder of the file that says it. */
	ck_assert_str_eq(catalog_asset(c, SV("c"))->base_dir, fs_join(a, dir, SV("sub")));
	ck_assert_ptr_nonnull(catalog_asset(c, SV("t/p")));
	ck_assert_ptr_nonnull(catalog_asset(c, SV("t/q")));
	ck_assert_ptr_nonnull(catalog_asset(c, SV("f/r")));
	ck_assert_uint_eq(c->nasset, 5);
	ck_assert(!calendar_works(&c->calendar[0], civil_days(2024, 1, 1)) &&
	          calendar_works(&c->calendar[0], civil_days(2024, 1, 2)));
	ck_assert_str_eq(catalog_find(a, fs_join(a, dir, SV("data/p"))),
	                 arena_printf(a, "%s/data/p/../../weir.yaml", dir));
	ck_assert(sv_is(catalog_shown(c, sv_of(fs_join(a, dir, SV("x/y")))), "x/y"));
}
END_TEST

START_TEST(multiplying_definitions_meets_a_limit)
{
	struct buf b;

	buf_init(&b, 8 << 20);
	buf_puts(&b, "defaults:\n");
	for (int i = 0; i < 20; i++)
		buf_puts(&b, "  - {match: '**', checks: [x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, "
		             "x, x, x]}\n");
	buf_puts(&b, "assets:\n");
	for (int i = 0; i < 12000; i++)
		buf_printf(&b, "  a%d:\n", i);
	ck_assert_ptr_null(load(arena_str(a, buf_sv(&b)), "default"));
	ck_assert_uint_eq(d.list.n, 1);
	ck_assert_str_eq(d.list.v[0].msg, "templates and defaults make more than 4000000 values");
	buf_fini(&b);
}
END_TEST

Suite *
suite_catalog(void)
{
	Suite *s = suite_create("catalog");
	TCase *t = tcase_create("catalog");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, a_mistake_is_one_diagnostic_with_place_and_remedy, 0, LEN(mistakes));
	tcase_add_test(t, an_ordinary_catalog_fills_the_model);
	tcase_add_test(t, defaults_apply_in_order_and_templates_expand);
	tcase_add_test(t, an_environment_overrides_and_the_others_are_not_read);
	tcase_add_test(t, the_hash_is_of_meaning_not_of_spelling);
	tcase_add_test(t, secrets_are_not_shown);
	tcase_add_test(t, what_is_shown_reads_back_the_same);
	tcase_add_test(t, overlays_templates_and_calendars_read_files);
	tcase_add_test(t, multiplying_definitions_meets_a_limit);
	suite_add_tcase(s, t);
	return s;
}
