/*
 * Columns coded by a dictionary.
 *
 *	entries  paid open NULL          index  0 0 1 0 ~
 *	x = …     t    f    ~      ─►    x      t t f t ~
 *
 * The last place of a table is what the expression makes of null.  A table is made of one dictionary and serves all batches of its block.
 */
#include <stdlib.h>

#include "scan/eval.h"

enum { ENTRIES_MAX = 1 << 20 }; /* more are no dictionary that pays */

/* What became of an entry; bits of `code`. */
enum { CODE_TRUE = 1, CODE_VALID = 2, CODE_ERROR = 4 };

struct eval_table {
	const struct vector *dict;
	uint64_t dictionaries;
	bool usable;
	uint32_t n; /* entries and null */
	enum rep rep;
	struct type type;
	uint8_t seen; /* codes of all entries, or-ed: of booleans CODE_TRUE and 8 for false */
	uint8_t *code;
	void *data; /* of other representations than bits */
	size_t size;
	struct arena *a; /* texts */
	const struct vector **column;
	uint32_t ncolumn;
};

enum { SEEN_FALSE = 8, SEEN_NULL = 16 };

void
eval_table_free(struct eval_table *t)
{
	if (t == NULL)
		return;
	arena_free(t->a);
	free(t->code);
	free(t->data);
	free(t->column);
	free(t);
}

/* The column, if there is exactly one; *many: there are several. */
static const struct column *
only_column(const struct expr *x, bool *many)
{
	const struct column *ret = NULL;

	if (x->kind == EXPR_COLUMN)
		return x->column;
	for (uint32_t i = 0; i < x->nargs && !*many; i++) {
		const struct column *c = only_column(x->arg[i], many);

		if (c != NULL && ret != NULL && c != ret)
			*many = true;
		if (c != NULL)
			ret = c;
	}
	return *many ? NULL : ret;
}

const struct column *
eval_only_column(struct eval *e, const struct expr *x)
{
	struct eval_slot *s = eval_slot_of(e, x);

	if (!s->only_known) {
		bool many = false;

		s->only = only_column(x, &many);
		s->only_known = true;
	}
	return s->only;
}

/* Making a table ------------------------------------------------------------------------------------------ */

/* n entries from one on (a multiple of 64), as a vector of its own. */
static struct vector
slice(const struct vector *dict, uint32_t from, uint32_t n)
{
	struct vector v = *dict;

	v.rows = n;
	v.valid += from / 64;
	if (v.error != NULL)
		v.error += from / 64;
	if (v.raw != NULL)
		v.raw += from;
	if (v.rep == REP_BITS)
		v.bits += from / 64;
	else
		v.i64 = (int64_t *)((char *)v.i64 + from * rep_size(v.rep));
	return v;
}

static void
put_data(struct eval_table *t, const struct vector *v, uint32_t from)
{
	size_t size = rep_size(t->rep);

	if (t->rep == REP_BITS)
		return;
	memcpy((char *)t->data + from * size, v->i64, v->rows * size);
	/* What was made lives no longer than its batch. */
	for (uint32_t i = 0; i < v->rows; i++) {
		if (!bit_get(v->valid, i))
			continue;
		if (t->rep == REP_TEXT)
			((struct sv *)t->data)[from + i] = arena_sv(t->a, v->text[i]);
		else if (t->rep == REP_VALUE)
			((struct value *)t->data)[from + i] = value_copy(t->a, v->value[i]);
	}
}

static bool
put_results(struct eval_table *t, const struct vector *v, uint32_t from)
{
	if (from == 0) {
		t->rep = v->rep;
		t->type = v->type;
		t->size = (size_t)t->n * MAX(rep_size(v->rep), 1);
		free(t->data);
		t->data = rep_size(v->rep) > 0 ? xcalloc(t->size, 1) : NULL;
	} else if (v->rep != t->rep) {
		return false;
	}
	for (uint32_t i = 0; i < v->rows; i++) {
		uint8_t code = 0;

		if (v->error != NULL && bit_get(v->error, i))
			code = CODE_ERROR;
		else if (bit_get(v->valid, i))
			code = v->rep == REP_BITS && bit_get(v->bits, i) ? CODE_VALID | CODE_TRUE
			                                                 : CODE_VALID;
		t->code[from + i] = code;
		if (from + i + 1 < t->n)
			t->seen |= code | (code == CODE_VALID ? SEEN_FALSE : 0) | (code == 0 ? SEEN_NULL : 0);
	}
	put_data(t, v, from);
	return true;
}

static bool
evaluate(struct eval *e, const struct expr *x, struct eval_table *t, const struct column *c,
         const struct vector *entries, uint32_t from)
{
	const struct batch b = {.rows = entries->rows, .column = t->column, .ncolumn = c->index + 1};
	const struct vector *v;

	t->column[c->index] = entries;
	eval_batch(e->entries, &b);
	return eval_expr(e->entries, x, &v, NULL) && v->rep != REP_PRESENCE && put_results(t, v, from);
}

static bool
fill(struct eval *e, const struct expr *x, struct eval_table *t, const struct column *c)
{
	uint64_t none = 0;
	struct vector v;

	for (uint32_t from = 0; from < t->dict->rows; from += VECTOR_ROWS) {
		v = slice(t->dict, from, MIN(t->dict->rows - from, VECTOR_ROWS));
		if (!evaluate(e, x, t, c, &v, from))
			return false;
	}
	v = slice(t->dict, 0, 1);
	v.valid = &none;
	v.error = NULL;
	return evaluate(e, x, t, c, &v, t->dict->rows);
}

static struct eval_table *
table_of(struct eval *e, const struct expr *x, struct eval_slot *s, const struct column *c,
         const struct vector *dict, uint64_t dictionaries)
{
	struct eval_table *t = s->table;

	if (t != NULL && t->dict == dict && t->dictionaries == dictionaries)
		return t;
	if (t == NULL) {
		t = s->table = xcalloc(1, sizeof(*t));
		t->a = arena_new();
		t->ncolumn = c->index + 1;
		t->column = xcalloc(t->ncolumn, sizeof(struct vector *));
	}
	if (e->entries == NULL)
		e->entries = eval_new();
	eval_set_values(e->entries, e->values);
	arena_reset(t->a);
	t->dict = dict;
	t->dictionaries = dictionaries;
	t->n = dict->rows + 1;
	t->seen = 0;
	free(t->code);
	t->code = xcalloc(t->n, 1);
	t->usable = dict->rep != REP_PRESENCE && dict->rows > 0 && fill(e, x, t, c);
	return t;
}

/* Gathering ----------------------------------------------------------------------------------------------- */

static void
gather_codes(struct eval *e, struct eval_slot *s, const struct eval_table *t, const struct vector *v)
{
	uint64_t errors = 0;

	for (size_t w = 0; w < BITMAP_WORDS(e->b->rows); w++) {
		uint32_t n = MIN(e->b->rows - (uint32_t)w * 64, 64U);
		uint64_t there = v->valid[w], yes = 0, valid = 0, error = 0;

		for (uint32_t j = 0; j < n; j++) {
			uint64_t code = t->code[there >> j & 1 ? v->index[w * 64 + j] : t->n - 1];

			yes |= (code & 1) << j;
			valid |= (code >> 1 & 1) << j;
			error |= (code >> 2) << j;
		}
		s->valid[w] = valid;
		if (t->rep == REP_BITS)
			s->bits[w] = yes;
		if ((error | errors) == 0)
			continue;
		if (errors == 0)
			(void)eval_errors(e, s);
		errors |= error;
		s->v.error[w] = error;
	}
}

#define GATHER(field)                       \
	for (uint32_t i = 0; i < rows; i++) \
	to->field[i] = from->field[bit_get(valid, i) ? index[i] : null]

/* `null` is a row of `from` to take where there is none. */
static void
gather_data(struct vector *to, const struct vector *from, const uint64_t *valid, const uint32_t *index,
            uint32_t null)
{
	uint32_t rows = to->rows;

	switch (to->rep) {
	case REP_I64:
	case REP_LENGTH:
		GATHER(i64);
		break;
	case REP_I128:
		GATHER(i128);
		break;
	case REP_F64:
		GATHER(f64);
		break;
	case REP_TEXT:
		GATHER(text);
		break;
	case REP_VALUE:
		GATHER(value);
		break;
	case REP_BITS:
	case REP_PRESENCE:
		break;
	}
}

bool
eval_by_entry(struct eval *e, const struct expr *x, struct eval_slot *s)
{
	const struct column *c = eval_only_column(e, x);
	const struct vector *v = c != NULL && c->index < e->b->ncolumn ? e->b->column[c->index] : NULL;
	const struct eval_table *t;

	if (v == NULL || v->dict == NULL || v->dict->rows > ENTRIES_MAX)
		return false;
	t = table_of(e, x, s, c, v->dict, e->b->dictionaries);
	if (!t->usable)
		return false;
	eval_out(e, s, t->rep, t->type);
	gather_codes(e, s, t, v);
	if (t->rep != REP_BITS) {
		struct vector from = {.rep = t->rep};

		from.i64 = t->data;
		gather_data(&s->v, &from, v->valid, v->index, t->n - 1);
	}
	return true;
}

bool
eval_entries(struct eval *e, const struct expr *x, const struct vector *dict, uint64_t dictionaries,
             struct entries_truth *ret)
{
	const struct column *c = eval_only_column(e, x);
	const struct eval_table *t;
	uint8_t null;

	if (c == NULL || dict->rows > ENTRIES_MAX)
		return false;
	t = table_of(e, x, eval_slot_of(e, x), c, dict, dictionaries);
	if (!t->usable || t->rep != REP_BITS)
		return false;
	null = t->code[t->n - 1];
	*ret = (struct entries_truth){
		.yes = (t->seen & CODE_TRUE) != 0,
		.no = (t->seen & SEEN_FALSE) != 0,
		.null = (t->seen & SEEN_NULL) != 0,
		.error = (t->seen & CODE_ERROR) != 0,
		.null_yes = null == (CODE_VALID | CODE_TRUE),
		.null_no = null == CODE_VALID,
		.null_null = null == 0,
	};
	return true;
}

bool
eval_entries_usable(struct eval *e, const struct expr *x, const struct vector *dict, uint64_t dictionaries)
{
	const struct column *c = eval_only_column(e, x);
	const struct eval_table *t;

	if (c == NULL || dict->rows == 0 || dict->rows > ENTRIES_MAX || dict->rep == REP_PRESENCE)
		return false;
	if (x->kind == EXPR_COLUMN)
		return dict->error == NULL;
	t = table_of(e, x, eval_slot_of(e, x), c, dict, dictionaries);
	return t->usable && (t->seen & CODE_ERROR) == 0 && t->code[t->n - 1] != CODE_ERROR;
}

void
eval_entries_values(struct eval *e, const struct expr *x, const struct vector *dict, uint64_t dictionaries,
                    uint32_t from, struct entries_values *ret)
{
	uint32_t n = from < dict->rows ? MIN(dict->rows - from, VECTOR_ROWS) : 1;
	const struct eval_table *t;

	memset(ret->valid, 0, sizeof(ret->valid));
	if (x->kind == EXPR_COLUMN) {
		ret->v = slice(dict, from < dict->rows ? from : 0, n);
		if (from >= dict->rows)
			ret->v.valid = ret->valid;
		return;
	}
	t = table_of(e, x, eval_slot_of(e, x), eval_only_column(e, x), dict, dictionaries);
	memset(ret->bits, 0, sizeof(ret->bits));
	for (uint32_t i = 0; i < n; i++) {
		ret->valid[i / 64] |= (uint64_t)(t->code[from + i] >> 1 & 1) << (i % 64);
		ret->bits[i / 64] |= (uint64_t)(t->code[from + i] & 1) << (i % 64);
	}
	ret->v = (struct vector){.rep = t->rep, .type = t->type, .rows = n, .valid = ret->valid};
	if (t->rep == REP_BITS)
		ret->v.bits = ret->bits;
	else
		ret->v.i64 = (int64_t *)((char *)t->data + from * rep_size(t->rep));
}

/* Rows of the plain vector that are null or could not be computed, though the row has an entry: the entry is. */
static void
plain_bits(struct eval *e, struct eval_slot *s, const struct vector *v)
{
	const struct vector *d = v->dict;

	for (uint32_t i = 0; i < v->rows; i++) {
		if (!bit_get(v->valid, i))
			continue;
		if (bit_get(d->valid, v->index[i]))
			bit_set(s->valid, i);
		else if (d->error != NULL && bit_get(d->error, v->index[i]))
			bit_set(eval_errors(e, s), i);
		if (d->rep == REP_BITS && bit_get(d->bits, v->index[i]))
			bit_set(s->bits, i);
	}
}

const struct vector *
eval_plain(struct eval *e, const struct expr *x, const struct vector *v)
{
	struct eval_slot *s;

	if (v->dict == NULL)
		return v;
	s = eval_slot_of(e, x);
	if (s->batch == e->batch)
		return &s->v;
	s->batch = e->batch;
	eval_out(e, s, v->dict->rep, v->dict->type);
	if (s->v.rep == REP_BITS)
		memset(s->bits, 0, EVAL_WORDS * sizeof(*s->bits));
	plain_bits(e, s, v);
	if (v->dict->rows > 0)
		gather_data(&s->v, v->dict, v->valid, v->index, 0);
	return &s->v;
}
