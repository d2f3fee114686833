#include "scan/recast.h"

#include <stdlib.h>

#include "base/num.h"

struct recast {
	const struct column *c;
	struct arena *a; /* texts that are made */
	struct vector v;
	uint64_t valid[BITMAP_WORDS(VECTOR_ROWS)], error[BITMAP_WORDS(VECTOR_ROWS)];
	uint64_t bits[BITMAP_WORDS(VECTOR_ROWS)];
	void *data;
	struct sv *raw;
};

struct recast *
recast_new(const struct column *c)
{
	struct recast *r = xcalloc(1, sizeof(*r));

	r->c = c;
	r->a = arena_new();
	r->data = xcalloc(VECTOR_ROWS, sizeof(__int128));
	r->raw = xcalloc(VECTOR_ROWS, sizeof(*r->raw));
	return r;
}

void
recast_free(struct recast *r)
{
	if (r == NULL)
		return;
	arena_free(r->a);
	free(r->data);
	free(r->raw);
	free(r);
}

static struct sv
text_of(struct arena *a, struct value v)
{
	struct buf text;
	struct sv ret;

	if (v.kind == VALUE_TEXT || v.kind == VALUE_BINARY)
		return v.s;
	buf_init(&text, 1 << 16);
	(void)value_to_text(v, &text);
	ret = arena_sv(a, buf_sv(&text));
	buf_fini(&text);
	return ret;
}

static bool
is_time(struct value v)
{
	return v.kind == VALUE_DATE || v.kind == VALUE_TIME || v.kind == VALUE_TIMETZ;
}

/* Into a string everything but bytes goes; a number is no time, whatever epoch is meant; bytes are nothing but bytes. */
static bool
fits(struct recast *r, struct value v, struct value *ret)
{
	struct type t = r->c->type;

	if (t.kind == TYPE_STRING) {
		*ret = value_text(text_of(r->a, v));
		return v.kind != VALUE_BINARY;
	}
	if (t.kind == TYPE_BINARY) {
		*ret = (struct value){.kind = VALUE_BINARY, .s = v.s};
		return v.kind == VALUE_TEXT || v.kind == VALUE_BINARY;
	}
	if (v.kind == VALUE_TEXT)
		return value_parse(t, v.s, ret);
	return v.kind != VALUE_BINARY && type_is_temporal(t) == is_time(v) && value_cast(t, v, ret);
}

static enum rep
rep_of(struct type t)
{
	switch (t.kind) {
	case TYPE_BOOLEAN:
		return REP_BITS;
	case TYPE_NUMBER:
		return REP_F64;
	case TYPE_DECIMAL:
		return REP_I128;
	case TYPE_STRING:
	case TYPE_BINARY:
		return REP_TEXT;
	default:
		return REP_I64;
	}
}

static void
put(struct recast *r, uint32_t i, struct value v)
{
	switch (r->v.rep) {
	case REP_BITS:
		if (v.b)
			bit_set(r->bits, i);
		break;
	case REP_F64:
		((double *)r->data)[i] = v.r;
		break;
	case REP_I128:
		((__int128 *)r->data)[i] = v.d.coeff;
		break;
	case REP_TEXT:
		((struct sv *)r->data)[i] = v.s;
		break;
	default:
		((int64_t *)r->data)[i] = v.i;
		break;
	}
	bit_set(r->valid, i);
}

const struct vector *
recast(struct recast *r, const struct vector *v)
{
	bool any = false;

	arena_reset(r->a);
	memset(r->valid, 0, sizeof(r->valid));
	memset(r->error, 0, sizeof(r->error));
	memset(r->bits, 0, sizeof(r->bits));
	r->v = (struct vector){.rep = rep_of(r->c->type),
	                       .type = r->c->type,
	                       .rows = v->rows,
	                       .valid = r->valid,
	                       .raw = r->raw};
	if (r->v.rep == REP_BITS)
		r->v.bits = r->bits;
	else
		r->v.i64 = r->data;
	for (uint32_t i = 0; i < v->rows; i++) {
		struct value stored = vector_value(v, i), fit;

		if (v->error != NULL && bit_get(v->error, i)) {
			r->raw[i] = v->raw != NULL ? v->raw[i] : SV("");
		} else if (stored.kind == VALUE_NULL) {
			continue;
		} else if (fits(r, stored, &fit)) {
			if (fit.kind != VALUE_NULL)
				put(r, i, fit);
			continue;
		} else {
			r->raw[i] = text_of(r->a, stored);
		}
		bit_set(r->error, i);
		any = true;
	}
	r->v.error = any ? r->error : NULL;
	return &r->v;
}
