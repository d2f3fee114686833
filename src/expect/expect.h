/*
 * Expectations: declarative statements on data.  An expectation is data, not code: a row with names, parameters and
 * documentation, and one function that turns arguments into what a row that breaks it looks like, or into metrics and a judge.
 *
 * From this table come validation with places, `weir explain`, the JSON Schema of checks and docs/reference/expectations.md.
 */
#ifndef WEIR_EXPECT_EXPECT_H
#define WEIR_EXPECT_EXPECT_H

#include "catalog/catalog.h"
#include "metric/metric.h"

enum family {
	FAMILY_COLUMN_MAP, /* a condition on one column's values */
	FAMILY_PAIR_MAP,   /* on a pair of columns */
	FAMILY_MULTI_MAP,  /* on a tuple of columns */
	FAMILY_ROW,        /* on a row: expr */
	FAMILY_AGGREGATE,  /* a number of one column, in a range */
	FAMILY_TABLE       /* of the table: rows, columns */
};

enum param_kind {
	PARAM_COLUMN,
	PARAM_COLUMNS,
	PARAM_NAMES,  /* a list of names, or one, that are no columns of this asset */
	PARAM_VALUE,  /* any scalar: a bound, compared with the column's values */
	PARAM_VALUES, /* a list of scalars */
	PARAM_PAIRS,  /* a list of lists of two scalars */
	PARAM_MAP,    /* a map, which `validate` looks at */
	PARAM_REAL,
	PARAM_INTEGER,
	PARAM_BOOL,
	PARAM_TEXT,
	PARAM_REGEX,
	PARAM_EXPR,     /* text in the expression language */
	PARAM_SQL,      /* a query; only where the catalog allows it */
	PARAM_CHECKS,   /* a check, or a list of them: they become check->member */
	PARAM_DURATION, /* 1d6h: `integer` is microseconds */
	PARAM_FILE,     /* one of `names`, or a file: its contents are `v`, and `choice` is -1 */
	/* the key of an asset, or dbt's ref('x'); with `names` also its own past (baseline.h): then `flag` is set, and there is no other asset */
	PARAM_ASSET,
	PARAM_ENUM
};

struct param {
	const char *name;     /* Great Expectations' */
	const char *alias[3]; /* min for min_value … */
	enum param_kind kind;
	bool required;
	bool lone;             /* of COLUMNS: often one, which stands without a list, and below its column */
	bool nullable;         /* an explicit null is an argument too: Great Expectations' "no list" */
	double dflt, min, max; /* of REAL, INTEGER and BOOL (1 is true) where they differ */
	bool bounded;          /* min and max are meant */
	bool is_source;        /* of TEXT: the name of one of the catalog's sources */
	const char *const *names; /* of ENUM, NULL-terminated; the first is the default */
	const char *unit, *doc;
};

/* Arguments of one check, bound to the table's schema; indexed as the expectation's parameters. */
struct arg {
	bool given, null; /* null: given as an explicit null */
	struct loc loc;
	const struct node *node; /* as written, a $PARAMETER replaced */
	/* of a $PARAMETER that depends on the clock: what it says, whatever the time. Else empty */
	struct sv said;
	struct value v; /* scalars and lists */
	struct sv text; /* TEXT, REGEX, EXPR, ASSET (its key, where the catalog knows it), ENUM */
	double real;
	int64_t integer;
	bool flag;
	int choice;        /* ENUM: index */
	struct sv *column; /* COLUMN: one; COLUMNS: n */
	uint32_t ncolumn;
	struct sv *name; /* NAMES */
	uint32_t nname;
};

enum severity { SEVERITY_CRITICAL, SEVERITY_WARNING, SEVERITY_INFO };
extern const char *const severity_names[3];

enum outcome { OUTCOME_PASS, OUTCOME_WARN, OUTCOME_FAIL, OUTCOME_ERROR, OUTCOME_SKIPPED };
extern const char *const outcome_names[5];
/* The worse of two, for roll-ups: error > fail > warn > pass > skipped. */
enum outcome outcome_worse(enum outcome a, enum outcome b);

enum result_format { RESULT_BOOLEAN_ONLY, RESULT_BASIC, RESULT_SUMMARY, RESULT_COMPLETE };

/* A number of a threshold: itself, or so much more than the number of the last good run (share: percent of that). */
struct threshold_end {
	bool last_good, share;
	bool strict; /* of `between (1 and 9]`: the number itself is not between */
	double add;
};

/*
 * `warn: "> 0"`, `fail: "> 1%"`: thresholds on the unexpected count or percent, or on the observed value; `> 6h` is in seconds.
 * `fail: "> last_good + 10%"`: value and value2 are known when the last good run is (threshold_resolve).
 */
struct threshold {
	bool set, percent;
	bool open;    /* there is no good run to compare with yet: it is not met */
	bool seconds; /* its numbers are durations */
	struct threshold_end end, end2;
	enum expr_op op;      /* OP_LT … OP_NE */
	double value, value2; /* value2: of `between a and b` / `not between` */
	bool between, negate;
	struct sv text; /* as written */
	struct loc loc;
};
MUST_CHECK bool threshold_parse(struct sv text, struct loc at, struct threshold *ret, struct err *err);
/* Does it ask for the last good run? */
bool threshold_is_relative(const struct threshold *t);
/* The same with numbers in place of the last good run's; known: there is one. */
struct threshold threshold_resolve(const struct threshold *t, bool known, double last_good);
/* The same where a percentage is no share of rows: it may be negative, and above 100. */
MUST_CHECK bool threshold_parse_change(struct sv text, struct loc at, struct threshold *ret, struct err *err);
/* Does it hold for an observed number?  percent: the same number as a percentage, for thresholds that say `%`. */
bool threshold_met(const struct threshold *t, double number, double percent);

/* A check as declared, before the data is seen.  One per column where a short form names several. */
struct check {
	struct sv id, name;                    /* id: contract section 2 */
	const struct asset *asset;             /* NULL for a bare --source */
	const struct expectation *expectation; /* NULL if error is set and the name is unknown */
	struct sv written_name;                /* as the user wrote the expectation's name */
	struct loc loc;
	struct arg *arg; /* [expectation->nparams] */
	/* filter expression text; empty = all rows. GX row conditions are rewritten to it */
	struct sv where;
	struct loc where_loc;
	struct sv *by; /* the columns whose values make segments, each judged by itself */
	uint32_t nby;
	uint32_t by_limit; /* more segments than this are an error */
	struct loc by_loc;
	struct check *member; /* of one that is composed */
	uint32_t nmember;
	double mostly; /* 1.0 if not given */
	bool mostly_given;
	struct threshold warn, fail;
	enum severity severity;
	bool blocking; /* critical checks block unless they say no */
	bool enabled, implicit, imported;
	struct sv owner, description;
	struct sv kwargs; /* JSON object: the arguments under their canonical names */
	struct sv meta;   /* JSON of a suite's meta, or empty */
	enum result_format
		format; /* of the check; where it says none (format_given) the caller puts the run's before binding */
	bool format_given;
	uint32_t keep;   /* partial_unexpected_count, default 20 */
	bool whole_rows; /* include_unexpected_rows: all columns of the failing rows */
	bool index_only; /* exclude_unexpected_values: where rows are named by columns, those alone */
	bool quarantine_given; /* it says itself where its failing rows go, or that they go nowhere; else its asset does */
	const struct quarantine_decl *quarantine; /* NULL = nowhere */
	const struct lint_decl *lint;             /* warnings about it that are not told; NULL = all are */
	/*
	 * unexpected_index_column_names: what names a failing row in its results, instead of the asset's
	 * key
	 */
	struct sv *index;
	uint32_t nindex;
	/* as a suite wrote them, for its results; row_condition is JSON. Else empty */
	struct sv row_condition, condition_parser;
	/*
	 * of the normalised check: expectation, arguments, where, mostly, thresholds, severity, and what
	 * the asset says about how its data is read; not of names or texts
	 */
	char hash[HASH_HEX];
	/* of checks that look at other assets, too: the hash with their versions (run_identify); empty: the hash is all */
	char identity[HASH_HEX];
	struct err err; /* set: a mistake in an imported suite; the outcome is `error` */
};

/*
 * What a check measures, whatever it says of it: "row_count", "mean:amount", "not_null:email:1f3a9c2e" (with what else makes it another number: filters,
 * arguments that are no bounds).  Of one that compares a number with its past, that of the number.
 */
struct sv check_metric(struct arena *a, const struct check *c);

/* Does it, or a part of it, ask the clock, so that the same data are judged otherwise later? */
bool check_asks_clock(const struct check *c);

/* Is it rows that meet it or not?  What is judged as a whole has no failing rows. */
bool check_is_of_rows(const struct check *c);

/* How many failing rows are kept: more where the complete list is asked for. */
uint32_t check_keep(const struct check *c);

struct checks {
	struct check *v;
	size_t n;
};

/* What its verdicts are stored under, beside asset, partition and data version. */
static inline struct sv
check_identity(const struct check *c)
{
	return sv_of(c->identity[0] != '\0' ? c->identity : c->hash);
}

/* The *at-th argument of a check and its members, with its parameter; false past the last. */
bool check_argument(const struct check *c, uint32_t at, const struct param **param, const struct arg **arg);
/* The next asset that a check looks at beside its own, among its arguments from *at on; NULL at the end. */
const struct asset *check_other(const struct catalog *c, const struct check *check, uint32_t *at);

/* What a check compiles to for one table: metrics to compute and what to judge from them. */
struct bound {
	const struct check *check;
	struct err err;                   /* set: it could not be bound to this schema; outcome `error` */
	const struct metric *element;     /* rows that count (after where) */
	const struct metric *nonnull;     /* map families: rows that are considered, or NULL = element */
	const struct metric *unexpected;  /* map families: rows that break it */
	const struct expr *where;         /* filter of the check, NULL = all rows */
	const struct expr *considered;    /* condition of `nonnull`, for samples; NULL = all */
	const struct metric *observed[4]; /* aggregates and tables: as the expectation asks */
	uint32_t nobserved;
	const struct expr *const *domain; /* columns shown for a failing row: one, a pair, a record */
	uint32_t ndomain;
	const struct column *const *index; /* check->index, bound */
	bool misfits_break; /* pairs, tuples, rows: what cannot be computed is a misfit of a declared column, so it breaks the check */
	/* with check->by: the columns, and the metric of the first pass; the rest is then of any segment (segments.h) */
	const struct expr *const *by;
	const struct metric *groups;
	struct segment *segment;
	uint32_t nsegment;
	bool duplicate; /* unexpected rows are those whose tuple is in the metric's keys: samples need a second pass */
	const struct schema *schema;
	struct bound *member; /* of a composed check, as many as the check has */
	uint32_t nmember;
	const struct metric *last_good; /* where a threshold asks for it */
	int64_t now_us;                 /* the run's clock */
};

struct binder {
	struct arena *a;
	int64_t now_us; /* the run's clock; 0 where nothing is judged */
	struct exprs *x;
	struct metrics *m;
	const struct schema *schema;
};

struct verdict;
struct segment;
struct past; /* expect/past.h */

/* Where the number of a range lies among the column's values: it is the least, one between least and greatest, the greatest. */
enum number_place { PLACE_NONE, PLACE_LEAST, PLACE_AMONG, PLACE_GREATEST };

/* What the number of a range is, whatever the data. */
struct number_limits {
	bool known;         /* the ends are meant */
	double least, most; /* inclusive; may be INFINITY */
	bool sure;          /* there is always one, also of no rows */
	enum number_place place;
};

/* What says the same elsewhere; NULL: nothing does. */
struct peers {
	const char *gx, *dbt, *soda, *deequ, *odcs;
};

struct expectation {
	const char *name, *shorthand;
	const char *alias[6]; /* other spellings: dbt's names, `not_null`, `accepted_values` … */
	const char *summary, *doc, *example; /* example: YAML of one check */
	struct peers peers;
	const char *on_nothing; /* what nulls and no rows come to, where that is not its family's way */
	enum family family;
	bool all_rows;     /* map: the denominator is all rows, not the non-null ones */
	bool misfits_pass; /* map: a value that does not fit its column's type is not unexpected by that alone */
	const char *noun; /* map: what is counted in messages, default "values" */
	void (*broken)(const struct check *c, struct buf *b); /* map: what is wrong with them: "are null" */
	const struct param *params;
	uint32_t nparams;
	int shorthand_param; /* which parameter a bare scalar or list in short form is: index, default 0; -1 = none */
	/* a bare number in short form is this one's first parameter: `row_count: 5`. May be NULL */
	const struct expectation *bare;
	bool counts_rows; /* of the table: judges the rows that count, so `by` means something */
	const struct own_expectation *own; /* defined by the catalog: NULL for those of the registry */
	bool remembers;    /* its stored results are asked for later: they hold what was observed */
	bool of_clock;     /* its verdict is of the time of the run: one on record is not told again for it */
	bool is_seconds;   /* what it observes is a time span in seconds: thresholds may say 6h */
	bool no_threshold; /* it observes no number, so warn and fail say nothing */
	bool percent;      /* it sets verdict.percent, so that warn and fail may be percentages */
	struct number_limits limits; /* of those with min_value and max_value */
	/*
	 * Of those that look at the past (observed[0] is a metric_past): a verdict on the number of their one member, which is observed now, and what was
	 * before.
	 */
	void (*compare)(const struct check *c, double number, const struct past *past, struct arena *a,
	                struct verdict *ret);
	/* Argument mistakes beyond kinds and ranges (min > max …): adds to *d.  May be NULL. */
	void (*validate)(const struct check *c, struct diags *d);
	/* Map families: the condition of an unexpected row, NULL and *err if types do not fit. */
	const struct expr *(*unexpected)(struct binder *b, const struct check *c, struct err *err);
	/* Others, or map families that are no condition on one row (unique …): sets the metrics of *ret. */
	bool (*bind)(struct binder *b, const struct check *c, struct bound *ret, struct err *err);
	/* Aggregates and tables: a verdict from observed values.  Map families share one. */
	void (*judge)(const struct bound *b, const struct metric_value *const *observed, struct arena *a,
	              struct verdict *ret);
	/* Composed ones, instead: a verdict from those of the members, none of which is an error. */
	void (*compose)(const struct bound *b, const struct verdict *member, struct arena *a,
	                struct verdict *ret);
};

struct sample_row {
	int64_t row; /* data row from 0, over all parts in order */
	struct row_at at;
	struct value value;      /* of the domain: a scalar, a 2-list, or an object */
	const struct value *key; /* of the key columns */
	uint32_t nkey;
	struct value whole; /* check->whole_rows: an object of all columns; else null */
};

/* Outcome, counts, observed value, sample: a pure function of metric values and arguments. */
struct verdict {
	enum outcome outcome;
	bool success;   /* GX's: met with `mostly`, before severity; false on error */
	struct err err; /* of `error` */
	bool has_counts;
	int64_t element_count, missing_count, unexpected_count, considered_count;
	/* of others that look at one column: element_count and missing_count are meant, the rest is not */
	bool has_elements;
	bool has_observed;
	struct value observed;
	bool approximate; /* observed lies within error_bound of the truth, and both ends give this outcome */
	double error_bound;
	/* what warn and fail are about, where it is not what was observed; and as a percentage (expectation.percent) */
	bool has_measure;
	double measure, percent;
	/* set: there is too little to judge from, so this is the outcome, and nothing is decided */
	bool undecided;
	struct sv details; /* JSON object, or empty */
	struct sv sketch;  /* JSON: how the column is distributed, for later runs (sketch.h); or empty */
	struct sv message; /* "3 of 10000 values are null (0.03 %)" */
	const struct row_at *first; /* places of the sample, before the second look */
	uint32_t nfirst;
	struct sample_row *sample; /* after it */
	uint32_t nsample;
	bool sample_cut;
};

extern const struct expectation *const expectations[]; /* sorted by name */
extern const size_t expectation_count;
/* By name, shorthand or alias; NULL if unknown. */
const struct expectation *expectation_find(struct sv name);
const char *const *expectation_names(struct arena *a, size_t *n); /* all spellings, for suggestions */

/*
 * All declared checks of an asset: its own, its columns', its suites', then the implicit ones (not_empty unless allow_empty, type misfits
 * of each column with a declared type, malformed rows; none of these where nothing
 * is declared and there is no data to look at).  Mistakes of weir.yaml go to *d; those of imported suites into check.err.
 * now_us: the clock of suite parameters that ask for it.
 */
MUST_CHECK bool checks_load(struct arena *a, const struct catalog *c, const struct asset *asset,
                            int64_t now_us, struct checks *ret, struct diags *d);
struct suite_options {
	const char *path;
	const char *kind; /* weir, or an importer; NULL = by the content */
	struct sv table; /* whose checks are meant, where the file has some for several; empty: the asset's */
	struct sv likely; /* the same as a guess: a file of one table is taken whatever it is called */
	const struct asset *asset; /* NULL: of a bare source */
	int64_t now_us;
};
struct imported;
/*
 * Makes an importer's tree fit to stand in a catalog: parameters of a suite are put in, and what no expectation takes is refused after
 * all (import/import.h).
 */
void imported_settle(struct arena *a, struct imported *im);
/* For catalog_options: reads a foreign catalog or suite as an overlay (import_fn). */
const struct node *imported_overlay(struct arena *a, const struct node *item, const char *path,
                                    const struct node *assets, struct diags *d);

/* The same: what a file under `suites:` says of its asset beside checks (suite_fn). */
const struct node *suite_definition(struct arena *a, const char *path, const struct node *asset,
                                    struct map *read);

struct suite {
	struct checks checks;
	struct sv name;
	const struct column_decl *column; /* what it declares of the columns of a bare source */
	size_t ncolumn;
};
/* A suite file: top-level `checks:` (weir), or anything that an importer reads. */
MUST_CHECK bool suite_load(struct arena *a, const struct suite_options *o, struct suite *ret,
                           struct diags *d);
/* One check as weir.yaml writes it, or several where a short form names them; mistakes go to *d.  asset NULL: of a bare source. */
MUST_CHECK bool checks_parse(struct arena *a, const struct catalog *catalog, const struct asset *asset,
                             struct sv yaml, int64_t now_us, struct checks *ret, struct diags *d);
/* The implicit checks for a bare source: type misfits need declared columns, so not_empty and malformed only. */
void checks_implicit(struct arena *a, const struct asset *asset, struct checks *ret);

/* A check with other arguments, or where, warn, fail, severity, mostly: value as YAML, empty = without it. */
struct check_setting {
	struct sv key, value;
};
MUST_CHECK bool check_changed(struct arena *a, const struct catalog *catalog, const struct check *c,
                              const struct check_setting *set, size_t n, struct check *ret, struct diags *d);

/* Binds all checks to a schema.  Never fails: a check that cannot be bound carries its error. */
struct bound *checks_bind(struct binder *b, const struct checks *c);

/*
 * The plan: stages of metrics with the columns they need and how.  Keys of other assets (relationships) are listed so that the
 * caller computes them first.
 */
struct plan_column {
	const struct column *column;
	unsigned need; /* enum need */
};
struct plan {
	const struct metric *const *metric; /* all, in the order of their ids */
	uint32_t nmetric;
	uint32_t nstage;
	const struct plan_column *column;
	uint32_t ncolumn;
	const struct expr **foreign; /* OP_IN_KEYS nodes whose `keys` are to be filled */
	uint32_t nforeign;
};
struct plan plan_make(struct arena *a, const struct metrics *m, const struct exprs *x);

/* The verdict of a bound check: value[] by metric id. */
void judge(const struct bound *b, const struct metric_value *value, struct arena *a, struct verdict *ret);
/* The number of a verdict: what was observed, or how many values are unexpected.  False if it has none. */
bool verdict_number(const struct verdict *v, double *ret);
/*
 * What a check would say of a number that was stored (under its check_metric), and its past.  False with *err where the number alone does not
 * tell.
 */
MUST_CHECK bool judge_number(const struct check *c, double number, const struct past *past, struct arena *a,
                             struct verdict *ret, struct err *err);

/* `weir explain NAME`: one expectation for a terminal; false if there is none of that name. */
bool expectation_explain(struct sv name, struct buf *b);
/* docs/reference/expectations.md. */
void expectations_markdown(struct buf *b);
/* Great Expectations' names that are known and not here, sorted, with the reason. */
struct expectation_absent {
	const char *name, *why;
};
extern const struct expectation_absent expectations_absent[];
extern const size_t expectations_absent_count;
/* What the catalog defines itself: adds every mistake. */
void own_expectations_check(struct arena *a, const struct catalog *c, struct diags *d);
/* Where failing rows of assets would meet each other, or the data of one; checks: by asset. */
void quarantines_check(struct arena *a, const struct catalog *c, const struct checks *checks,
                       struct diags *d);
/* A check's id without the asset in front. */
struct sv check_own_id(const struct check *c);
/* The JSON Schema (2020-12) of one check as weir.yaml writes it: an object's value, for the catalog's $defs. */
void checks_schema(struct json_writer *w);

#endif
