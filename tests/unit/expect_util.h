/*
 * One YAML text as an asset with its rows and checks, run from loading to verdicts:
 *
 *	columns: {a: integer}      declared types; `any` names none
 *	rows: {a: [1, 2, null]}    the data, column by column; a text in an integer column is a misfit
 *	checks: [...]
 *	allow_sql: 1               checks may be queries
 */
#ifndef WEIR_TEST_EXPECT_UTIL_H
#define WEIR_TEST_EXPECT_UTIL_H

#include <check.h>

#include "expect/check.h"
#include "expect/result.h"
#include "scan/pass.h"

struct fixture {
	struct arena *a;
	struct diags d;
	struct catalog catalog;
	struct asset asset;
	struct checks checks;
	bool loaded;
	struct exprs *x;
	struct metrics *m;
	struct schema schema;
	struct bound *bound;
	struct verdict *verdict;
};

static inline void
fixture_open(struct fixture *f, const char *yaml)
{
	const struct node *top, *columns, *checks;

	*f = (struct fixture){.a = arena_new(), .x = exprs_new()};
	f->m = metrics_new(f->x);
	diags_init(&f->d, f->a);
	top = node_parse_yaml(f->a, "t.yaml", sv_of(yaml), &f->d);
	ck_assert_msg(top != NULL && f->d.errors == 0, "no YAML: %s",
	              f->d.errors > 0 ? f->d.list.v[0].msg : "");
	columns = node_get(top, "columns");
	checks = node_get(top, "checks");
	f->catalog.a = f->a;
	f->catalog.allow_sql = node_get(top, "allow_sql") != NULL;
	map_init(&f->catalog.by_key, f->a);
	f->asset = (struct asset){
		.key = SV("t"), .table = SV("t"), .allow_empty = node_get(top, "allow_empty") != NULL};

	struct column_decl *col = ARENA_ARRAY(f->a, struct column_decl, columns != NULL ? columns->n : 0);
	for (size_t i = 0; columns != NULL && i < columns->n; i++) {
		const struct node *n = &columns->kid[i],
				  *type = n->kind == NODE_MAP ? node_get(n, "type") : n;

		col[i] = (struct column_decl){.name = n->key, .loc = n->key_loc, .nullable = true};
		col[i].nullable = node_get(n, "nullable") == NULL || node_get(n, "nullable")->b;
		col[i].checks = node_get(n, "checks");
		if (type != NULL && !sv_is(type->text, "any"))
			ck_assert(type_parse(type->text, &col[i].type, NULL));
	}
	f->asset.column = col;
	f->asset.ncolumn = columns != NULL ? columns->n : 0;

	const struct node **check = ARENA_ARRAY(f->a, const struct node *, checks != NULL ? checks->n : 0);
	for (size_t i = 0; checks != NULL && i < checks->n; i++)
		check[i] = &checks->kid[i];
	f->asset.check = check;
	f->asset.ncheck = checks != NULL ? checks->n : 0;
	f->loaded = checks_load(f->a, &f->catalog, &f->asset, 0, &f->checks, &f->d);
}

static inline void
fixture_close(struct fixture *f)
{
	metrics_free(f->m);
	exprs_free(f->x);
	arena_free(f->a);
}

/* The vector of a column as a reader that knows nothing special would make it. */
static inline const struct vector *
fixture_vector(struct fixture *f, const struct node *list, struct type t)
{
	struct vector *v = ARENA_NEW(f->a, struct vector);
	uint32_t n = (uint32_t)list->n;

	*v = (struct vector){.rep = REP_VALUE, .type = t, .rows = n};
	v->valid = ARENA_ARRAY(f->a, uint64_t, BITMAP_WORDS(VECTOR_ROWS));
	v->error = ARENA_ARRAY(f->a, uint64_t, BITMAP_WORDS(VECTOR_ROWS));
	v->value = ARENA_ARRAY(f->a, struct value, VECTOR_ROWS);
	for (uint32_t i = 0; i < n; i++) {
		struct value raw = node_value(f->a, &list->kid[i]);

		if (raw.kind == VALUE_NULL)
			continue;
		if (t.kind == TYPE_ANY || t.kind == TYPE_VARIANT) {
			v->value[i] = raw;
			bit_set(v->valid, i);
		} else if (t.kind == TYPE_DECIMAL ? value_parse(t, list->kid[i].text, &v->value[i])
		                                  : value_cast(t, raw, &v->value[i])) {
			bit_set(v->valid, i);
		} else {
			bit_set(v->error, i);
		}
	}
	return v;
}

/* Binds to the rows' schema, computes all metrics in one pass, and judges. */
static inline void
fixture_run(struct fixture *f, const char *yaml)
{
	const struct node *top = node_parse_yaml(f->a, "t.yaml", sv_of(yaml), &f->d),
			  *rows = node_get(top, "rows");
	struct column *col = ARENA_ARRAY(f->a, struct column, rows->n);
	const struct vector **vector = ARENA_ARRAY(f->a, const struct vector *, rows->n);
	struct err err = {0};

	for (size_t i = 0; i < rows->n; i++) {
		col[i] = (struct column){
			.name = rows->kid[i].key, .index = (uint32_t)i, .type = {.kind = TYPE_VARIANT}};
		for (size_t j = 0; j < f->asset.ncolumn; j++)
			if (sv_eq(f->asset.column[j].name, col[i].name) &&
			    f->asset.column[j].type.kind != TYPE_ANY) {
				col[i].type = f->asset.column[j].type;
				col[i].declared = true;
			}
		vector[i] = fixture_vector(f, &rows->kid[i], col[i].type);
	}
	f->schema = (struct schema){.col = col, .n = (uint32_t)rows->n};

	struct binder b = {.a = f->a, .x = f->x, .m = f->m, .schema = &f->schema};
	f->bound = checks_bind(&b, &f->checks);
	struct plan p = plan_make(f->a, f->m, f->x);
	struct metric_value *value = ARENA_ARRAY(f->a, struct metric_value, p.nmetric);
	struct batch batch = {
		.rows = (uint32_t)rows->kid[0].n, .column = vector, .ncolumn = (uint32_t)rows->n};
	AUTO(pass_plan) plan = pass_plan_new(p.metric, p.nmetric, NULL);
	AUTO(pass) pass = pass_new(plan, 1 << 24);
	AUTO(merge) merge = merge_new(plan, 1 << 24);

	if (batch.rows > 0)
		ck_assert_msg(pass_update(pass, &batch, &err), "%s", err.msg);
	merge_cut(merge, pass_cut(pass), 0);
	merge_pass(merge, pass);
	merge_final(merge, f->a, value);
	f->verdict = ARENA_ARRAY(f->a, struct verdict, f->checks.n);
	for (size_t i = 0; i < f->checks.n; i++)
		judge(&f->bound[i], value, f->a, &f->verdict[i]);
	metric_values_fini(value, p.nmetric);
}

#endif
