/* What lints say, and that it is true: what they call impossible no table does, what they call redundant no table tells apart. */
#include <stdio.h>
#include <stdlib.h>

#include "expect/lint.h"
#include "expect_util.h"

#define TYPED "columns: {n: integer, x: number, s: string, d: date, b: boolean, u: any, v: any}\n"

/* Codes of all findings, in the order of the lints, or "". */
static const char *
codes(struct fixture *f, const char *checks)
{
	char yaml[2000], *ret;
	struct diags d;
	size_t at = 0;

	snprintf(yaml, sizeof(yaml), TYPED "checks: [%s]\n", checks);
	fixture_open(f, yaml);
	ck_assert_msg(f->loaded, "%s: %s", checks, f->d.list.n > 0 ? f->d.list.v[0].msg : "");
	diags_init(&d, f->a);
	checks_lint(f->a, &f->asset, &f->checks, &d);
	ret = ARENA_ARRAY(f->a, char, 1000);
	for (size_t i = 0; i < d.list.n; i++)
		at += (size_t)snprintf(ret + at, 1000 - at, "%s%s", i > 0 ? " " : "", d.list.v[i].code);
	return ret;
}

static const struct {
	const char *checks, *codes;
} found[] = {
	/* contradictions */
	{"{between: {column: x, min: 5}}, {between: {column: x, max: 4}}", "contradictory_checks"},
	{"{between: {column: x, min: 5}}, {between: {column: x, max: 5}}", ""},
	{"{between: {column: x, min: 5, strict_min: true}}, {between: {column: x, max: 5}}",
         "contradictory_checks"},
	{"{between: {column: n, min: 5, strict_min: true}}, {between: {column: n, max: 6, strict_max: true}}",
         "contradictory_checks"},
	{"{between: {column: x, min: 5, strict_min: true}}, {between: {column: x, max: 6, strict_max: true}}",
         ""},
	{"{between: {column: u, min: 5}}, {between: {column: u, max: 4}}", "contradictory_checks"},
	{"{between: {column: x, min: 5}}, {between: {column: n, max: 4}}", ""},
	{"{between: {column: x, min: 5, mostly: 0.6}}, {between: {column: x, max: 4, mostly: 0.5}}",
         "contradictory_checks"},
	{"{between: {column: x, min: 5, mostly: 0.5}}, {between: {column: x, max: 4, mostly: 0.5}}", ""},
	{"{between: {column: x, min: 5}}, {between: {column: x, max: 4, mostly: 0}}", "never_fails"},
	{"{between: {column: x, min: 5}}, {between: {column: x, max: 4, mostly: 0.01}}",
         "contradictory_checks"},
	{"{between: {column: x, min: 5}, where: n > 3}, {between: {column: x, max: 4}, where: n < 3}", ""},
	{"{between: {column: x, min: 5}, where: n > 3}, {between: {column: x, max: 4}}",
         "contradictory_checks"},
	{"{between: {column: x, min: 5}, where: n > 3}, {between: {column: x, max: 4}, where: n > 2}",
         "contradictory_checks"},
	{"{between: {column: x, min: 5}, where: n > 2}, {between: {column: x, max: 4}, where: n > 2, by: s}",
         ""},
	{"{between: {column: x, min: 5}, fail: '> 5'}, {between: {column: x, max: 4}, fail: '> 5'}", ""},
	{"{between: {column: x, min: 5}, fail: '> 40%'}, {between: {column: x, max: 4}, fail: '> 50%'}",
         "contradictory_checks"},
	{"{between: {column: x, min: 5}, fail: '> 60%'}, {between: {column: x, max: 4}, fail: '> 50%'}", ""},
	{"{between: {column: d, min: '2024-05-01'}}, {between: {column: d, max: '2024-04-30'}}",
         "contradictory_checks"},
	{"{between: {column: u, min: '2024-05-01'}}, {between: {column: u, max: '2024-04-30'}}",
         "contradictory_checks"},
	{"{between: {column: u, min: '2024-05-01T00:00:00Z'}}, {between: {column: u, max: '2024-05-01'}}",
         ""},
	{"{in_set: {column: s, values: [a, b]}}, {in_set: {column: s, values: [c]}}", "contradictory_checks"},
	{"{in_set: {column: s, values: [a, b]}}, {in_set: {column: s, values: [b, c]}}", ""},
	{"{in_set: {column: s, values: [a, b]}}, {not_in_set: {column: s, values: [b, a]}}",
         "contradictory_checks"},
	{"{in_set: {column: u, values: [1, 2]}}, {in_set: {column: u, values: [true]}}", "redundant_check"},
	{"{in_set: {column: u, values: [1, 2]}}, {in_set: {column: u, values: ['1']}}",
         "contradictory_checks"},
	{"{in_set: {column: u, values: ['2024-01-01']}}, {in_set: {column: u, values: ['2024-01-01T00:00:00']}}",
         ""},
	{"{in_set: {column: s, values: [a, b]}}, {match_regex: {column: s, regex: '^[0-9]+$'}}",
         "contradictory_checks"},
	{"{in_set: {column: s, values: [a, 'b1']}}, {match_regex: {column: s, regex: '[0-9]'}}", ""},
	{"{in_set: {column: u, values: [1]}}, {match_regex: {column: u, regex: '^[.]$'}}", ""},
	{"{in_set: {column: s, values: [a, bb]}}, {length: {column: s, value: 3}}", "contradictory_checks"},
	{"{in_set: {column: s, values: [a]}}, {valid_format: {column: s, format: email}}",
         "contradictory_checks"},
	{"{length: {column: s, value: 3}}, {length_between: {column: s, min: 4}}", "contradictory_checks"},
	{"{match_regex: {column: s, regex: '^a'}}, {not_match_regex: {column: s, regex: '^a'}}",
         "contradictory_checks"},
	{"{not_null: s}, {is_null: s}", "contradictory_checks"},
	{"{is_null: s}, {between: {column: s, min: a}}", "contradictory_checks"},
	{"{not_null: s}, {is_null: s, where: x > 3}", "contradictory_checks"},
	{"{not_null: {column: s, mostly: 0.5}}, {is_null: {column: s, mostly: 0.5}}", ""},
	{"{expr: 'n > x'}, {expr: 'x > n'}", "contradictory_checks"},
	{"{expr: 'n > 5'}, {between: {column: n, max: 3}}", "contradictory_checks"},
	{"{expr: 'n > 5 or x > 5'}, {between: {column: n, max: 3}}", ""},
	{"{row_count: {min: 10}}, {row_count: 5}", "contradictory_checks"},
	{"{row_count: {min: 10}, where: n > 3}, {row_count: 5}", ""},
	{"{mean: {column: x, min: 5}}, {between: {column: x, max: 4}}", "contradictory_checks"},
	{"{mean: {column: x, min: 5}}, {between: {column: x, max: 5}}", ""},
	{"{max: {column: x, max: 5}}, {min: {column: x, min: 6}}", "contradictory_checks"},
	{"{min: {column: x, max: 5}}, {max: {column: x, min: 6}}", ""},
	{"{max: {column: x, min: 7}}, {between: {column: x, max: 6}}", "contradictory_checks"},
	{"{max: {column: x, min: 7}, where: n > 1}, {between: {column: x, max: 6}}", "contradictory_checks"},
	{"{max: {column: x, min: 7}}, {between: {column: x, max: 6}, where: n > 1}", ""},
	{"{unique_count: {column: s, min: 3}}, {in_set: {column: s, values: [a, b]}}",
         "contradictory_checks"},
	{"{unique_count: {column: s, min: 2}}, {in_set: {column: s, values: [a, b]}}", ""},
	{"{unique_count: {column: s, min: 6}}, {row_count: {max: 5}}", "contradictory_checks"},
	{"{unique: s}, {not_null: s}, {in_set: {column: s, values: [a, b]}}, {row_count: {min: 3}}",
         "contradictory_checks"},
	{"{unique: s}, {in_set: {column: s, values: [a, b]}}, {row_count: {min: 3}}", ""},
	{"{unique: s}, {not_null: s}, {in_set: {column: s, values: [a, b]}}, {row_count: {min: 2}}", ""},
	{"{unique: s}, {not_null: s}, {in_set: {column: s, values: [a, b]}}, {row_count: {min: 3}, enabled: false}",
         ""},
	/* the same and less */
	{"{length: {column: s, value: 3}}, {length_between: {column: s, min: 3, max: 3}}", "duplicate_check"},
	{"{in_set: {column: s, values: [a]}}, {match_regex: {column: s, regex: '^a$'}}", "redundant_check"},
	{"{row_count: 5}, {row_count: {min: 5, max: 5}}", "duplicate_check"},
	{"{between: {column: x, min: 5, max: 9}}, {between: {column: x, min: 5}}", "redundant_check"},
	{"{between: {column: x, min: 5, max: 9}}, {between: {column: u, min: 5}}", ""},
	{"{between: {column: u, min: 5, max: 9}}, {between: {column: u, min: 5}}", "redundant_check"},
	{"{in_set: {column: u, values: [a]}}, {between: {column: u, min: 5}}", "contradictory_checks"},
	{"{between: {column: x, min: 5, max: 9}, severity: warning}, {between: {column: x, min: 5}}", ""},
	{"{between: {column: x, min: 5, max: 9}}, {between: {column: x, min: 5}, severity: warning}",
         "redundant_check"},
	{"{between: {column: x, min: 5, max: 9}, blocking: false}, {between: {column: x, min: 5}}", ""},
	{"{between: {column: x, min: 5, max: 9, mostly: 0.9}}, {between: {column: x, min: 5}}", ""},
	{"{between: {column: x, min: 5, max: 9, mostly: 0.9}}, {between: {column: x, min: 5, mostly: 0.8}}",
         "redundant_check"},
	{"{between: {column: x, min: 5, max: 9}, where: n > 1}, {between: {column: x, min: 5}}", ""},
	{"{between: {column: x, min: 5, max: 9}}, {between: {column: x, min: 5}, where: n > 1}",
         "redundant_check"},
	{"{between: {column: x, min: 5, max: 9}}, {between: {column: x, min: 5}, fail: '> 3'}",
         "redundant_check"},
	{"{between: {column: x, min: 5, max: 9}}, {between: {column: x, min: 5}, fail: '< 3'}", ""},
	{"{between: {column: x, min: 5, max: 9}}, {between: {column: x, min: 5}, by: s}", ""},
	{"{not_null: s}, {not_null: s, where: n > 1}", "redundant_check"},
	{"{mean: {column: x, min: 5, max: 9}}, {mean: {column: x, min: 5}}", "redundant_check"},
	{"{mean: {column: x, min: 5, max: 9}}, {mean: {column: x, min: 5}, where: n > 1}", ""},
	{"{not_null: s}, {unique: s}, {match_regex: {column: s, regex: a}}", ""},
	/* one answer */
	{"{mean: x}", "never_fails"},
	{"{mean: x, fail: '> 5'}", ""},
	{"{row_count: {min: 0}}", "never_fails"},
	{"{row_count: {min: 1}}", ""},
	{"{unique_count: {column: s, min: 0}}", "never_fails"},
	{"{unique_proportion: {column: s, max: 1}}", "never_fails"},
	{"{length_between: {column: s, min: 0}}", "never_fails"},
	{"{length_between: {column: s, min: 1}}", ""},
	{"{match_regex: {column: s, regex: '[0-9]*'}}", "never_fails"},
	{"{match_regex: {column: s, regex: '^[0-9]*$'}}", ""},
	{"{match_regex: {column: s, regex: '^.*$'}}", ""},
	{"{match_like: {column: s, pattern: '%'}}", "never_fails"},
	{"{not_match_like: {column: s, pattern: '%'}}", "never_passes"},
	{"{not_null: {column: s, mostly: 0}}", "never_fails"},
	{"{not_null: s, fail: '> 10'}", ""},
	{"{not_in_set: {column: s, values: []}}", "never_fails"},
	{"{in_set: {column: b, values: [true, false]}}", "never_fails"},
	{"{in_set: {column: b, values: [true]}}", ""},
	{"{in_set: {column: s, values: []}}", "never_passes"},
	{"{in_set: {column: n, values: ['1']}}", "never_passes odd_value"},
	{"{unique_proportion: {column: s, min: 95}}", "never_passes"},
	{"{between: {column: x, min: 5}, where: x < 5}", "never_passes"},
	{"{between: {column: x, min: 5}, where: x <= 5}", ""},
	{"{stdev: {column: x, max: -1}}", "never_passes"},
	/* thresholds */
	{"{not_null: s, warn: '> 10', fail: '> 5'}", "unreachable_threshold"},
	{"{not_null: s, warn: '> 5', fail: '> 10'}", ""},
	{"{not_null: s, warn: '> 5', fail: '> 5'}", "unreachable_threshold"},
	{"{not_null: s, warn: '> 5', fail: '> 1%'}", ""},
	{"{not_null: s, warn: 'between 1 and 5', fail: '>= 1'}", "unreachable_threshold"},
	{"{not_null: s, warn: 'between 1 and 5', fail: '>= 2'}", ""},
	{"{not_null: s, warn: '> 4', fail: '>= 5'}", "unreachable_threshold"},
	{"{mean: x, warn: '> 4', fail: '>= 5'}", ""},
	{"{not_null: s, fail: '< 0'}", "unreachable_threshold"},
	{"{not_null: s, fail: '> 100%'}", "unreachable_threshold"},
	{"{not_null: s, fail: '>= 0'}", "unreachable_threshold"},
	{"{not_null: s, fail: '> last_good'}", ""},
	{"{not_null: s, warn: '> 1', fail: '> 5', severity: warning}", "unreachable_threshold"},
	/* filters */
	{"{not_null: s, where: x > 5 and x < 3}", "unreachable_where"},
	{"{not_null: s, where: x > 5 or x < 3}", ""},
	{"{not_null: s, where: n > 5 and n < 6}", "unreachable_where"},
	{"{not_null: s, where: s is null and s = 'a'}", "unreachable_where"},
	{"{not_null: x, where: \"s = 'A' and lower(s) = 'b'\"}", "unreachable_where"},
	{"{not_null: x, where: month(d) = 13}", "unreachable_where"},
	{"{in_set: {column: s, values: [a, b]}}, {not_null: x, where: \"s = 'c'\"}", "unreachable_where"},
	{"{in_set: {column: s, values: [a, b]}}, {not_null: x, where: \"s = 'c' or s is null\"}", ""},
	{"{in_set: {column: s, values: [a, b], mostly: 0.9}}, {not_null: x, where: \"s = 'c'\"}", ""},
	{"{between: {column: n, min: 1}}, {not_null: x, where: n = 0}", "unreachable_where"},
	{"{not_null: s}, {not_null: x, where: s is null}", "unreachable_where"},
	{"{not_null: s, where: \"u = 'DE'\", by: u}", "constant_segments"},
	{"{in_set: {column: v, values: [1]}}, {not_null: s, by: v}", "constant_segments"},
	{"{in_set: {column: v, values: [1, 2]}}, {not_null: s, by: v}", ""},
	/* columns */
	{"{length_between: {column: n, min: 1, max: 3}}", "odd_type"},
	{"{length_between: {column: u, min: 1, max: 3}}", ""},
	{"{in_set: {column: n, values: [1, 2.5]}}", "odd_value"},
	{"{in_set: {column: x, values: [1, 2.5]}}", ""},
	{"{in_set: {column: d, values: ['2024-01-01']}}", ""},
	/* what composed checks are made of */
	{"{all: [{between: {column: x, min: 5}}, {between: {column: x, max: 4}}]}", "contradictory_checks"},
	{"{any: [{between: {column: x, min: 5}}, {between: {column: x, max: 4}}]}", ""},
	{"{not: [{between: {column: x, min: 5}}, {between: {column: x, max: 4}}]}", ""},
	{"{all: [{between: {column: x, min: 5}}, {between: {column: x, min: 4}}]}", "redundant_check"},
	{"{any: [{between: {column: x, min: 5}}, {between: {column: x, min: 4}}]}", ""},
	{"{any: [{length: {column: s, value: 3}}, {length_between: {column: s, min: 3, max: 3}}]}",
         "duplicate_check"},
	{"{any: [{match_regex: {column: s, regex: '[0-9]*'}}, {not_null: s}]}", "never_fails"},
	{"{not: {in_set: {column: n, values: [x]}}}", "never_passes odd_value"},
	{"{any: [{not_null: x}, {all: [{row_count: {min: 0}}]}]}", "never_fails"},
	{"{any: [{not_null: x, where: n > 3 and n < 2}, {not_null: s}]}", "unreachable_where"},
	{"{any: [{not_null: x}, {not_null: s}], where: n > 3 and n < 2}", "unreachable_where"},
	{"{in_set: {column: s, values: [a]}}, {any: [{not_null: x, where: s = 'b'}, {not_null: n}]}",
         "unreachable_where"},
	{"{all: [{in_set: {column: s, values: [a]}}, {not_null: x, where: s = 'b'}]}", "unreachable_where"},
	{"{any: [{in_set: {column: s, values: [a]}}, {not_null: x, where: s = 'b'}]}", ""},
	{"{all: [{not_null: x, where: n > 3}], where: n < 2}", "unreachable_where"},
	{"{any: [{not_null: x, fail: '> 100%'}, {not_null: s}]}", "unreachable_threshold"},
	{"{all: [{length_between: {column: n, min: 1}}]}", "odd_type"},
	{"{between: {column: x, min: 5}}, {all: [{between: {column: x, max: 4}}]}", ""},
	{"{change: {of: {mean: x}, against: previous, max_percent: 5}}", ""},
	/* and what is not to be told */
	{"{row_count: {min: 0}, lint: {ignore: never_fails}}", ""},
	{"{row_count: {min: 0}, lint: {ignore: [never_fails, odd_type]}}", "unused_ignore"},
	{"{row_count: {min: 0}, lint: {ignore: [odd_type]}}", "never_fails unused_ignore"},
	{"{row_count: {min: 0}, lint: {ignore: [never_fails, odd_type, unused_ignore]}}", ""},
	{"{row_count: {min: 0}, enabled: false, lint: {ignore: [never_fails]}}", ""},
	{"{any: [{row_count: {min: 0}}, {not_null: x}], lint: {ignore: [never_fails]}}", ""},
	{"{any: [{row_count: {min: 0}, lint: {ignore: [never_fails]}}, {unique_count: {column: x, min: 0}}]}",
         "never_fails"},
	{"{between: {column: x, min: 5}}, {between: {column: x, min: 4}, lint: {ignore: [redundant_check]}}",
         ""},
	{"{between: {column: x, min: 5}, lint: {ignore: [redundant_check]}}, {between: {column: x, min: 4}}",
         "redundant_check unused_ignore"},
	{"{not_null: [x, n], lint: {ignore: [odd_type]}}", "unused_ignore"},
};

START_TEST(what_is_odd_is_found_and_nothing_else)
{
	struct fixture f;

	ck_assert_str_eq(codes(&f, found[_i].checks), found[_i].codes);
	fixture_close(&f);
}
END_TEST

START_TEST(lints_are_sorted_and_documented_and_their_examples_are_odd)
{
	for (size_t i = 0; i < lint_count; i++) {
		const struct lint *l = lints[i];

		ck_assert(i == 0 || strcmp(lints[i - 1]->code, l->code) < 0);
		ck_assert_ptr_eq(lint_find(sv_of(l->code)), l);
		ck_assert(l->summary[0] != '\0' && l->doc[0] != '\0' && l->example[0] != '\0');
	}
	ck_assert_ptr_null(lint_find(SV("no_such_lint")));
}
END_TEST

/* Random checks and tables --------------------------------------------------------------------------------------------- */

static uint64_t
next(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static int
pick(uint64_t *seed, int n)
{
	return (int)(next(seed) >> 33) % n;
}

static const char *const columns[] = {"n", "x", "s", "u", "v"};

static int
put_condition(uint64_t *seed, char *to, size_t size)
{
	static const char *const ops[] = {"<", "<=", "=", ">=", ">", "<>"};
	const char *col = columns[pick(seed, 2)];

	switch (pick(seed, 6)) {
	case 0:
		return snprintf(to, size, "%s is %snull", columns[pick(seed, 5)],
		                pick(seed, 2) ? "not " : "");
	case 1:
		return snprintf(to, size, "s = '%c'", "abc"[pick(seed, 3)]);
	case 2:
		return snprintf(to, size, "s in ('%c', '%c')", "abc"[pick(seed, 3)], "abc"[pick(seed, 3)]);
	case 3:
		return snprintf(to, size, "n %s x", ops[pick(seed, 6)]);
	case 4:
		return snprintf(to, size, "not (%s %s %d and n > %d)", col, ops[pick(seed, 6)], pick(seed, 4),
		                pick(seed, 4));
	default:
		return snprintf(to, size, "%s %s %d%s", col, ops[pick(seed, 6)], pick(seed, 4),
		                pick(seed, 3) ? "" : ".5");
	}
}

/* About the column in focus, mostly: two checks of different columns have little to do with each other. */
static int
put_check(uint64_t *seed, int focus, char *to, size_t size)
{
	static const char *const sets[] = {"[1, 2]",  "[2]",      "[0, 3, true]", "[a]",
	                                   "[a, bb]", "['1', c]", "[1, a]"};
	static const char *const regexes[] = {"^a", "b", "^[a-b]+$", "[0-9]*", "^$"};
	static const char *const shares[] = {"", "", "", ", mostly: 0.5", ", mostly: 0.7", ", mostly: 0.3"};
	const char *col = columns[pick(seed, 6) ? focus : pick(seed, 5)], *share = shares[pick(seed, 6)];
	const char *num = columns[pick(seed, 6) && focus != 2 ? focus : pick(seed, 2)];
	const int low = pick(seed, 4), wide = pick(seed, 3);
	char cond[100];
	int n;

	put_condition(seed, cond, sizeof(cond));
	switch (pick(seed, 13)) {
	case 0:
		n = snprintf(to, size, "{between: {column: %s, min: %d, max: %d%s}", num, low, low + wide,
		             share);
		break;
	case 1:
		n = snprintf(to, size, "{between: {column: %s, min: %d, strict_min: true%s}",
		             pick(seed, 3) ? num : "u", low, share);
		break;
	case 2:
		n = snprintf(to, size, "{between: {column: %s, max: %d, strict_max: %s%s}",
		             pick(seed, 3) ? num : "u", low, pick(seed, 2) ? "true" : "false", share);
		break;
	case 3:
		n = snprintf(to, size, "{in_set: {column: %s, values: %s%s}", col, sets[pick(seed, 7)],
		             share);
		break;
	case 4:
		n = snprintf(to, size, "{not_in_set: {column: %s, values: %s%s}", col, sets[pick(seed, 7)],
		             share);
		break;
	case 5:
		n = snprintf(to, size, "{%s: {column: %s%s}", pick(seed, 2) ? "not_null" : "is_null", col,
		             share);
		break;
	case 6:
		n = snprintf(to, size, "{match_regex: {column: %s, regex: '%s'%s}", pick(seed, 3) ? "s" : col,
		             regexes[pick(seed, 5)], share);
		break;
	case 7:
		n = snprintf(to, size, "{length_between: {column: %s, min: %d, max: %d%s}",
		             pick(seed, 3) ? "s" : col, pick(seed, 3), 2 + pick(seed, 2), share);
		break;
	case 8:
		n = snprintf(to, size, "{expr: \"%s\"", cond);
		break;
	case 9:
		n = snprintf(to, size, "{%s: {column: %s, min: %d, max: %d}",
		             pick(seed, 3) == 0 ? "mean"
		             : pick(seed, 2)    ? "min"
		                                : "max",
		             num, low, low + wide);
		break;
	case 10:
		n = snprintf(to, size, "{row_count: {min: %d, max: %d}", low, low + wide);
		break;
	case 11:
		n = snprintf(to, size, "{unique_count: {column: %s, min: %d, max: %d}", col, low, low + wide);
		break;
	default:
		n = snprintf(to, size, "{greater_than: {column_A: n, column_B: x, or_equal: %s%s}",
		             pick(seed, 2) ? "true" : "false", share);
		break;
	}
	if (pick(seed, 4) == 0) {
		put_condition(seed, cond, sizeof(cond));
		n += snprintf(to + n, size - (size_t)n, ", where: \"%s\"", cond);
	}
	return n + snprintf(to + n, size - (size_t)n, "}");
}

static void
put_rows(uint64_t *seed, char *to, size_t size)
{
	static const char *const values[][8] = {
		{"0", "1", "2", "3", "4", "null", "1", "2"},
		{"0", "1.5", "2", "2.5", "3", "null", "1", "0.5"},
		{"a", "b", "bb", "c", "''", "null", "'1'", "a"},
		{"0", "1", "2.5", "a", "'1'", "null", "true", "3"},
		{"1", "2", "2", "3", "bb", "null", "a", "c"},
	};
	const int rows = pick(seed, 5);
	size_t n = 0;

	/* Values of one kind, often: what is mixed is an error for most checks. */
	n += (size_t)snprintf(to + n, size - n, "rows: {");
	for (size_t c = 0; c < LEN(columns); c++) {
		const int from = c >= 3 && pick(seed, 2) ? (pick(seed, 2) ? 0 : 2) : (int)c;
		const int span = 1 + pick(seed, 8);

		n += (size_t)snprintf(to + n, size - n, "%s%s: [", c > 0 ? ", " : "", columns[c]);
		for (int r = 0; r < rows; r++)
			n += (size_t)snprintf(to + n, size - n, "%s%s", r > 0 ? ", " : "",
			                      values[from][pick(seed, span)]);
		n += (size_t)snprintf(to + n, size - n, "]");
	}
	snprintf(to + n, size - n, "}\n");
}

/* What lints say of two checks: of both, or of one. */
struct said {
	bool clash, same, redundant[2], never_fails[2], never_passes[2], nowhere[2];
};

static size_t
which(const struct fixture *f, struct loc at)
{
	const struct check *second = &f->checks.v[1];

	return at.col >= second->loc.col ? 1 : 0;
}

static struct said
listen(struct fixture *f)
{
	struct said ret = {0};
	struct diags d;

	diags_init(&d, f->a);
	checks_lint(f->a, &f->asset, &f->checks, &d);
	for (size_t i = 0; i < d.list.n; i++) {
		const struct diag *x = &d.list.v[i];
		const size_t k = which(f, x->loc);

		if (strcmp(x->code, "contradictory_checks") == 0)
			ret.clash = true;
		else if (strcmp(x->code, "duplicate_check") == 0)
			ret.same = true;
		else if (strcmp(x->code, "redundant_check") == 0)
			ret.redundant[k] = true;
		else if (strcmp(x->code, "never_fails") == 0)
			ret.never_fails[k] = true;
		else if (strcmp(x->code, "never_passes") == 0)
			ret.never_passes[k] = true;
		else if (strcmp(x->code, "unreachable_where") == 0 && x->note == NULL)
			ret.nowhere[k] = true;
	}
	return ret;
}

/* Was there anything to judge? */
static bool
judged(const struct verdict *v)
{
	return !v->has_counts || v->considered_count > 0;
}

static void
hold_to(const struct fixture *f, const struct said *s, const char *what, const char *rows)
{
	const struct verdict *v = f->verdict;

	for (int k = 0; k < 2; k++) {
		ck_assert_msg(!s->never_fails[k] || v[k].outcome != OUTCOME_FAIL, "%d can fail: %s%s", k,
		              what, rows);
		ck_assert_msg(!s->never_passes[k] || v[k].outcome != OUTCOME_PASS || !judged(&v[k]),
		              "%d can pass: %s%s", k, what, rows);
		ck_assert_msg(!s->nowhere[k] || v[k].outcome == OUTCOME_ERROR || !v[k].has_counts ||
		                      v[k].considered_count == 0,
		              "%d has rows: %s%s", k, what, rows);
		ck_assert_msg(!s->redundant[k] || v[k].outcome != OUTCOME_FAIL ||
		                      v[1 - k].outcome != OUTCOME_PASS,
		              "%d is not redundant: %s%s", k, what, rows);
	}
	ck_assert_msg(!s->clash || v[0].outcome != OUTCOME_PASS || v[1].outcome != OUTCOME_PASS ||
	                      !judged(&v[0]) || !judged(&v[1]),
	              "both are met: %s%s", what, rows);
	ck_assert_msg(!s->same || v[0].outcome == v[1].outcome || v[0].outcome == OUTCOME_ERROR ||
	                      v[1].outcome == OUTCOME_ERROR,
	              "they differ: %s%s", what, rows);
}

enum { TRIALS = 250, TABLES = 12 };

START_TEST(what_lints_say_holds_on_random_tables)
{
	uint64_t seed = UINT64_C(0x9e3779b97f4a7c15) * (uint64_t)(_i + 1);
	int findings = 0;

	for (int t = 0; t < TRIALS; t++) {
		char yaml[1500], rows[1000];
		struct fixture f;
		struct said said;
		int n = snprintf(
			yaml, sizeof(yaml),
			"columns: {n: integer, x: number, s: string, u: any, v: any}\nallow_empty: 1\nchecks: [");

		const int focus = pick(&seed, 5);
		n += put_check(&seed, focus, yaml + n, sizeof(yaml) - (size_t)n);
		n += snprintf(yaml + n, sizeof(yaml) - (size_t)n, ", ");
		n += put_check(&seed, focus, yaml + n, sizeof(yaml) - (size_t)n);
		snprintf(yaml + n, sizeof(yaml) - (size_t)n, "]\n");
		fixture_open(&f, yaml);
		if (!f.loaded) { /* a text compared with a number, two that are equal */
			fixture_close(&f);
			continue;
		}
		said = listen(&f);
		findings += said.clash || said.same || said.redundant[0] || said.redundant[1];
		for (int k = 0; k < TABLES; k++) {
			put_rows(&seed, rows, sizeof(rows));
			fixture_run(&f, rows);
			hold_to(&f, &said, yaml, rows);
		}
		fixture_close(&f);
	}
	ck_assert_msg(findings > 10, "%d findings: nothing was tried", findings);
}
END_TEST

Suite *suite_lint(void);
Suite *
suite_lint(void)
{
	Suite *s = suite_create("lint");
	TCase *found_case = tcase_create("found"), *random = tcase_create("random");

	tcase_add_loop_test(found_case, what_is_odd_is_found_and_nothing_else, 0, LEN(found));
	tcase_add_test(found_case, lints_are_sorted_and_documented_and_their_examples_are_odd);
	suite_add_tcase(s, found_case);
	tcase_set_timeout(random, 120);
	tcase_add_loop_test(random, what_lints_say_holds_on_random_tables, 0, 4);
	suite_add_tcase(s, random);
	return s;
}
