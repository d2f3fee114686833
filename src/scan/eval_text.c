/* Lengths and patterns. */
#include "scan/eval.h"

bool
eval_length(struct eval *e, const struct expr *x, struct eval_slot *s)
{
	const struct vector *v = eval_arg(e, x->arg[0]);

	if (v == NULL || (v->rep != REP_LENGTH && (v->rep != REP_TEXT || v->type.kind == TYPE_BINARY)))
		return false;
	eval_strict(e, s, REP_I64, x->type, v, NULL);
	if (v->rep == REP_LENGTH) {
		memcpy(s->v.i64, v->i64, e->b->rows * sizeof(int64_t));
		return true;
	}
	for (size_t w = 0; w < BITMAP_WORDS(e->b->rows); w++)
		for (uint64_t mask = s->valid[w]; mask != 0; mask &= mask - 1) {
			size_t i = w * 64 + (size_t)__builtin_ctzll(mask);

			s->v.i64[i] = sv_chars(v->text[i]);
		}
	return true;
}

bool
eval_match(struct eval *e, const struct expr *x, struct eval_slot *s)
{
	const struct vector *v = eval_arg(e, x->arg[0]);

	if (v == NULL || v->rep != REP_TEXT || v->type.kind != TYPE_STRING)
		return false;
	eval_strict(e, s, REP_BITS, x->type, v, NULL);

	struct sv text[VECTOR_ROWS];
	uint16_t row[VECTOR_ROWS];
	uint8_t result[VECTOR_ROWS];
	uint32_t n = 0;

	for (size_t w = 0; w < BITMAP_WORDS(e->b->rows); w++) {
		s->bits[w] = 0;
		for (uint64_t mask = s->valid[w]; mask != 0; mask &= mask - 1) {
			row[n] = (uint16_t)(w * 64 + (size_t)__builtin_ctzll(mask));
			text[n] = v->text[row[n]];
			n++;
		}
	}
	regex_search_many(x->regex, e->scratch, text, n, result);
	for (uint32_t k = 0; k < n; k++)
		switch ((enum regex_result)result[k]) {
		case REGEX_YES:
			bit_set(s->bits, row[k]);
			break;
		case REGEX_NO:
			break;
		case REGEX_LIMIT:
			bit_clear(s->valid, row[k]);
			bit_set(eval_errors(e, s), row[k]);
		}
	return true;
}
