/*
 * Rules that look at more than the rows at hand: at another set of data, at files.
 *
 * A row with a null among what is looked up is found nowhere, and a share is of all rows:
 * https://github.com/awslabs/deequ/tree/master/src/main/scala/com/amazon/deequ/comparison
 */
#include "import/dqdl.h"

enum { NAMES_MAX = 16 };

/* Columns here and there. */
struct pairs {
	struct sv own[NAMES_MAX], other[NAMES_MAX];
	size_t n;
};

/* "a,b" or "{a, b}"; false if there are too many. */
static bool
read_names(struct sv text, struct sv *ret, size_t *n)
{
	text = sv_trim(text);
	if (text.n > 1 && text.p[0] == '{' && text.p[text.n - 1] == '}')
		text = (struct sv){text.p + 1, text.n - 2};
	for (*n = 0; text.n > 0 && *n < NAMES_MAX; (*n)++) {
		ret[*n] = sv_trim(sv_cut(&text, ','));
		if (ret[*n].n == 0)
			return false;
	}
	return text.n == 0 && *n > 0;
}

/* "id->key, day": what is not mapped is called the same. */
static bool
add_mapping(struct sv text, struct pairs *p)
{
	for (text = sv_trim(text); text.n > 0; p->n++) {
		struct sv one = sv_trim(sv_cut(&text, ','));
		const char *arrow = memmem(one.p, one.n, "->", 2);
		const size_t at = arrow != NULL ? (size_t)(arrow - one.p) : one.n;

		if (p->n == NAMES_MAX || one.n == 0)
			return false;
		p->own[p->n] = sv_trim((struct sv){one.p, at});
		p->other[p->n] = arrow != NULL ? sv_trim(sv_skip(one, at + 2)) : one;
	}
	return p->n > 0;
}

/* The share of rows whose columns are found there. */
static void
look_up(struct import_item *it, const struct pairs *p, struct sv table, const struct soda_cond *good)
{
	struct arena *a = it->im->a;
	const struct node columns = deequ_columns(it, p->own, p->n),
			  fields = deequ_columns(it, p->other, p->n);
	struct node args = node_of_map(it->loc);

	node_put(a, &args, SV("column"), p->n == 1 ? &columns.kid[0].kid[0] : &columns.kid[0]);
	node_put_text(a, &args, "to", table, it->loc);
	node_put(a, &args, SV("field"), p->n == 1 ? &fields.kid[0].kid[0] : &fields.kid[0]);
	node_put_text(a, &args, "nulls", SV("fail"), it->loc);
	import_check(it, "relationships", &args);
	deequ_share(it, good);
	import_remark(it, "'" SV_FMT "' must be the key or an alias of an asset", SV_ARG(table));
}

/* ReferentialIntegrity "a,b" "other.{x,y}" = 1.0 */
void
dqdl_reference(struct import_item *it, const struct dqdl_rule *rule)
{
	struct sv other = rule->param.v[1], table = sv_cut(&other, '.');
	struct pairs p = {.n = 0};
	struct soda_cond good;
	size_t k = 0;

	if (!dqdl_good(it, &rule->cond, &good))
		return;
	if (!read_names(rule->param.v[0], p.own, &p.n) || !read_names(other, p.other, &k) || p.n != k)
		import_grade(it, GRADE_REFUSED, "write relationships: {column: …, to: …, field: …}",
		             "it names no columns of the other data, or not as many");
	else
		look_up(it, &p, table, &good);
}

/* DatasetMatch "ledger" "id->key" "amount->sum" = 1.0: by unique keys, which with the other columns are found there. */
void
dqdl_same_data(struct import_item *it, const struct dqdl_rule *rule)
{
	const struct soda_cond all = {.set = false};
	struct pairs p = {.n = 0};
	struct soda_cond good;
	size_t keys;

	if (rule->param.n != 2 && rule->param.n != 3) {
		import_grade(it, GRADE_REFUSED, NULL,
		             "it names the other data, its keys, and what is compared");
		return;
	}
	if (!dqdl_good(it, &rule->cond, &good))
		return;
	if (rule->param.n == 2) {
		import_grade(it, GRADE_REFUSED, "name them as its third text, or use `weir diff`",
		             "it compares all columns, and which there are it does not say");
		return;
	}
	if (!add_mapping(rule->param.v[1], &p) || (keys = p.n, !add_mapping(rule->param.v[2], &p))) {
		import_grade(it, GRADE_REFUSED, "use `weir diff`",
		             "its columns are not written as \"a,b->c\", or are more than %d", NAMES_MAX);
		return;
	}
	look_up(it, &p, rule->param.v[0], &good);
	deequ_unique(it, p.own, keys, &all);
	import_grade(it, GRADE_APPROXIMATED, "add unique to the other asset's checks",
	             "Deequ fails where a key occurs twice in '" SV_FMT
	             "', too, and weir does not look for it",
	             SV_ARG(rule->param.v[0]));
}

/* How many times as many rows there are. */
void
dqdl_same_rows(struct import_item *it, const struct dqdl_rule *rule)
{
	const struct node other = node_of_text(rule->param.v[0], it->loc), yes = node_of_bool(true, it->loc);
	struct arena *a = it->im->a;
	struct node args = node_of_map(it->loc), bound;
	struct soda_cond good;

	if (!dqdl_good(it, &rule->cond, &good))
		return;
	import_remark(it, "'" SV_FMT "' must be the key or an alias of an asset", SV_ARG(other.text));
	if (!good.between && good.op[0] == '=' && deequ_asks_all(&good)) {
		import_check(it, "row_count_equal_other", &other);
		return;
	}
	if (good.negate || good.op[0] == '!') {
		import_grade(it, GRADE_REFUSED, "say how many times as many there are: >= 0.95",
		             "it is no range of shares");
		return;
	}
	node_put(a, &args, SV("to"), &other);
	if (good.between || good.op[0] != '<') {
		bound = soda_number(a, good.low, it->loc);
		node_put(a, &args, SV("min_factor"), &bound);
		if (good.between || (good.op[0] == '>' && good.op[1] == '\0'))
			node_put(a, &args, SV("strict_min"), &yes);
	}
	if (good.between || good.op[0] != '>') {
		bound = soda_number(a, good.between ? good.high : good.low, it->loc);
		node_put(a, &args, SV("max_factor"), &bound);
		if (good.between || (good.op[0] == '<' && good.op[1] == '\0'))
			node_put(a, &args, SV("strict_max"), &yes);
	}
	import_check(it, "row_count_equal_other", &args);
}

/* FileFreshness "s3://shop/orders" > (now() - 3 days): the asset's own age. */
void
dqdl_file_age(struct import_item *it, const struct dqdl_rule *rule)
{
	const struct dqdl_operand *o = rule->cond.v.v;
	struct arena *a = it->im->a;
	struct node fresh = node_of_map(it->loc);
	struct sv age;

	if (rule->cond.kind != DQDL_COMPARE || rule->cond.op[0] != '>' || o->kind != DQDL_TIME ||
	    !o->before || o->unit.n == 0) {
		import_grade(it, GRADE_REFUSED,
		             "write it as `> (now() - 3 days)`, or look at the asset's versions",
		             "it asks for more than that the files are no older than so long");
		return;
	}
	if (rule->part || it->asset == NULL || node_get(&it->asset->keys, "freshness") != NULL) {
		import_grade(it, GRADE_REFUSED, "write a rule of its own for it",
		             rule->part ? "an asset's freshness is no part of a check"
		                        : "the asset's freshness is said by another rule");
		return;
	}
	age = arena_svf(a, SV_FMT "%c", SV_ARG(o->amount), o->unit.p[0]);
	node_put_text(a, &fresh, "max_age", age, it->loc);
	node_put(a, &it->asset->keys, SV("freshness"), &fresh);
	it->check = false;
	it->became = arena_svf(a, "freshness: {max_age: \"" SV_FMT "\"}", SV_ARG(age));
	import_grade(
		it, GRADE_APPROXIMATED, NULL,
		"the asset's newest change is looked at, wherever it lies: `weir status` tells it, and gates ask "
		"for it");
}
