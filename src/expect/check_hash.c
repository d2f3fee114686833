/*
 * The identity of a check: equal hashes mean the same statement, whatever it is called, whoever owns it and however it is laid out.
 *
 * Arguments go in under their canonical names with their defaults filled in, numbers by value (1 = 1.0), expressions without the
 * white space outside of quotes.  What the asset says about how its data is read goes in too: `""` as null makes other verdicts.
 */
#include "expect/check.h"

#include <stdlib.h>
#include <string.h>

static void
add_value(struct hasher *h, struct value v)
{
	struct hash128 x;

	if (v.kind == VALUE_LIST) {
		hasher_add_i64(h, v.n);
		for (uint32_t i = 0; i < v.n; i++)
			add_value(h, v.list[i]);
		return;
	}
	x = value_hash(v);
	hasher_add_i64(h, v.kind == VALUE_TEXT);
	hasher_add(h, (struct sv){(const char *)&x, sizeof(x)});
}

/* Beside a decimal column, a bound is what was written: 37.51 and 37.509999999999999 are one double and two numbers. */
static struct value
as_written(const struct node *n, struct value v)
{
	struct decimal d;

	return v.kind == VALUE_REAL && n != NULL && n->kind == NODE_REAL && decimal_parse(n->text, &d)
	               ? (struct value){.kind = VALUE_DECIMAL, .d = d}
	               : v;
}

static int
by_bytes(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct hash128) + 1);
}

/* A set: neither order nor repetition matters. */
static void
add_set(struct hasher *h, const struct node *list, struct value set)
{
	enum { SIZE = sizeof(struct hash128) + 1 };
	char *member = xcalloc(MAX(set.n, 1u), SIZE);

	for (uint32_t i = 0; i < set.n; i++) {
		struct hash128 x = value_hash(as_written(&list->kid[i], set.list[i]));

		memcpy(member + (size_t)i * SIZE, &x, sizeof(x));
		member[(size_t)i * SIZE + sizeof(x)] = set.list[i].kind == VALUE_TEXT;
	}
	if (set.n > 1)
		qsort(member, set.n, SIZE, by_bytes);
	for (uint32_t i = 0; i < set.n; i++)
		if (i == 0 || by_bytes(member + (size_t)(i - 1) * SIZE, member + (size_t)i * SIZE) != 0)
			hasher_add(h, (struct sv){member + (size_t)i * SIZE, SIZE});
	hasher_add(h, SV("end"));
	free(member);
}

/* Runs of white space outside quotes count as one space, at the ends as none. */
static void
add_expression(struct hasher *h, struct sv text)
{
	AUTO(buf) b = buf_new(text.n + 1);
	char quote = '\0';

	text = sv_trim(text);
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		bool space = c == ' ' || c == '\t' || c == '\n' || c == '\r';

		if (quote == '\0' && space) {
			if (b->n > 0 && b->p[b->n - 1] != ' ')
				buf_putc(b, ' ');
			continue;
		}
		if (quote == '\0' && (c == '\'' || c == '"' || c == '`'))
			quote = c;
		else if (c == quote)
			quote = '\0';
		buf_putc(b, c);
	}
	hasher_add(h, buf_sv(b));
}

/* The child whose key comes next after `last`; the order in which keys are written says nothing. */
static size_t
next_key(const struct node *map, struct sv last)
{
	size_t ret = map->n;

	for (size_t i = 0; i < map->n; i++)
		if (sv_cmp(map->kid[i].key, last) > 0 &&
		    (ret == map->n || sv_cmp(map->kid[i].key, map->kid[ret].key) < 0))
			ret = i;
	return ret;
}

/* v is n as a value. */
static void
add_tree(struct hasher *h, const struct node *n, struct value v)
{
	struct sv last = {0};

	if (n->kind != NODE_SEQ && n->kind != NODE_MAP) {
		add_value(h, as_written(n, v));
		return;
	}
	hasher_add_i64(h, (int64_t)n->n);
	for (size_t i = 0; n->kind == NODE_SEQ && i < n->n; i++)
		add_tree(h, &n->kid[i], v.list[i]);
	for (size_t i = 0; n->kind == NODE_MAP && i < n->n; i++) {
		size_t k = next_key(n, last);

		if (k == n->n)
			break;
		last = n->kid[k].key;
		hasher_add(h, last);
		add_tree(h, &n->kid[k], v.list[2 * k + 1]);
	}
}

static void
add_arg(struct hasher *h, const struct param *p, const struct arg *arg)
{
	hasher_add(h, sv_of(p->name));
	hasher_add_i64(h, arg->null);
	if (arg->said.n > 0) {
		hasher_add(h, arg->said);
		return;
	}
	switch (p->kind) {
	case PARAM_COLUMN:
	case PARAM_COLUMNS:
		hasher_add_i64(h, arg->ncolumn);
		for (uint32_t i = 0; i < arg->ncolumn; i++)
			hasher_add(h, arg->column[i]);
		return;
	case PARAM_NAMES:
		hasher_add_i64(h, arg->nname);
		for (uint32_t i = 0; i < arg->nname; i++)
			hasher_add(h, arg->name[i]);
		return;
	case PARAM_BOOL:
		hasher_add_i64(h, arg->flag);
		return;
	case PARAM_ENUM:
		hasher_add_i64(h, arg->choice);
		return;
	case PARAM_EXPR:
	case PARAM_SQL:
		add_expression(h, arg->text);
		return;
	case PARAM_FILE: /* a file's contents are what it says */
		hasher_add_i64(h, arg->choice);
		return;
	case PARAM_ASSET:
		hasher_add(h, arg->text);
		if (arg->flag)
			hasher_add(h, SV("past"));
		return;
	case PARAM_TEXT:
	case PARAM_REGEX:
		hasher_add(h, arg->text);
		return;
	case PARAM_VALUES:
		add_set(h, arg->node, arg->given && !arg->null ? arg->v : VALUE_NONE);
		return;
	case PARAM_CHECKS:
		return; /* the members have hashes of their own */
	case PARAM_DURATION:
		hasher_add_i64(h, arg->integer);
		return;
	case PARAM_PAIRS:
		hasher_add_i64(h, (int64_t)arg->v.n);
		for (uint32_t i = 0; arg->v.kind == VALUE_LIST && i < arg->v.n; i++)
			for (uint32_t k = 0; k < 2; k++)
				add_value(h, as_written(&arg->node->kid[i].kid[k], arg->v.list[i].list[k]));
		return;
	case PARAM_MAP:
		if (arg->given && !arg->null)
			add_tree(h, arg->node, arg->v);
		return;
	case PARAM_VALUE:
	case PARAM_REAL:
	case PARAM_INTEGER:
		add_value(h, arg->given ? as_written(arg->node, arg->v) : VALUE_NONE);
		return;
	}
}

/* What a name means is part of what the check says. */
void
check_hash_own(struct hasher *h, const struct own_expectation *own)
{
	add_expression(h, own->expr);
	hasher_add_i64(h, (int64_t)own->nexec);
	for (size_t i = 0; i < own->nexec; i++)
		hasher_add(h, own->exec[i]);
	hasher_add(h, own->exec_hash);
	for (size_t i = 0; i < own->nparam; i++) {
		const struct node *n = own->param[i].dflt;
		AUTO(arena) a = arena_new();

		hasher_add_i64(h, n != NULL);
		if (n != NULL)
			add_tree(h, n, node_value(a, n));
	}
}

static void
add_threshold(struct hasher *h, const struct threshold *t)
{
	hasher_add_i64(h, t->set);
	if (!t->set)
		return;
	hasher_add_i64(h, (t->percent << 2) | (t->between << 1) | t->negate);
	hasher_add_i64(h, t->op);
	add_value(h, value_real(t->value));
	add_value(h, value_real(t->value2));
	if (t->end.strict || t->end2.strict)
		hasher_add_i64(h, 4 | (t->end.strict << 1) | t->end2.strict);
	if (threshold_is_relative(t))
		for (int i = 0; i < 2; i++) {
			const struct threshold_end *end = i == 0 ? &t->end : &t->end2;

			hasher_add_i64(h, (end->last_good << 1) | end->share);
			add_value(h, value_real(end->add));
		}
}

bool
check_hash_rows(const struct check *c, struct hasher *h)
{
	if (c->asset == NULL || (c->asset->where.n == 0 && c->asset->query.n == 0))
		return false;
	hasher_add(h, SV("rows"));
	add_expression(h, c->asset->where);
	add_expression(h, c->asset->query);
	return true;
}

static void
add_reading(struct hasher *h, const struct asset *asset)
{
	char type[TYPE_TEXT_MAX];

	hasher_add(h, asset->format);
	hasher_add(h, asset->table);
	hasher_add(h, asset->query);
	hasher_add(h, asset->where);
	hasher_add_i64(h, asset->csv.delimiter);
	hasher_add_i64(h, asset->csv.quote);
	hasher_add_i64(h, asset->csv.header);
	hasher_add_i64(h, (int64_t)asset->csv.nnull);
	for (size_t i = 0; i < asset->csv.nnull; i++)
		hasher_add(h, asset->csv.null[i]);
	for (size_t i = 0; i < asset->ncolumn; i++) {
		const struct column_decl *c = &asset->column[i];

		if (c->type.kind == TYPE_ANY)
			continue;
		hasher_add(h, c->name);
		hasher_add(h, sv_of(type_text(c->type, type)));
		hasher_add(h, c->type.zone != NULL ? sv_of(tz_name(c->type.zone)) : SV(""));
	}
}

void
check_hash(struct check *c)
{
	struct hasher h;

	hasher_init(&h);
	hasher_add(&h, SV("check 1"));
	if (c->expectation == NULL || c->err.code != ERR_NONE) {
		hasher_add(&h, c->written_name);
		hasher_add(&h, c->kwargs);
	} else {
		hasher_add(&h, sv_of(c->expectation->name));
		if (c->expectation->own != NULL)
			check_hash_own(&h, c->expectation->own);
		for (uint32_t i = 0; i < c->expectation->nparams; i++)
			add_arg(&h, &c->expectation->params[i], &c->arg[i]);
	}
	for (uint32_t i = 0; i < c->nmember; i++) {
		check_hash(&c->member[i]);
		hasher_add(&h, sv_of(c->member[i].hash));
	}
	add_expression(&h, c->where);
	for (uint32_t i = 0; i < c->nby; i++) {
		hasher_add(&h, SV("by"));
		hasher_add(&h, c->by[i]);
	}
	add_value(&h, value_real(c->mostly));
	add_threshold(&h, &c->warn);
	add_threshold(&h, &c->fail);
	hasher_add_i64(&h, c->severity);
	if (c->asset != NULL)
		add_reading(&h, c->asset);
	hasher_end(&h, c->hash);
}
