/* Inside the importers of dbt: one generic test, however it was found. */
#ifndef WEIR_IMPORT_DBT_H
#define WEIR_IMPORT_DBT_H

#include "import/import.h"

/* A test as a properties file or a manifest names it. */
struct dbt_source {
	struct importing *im;
	struct import_asset *asset;
	const struct node *from; /* all of it */
	struct loc loc;
	struct sv package, name;    /* package: empty for dbt's own */
	struct sv column, type;     /* of a test below a column, and its declared type; or empty */
	struct sv title, text;      /* its own name and description; or empty */
	const struct node *args[2]; /* where arguments stand, NULL = nowhere else */
	const struct node *config[2];
	bool compiled; /* from a manifest: dbt wrote the configuration, with that of the macro in it */
};
void dbt_read_test(const struct dbt_source *s);

/* What a test counts, beside what weir counts: thresholds are about that number. */
enum dbt_count {
	DBT_ROWS,  /* the same number */
	DBT_FEWER, /* dbt's is less, and 0 where weir's is: it counts values */
	DBT_OTHER  /* 0 where weir's check is met, and that is all */
};

struct dbt_test {
	const struct dbt_source *s;
	struct importing *im;
	struct import_item *it;
	const struct dbt_def *def;
	struct sv column;      /* or empty */
	bool own;              /* it has thresholds of its own */
	const struct node *by; /* columns of groups, or NULL */
};

struct dbt_def {
	const char *name;
	void (*read)(struct dbt_test *t);
	const char *to; /* an expectation */
	enum dbt_count count;
	const char *why;    /* NULL; else approximated, or refused if there is no `to` */
	const char *remedy; /* or NULL */
};
/* Of a package (empty: dbt's own); NULL if it is not known. */
const struct dbt_def *dbt_tests_of(struct sv package, size_t *n);
extern const struct dbt_def dbt_expectations_tests[];
extern const size_t dbt_expectations_count;

/* Arguments; each marks what it looks at. */
const struct node *dbt_arg(struct dbt_test *t, const char *key);
const struct node *dbt_need(struct dbt_test *t, const char *key); /* NULL refuses the test */
bool dbt_text(struct dbt_test *t, const char *key, struct sv *ret);
bool dbt_flag(struct dbt_test *t, const char *key, bool dflt);
/* Refuses the test where an argument is given that has no counterpart. */
void dbt_without(struct dbt_test *t, const char *key, const char *remedy);
/* A list of columns: each group is judged by itself.  Without rows there is no group, and dbt passes; does weir? */
void dbt_read_groups(struct dbt_test *t, const char *key, bool same_on_nothing);
/* The name of a column alone, no expression. */
bool dbt_is_name(struct sv text);
/* A map with the column; refuses the test without one. */
struct node dbt_column(struct dbt_test *t);
/* `ref('a')`, `source('a', 'b')`, in braces or not, as the name of an asset. */
MUST_CHECK bool dbt_ref(struct arena *a, struct sv text, struct sv *ret);
/* The asset of a version of a model, which is its table's name, too. */
struct sv dbt_versioned(struct arena *a, struct sv model, struct sv version);
/* Is there any Jinja in it? */
bool dbt_has_jinja(const struct node *n);
/*
 * A value whose Jinja is replaced: the same node where it has none, NULL where something else than dbt cannot tell (*name: the variable that the user
 * would have to give, or empty).
 */
const struct node *dbt_plain(struct importing *im, const struct node *n, struct sv *name);
bool dbt_plain_text(struct importing *im, struct sv text, struct sv *name, struct sv *ret);
/* A truth value as YAML 1.1 has it, `yes` and `off` too; false where it is none. */
bool dbt_truth(const struct node *n, bool *ret);
/* The name of a column without its quotes, in place; false: it is an expression, or anything else that no column is called. */
bool dbt_unquote(struct sv *name);
/* A list of columns, each without quotes; NULL refuses the test. */
const struct node *dbt_columns(struct dbt_test *t, const char *key);

/* Of assets. */
struct dbt_fresh {
	struct importing *im;
	const struct node
		*level[4]; /* the nearest first: a table, its config, the source, its config; or NULL */
};
void dbt_read_freshness(struct dbt_fresh *f, struct import_asset *as);
/* `data_type` as a type of ours, which is put into args; empty if there is none. */
struct sv dbt_read_type(struct importing *im, struct import_asset *as, const struct node *column,
                        struct sv name, struct node *args);
/* `constraints` of a table, or of a column, as checks. */
void dbt_read_constraints(struct importing *im, struct import_asset *as, const struct node *of,
                          struct sv column);
/* `contract: {enforced: true}` of a configuration, with the columns that are declared, as a check of the schema. */
void dbt_read_contract(struct importing *im, struct import_asset *as, const struct node *of,
                       const struct node *columns);
/* The column of an expression that only says that it is a time: `x::timestamp`, `cast(x as timestamp)`.  Else the text itself. */
struct sv dbt_uncast(struct sv text);
/* The texts of two lists as a key of the asset. */
void dbt_put_list(struct importing *im, struct import_asset *as, const char *key, const struct node *x,
                  const struct node *y);

/* Readers of several tests. */
void dbt_read_refused(struct dbt_test *t);
void dbt_read_column(struct dbt_test *t); /* {column} */
void dbt_read_values(struct dbt_test *t); /* {column, values} */
void dbt_read_row_condition(struct dbt_test *t);
void dbt_read_condition(struct dbt_test *t, const char *key);
/* `min_value`, `max_value` into args; an end that is no constant is left in *expr as a condition on `value`. */
void dbt_bounds(struct dbt_test *t, struct node *args, bool strict, struct sv value, struct sv *expr);
void dbt_read_equal_rows(struct dbt_test *t);
void dbt_read_order(struct dbt_test *t);
void dbt_read_ranges(struct dbt_test *t);
void dbt_read_casing(struct dbt_test *t);
void dbt_read_pattern(struct dbt_test *t);
void dbt_read_patterns(struct dbt_test *t);
/* Puts `within`, of two arguments; false where they are no fixed length of time, which refuses the test. */
MUST_CHECK bool dbt_put_within(struct dbt_test *t, struct node *args);
/* Whole numbers or days, none left out, none twice. */
void dbt_put_sequence(struct dbt_test *t, const char *step, const char *datepart);

#endif
