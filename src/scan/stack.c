#include "scan/stack.h"

enum {
	WORDS = BITMAP_WORDS(VECTOR_ROWS),
	DECIMAL_I64 = 18, /* digits that 64 bits hold */
	SHOWN_MAX = 1 << 20
};

void
stack_init(struct stack *s, struct arena *a, const struct column *c, bool presence)
{
	*s = (struct stack){.column = c, .presence = presence};
	s->value = ARENA_ARRAY(a, struct value, VECTOR_ROWS);
	s->raw = ARENA_ARRAY(a, struct sv, VECTOR_ROWS);
	s->data = ARENA_ARRAY(a, __int128, VECTOR_ROWS);
}

static enum rep
rep_of(struct type t)
{
	switch (t.kind) {
	case TYPE_BOOLEAN:
		return REP_BITS;
	case TYPE_NUMBER:
		return REP_F64;
	case TYPE_STRING:
	case TYPE_BINARY:
		return REP_TEXT;
	case TYPE_DECIMAL:
		return t.precision >= 1 && t.precision <= DECIMAL_I64 ? REP_I64 : REP_I128;
	case TYPE_INTEGER:
	case TYPE_DATE:
	case TYPE_TIMESTAMP:
	case TYPE_TIMESTAMPTZ:
		return REP_I64;
	default:
		return REP_VALUE;
	}
}

static void
pack_value(struct vector *v, uint32_t i, struct value x)
{
	switch (v->rep) {
	case REP_BITS:
		if (x.b)
			bit_set(v->bits, i);
		break;
	case REP_I64:
		v->i64[i] = x.kind == VALUE_DECIMAL ? (int64_t)x.d.coeff : x.i;
		break;
	case REP_I128:
		v->i128[i] = x.d.coeff;
		break;
	case REP_F64:
		v->f64[i] = x.r;
		break;
	default:
		v->text[i] = x.s;
	}
}

/* For messages and samples: what stands where a value does not fit. */
static void
show_misfits(struct stack *s, uint32_t rows, struct arena *a)
{
	for (uint32_t i = 0; i < rows; i++) {
		struct buf text;

		if (!bit_get(s->bad, i))
			continue;
		if (s->value[i].kind == VALUE_TEXT) {
			s->raw[i] = s->value[i].s;
			continue;
		}
		buf_init(&text, SHOWN_MAX);
		(void)value_to_text(s->value[i], &text);
		s->raw[i] = arena_sv(a, buf_sv(&text));
		buf_fini(&text);
	}
	s->v.raw = s->raw;
}

void
stack_pack(struct stack *s, uint32_t rows, struct arena *a)
{
	const struct column *c = s->column;
	uint64_t any = 0;

	s->v = (struct vector){.rep = REP_PRESENCE, .type = c->type, .rows = rows, .valid = s->valid};
	if (s->presence)
		return;
	for (size_t w = 0; w < WORDS; w++)
		any |= s->bad[w];
	s->v.rep = any != 0 && !c->declared ? REP_VALUE : rep_of(c->type);
	s->v.i64 = s->data;
	if (any != 0 && c->declared) {
		s->v.error = s->bad;
		show_misfits(s, rows, a);
	}
	if (s->v.rep == REP_VALUE) {
		for (size_t w = 0; w < WORDS && !c->declared; w++)
			s->valid[w] |= s->bad[w];
		s->v.type = (struct type){.kind = TYPE_VARIANT};
		s->v.value = s->value;
		return;
	}
	memset(s->data, 0, VECTOR_ROWS * sizeof(__int128));
	for (uint32_t i = 0; i < rows; i++)
		if (bit_get(s->valid, i))
			pack_value(&s->v, i, s->value[i]);
}

void
stack_clear(struct stack *s, uint32_t rows)
{
	memset(s->valid, 0, sizeof(s->valid));
	memset(s->bad, 0, sizeof(s->bad));
	memset(s->value, 0, rows * sizeof(struct value));
}
