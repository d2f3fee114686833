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
	for (size_t w = 0; w < BITMAP_WORDS(e->b->rows); w++) {
		s->bits[w] = 0;
		for (uint64_t mask = s->valid[w]; mask != 0; mask &= mask - 1) {
			uint32_t i = (uint32_t)(w * 64) + (uint32_t)__builtin_ctzll(mask);

			switch (regex_search(x->regex, e->scratch, v->text[i])) {
			case REGEX_YES:
				bit_set(s->bits, i);
				break;
			case REGEX_NO:
				break;
			case REGEX_LIMIT:
				bit_clear(s->valid, i);
				bit_set(eval_errors(e, s), i);
			}
		}
	}
	return true;
}
