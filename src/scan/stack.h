/*
 * A column of a batch that is stacked up from single values, for whoever has rows and no vectors: a database's cursor, rows in memory.
 *
 * Values that do not fit are errors where the catalog declares the type, else values of their own kind.
 */
#ifndef WEIR_SCAN_STACK_H
#define WEIR_SCAN_STACK_H

#include "expr/schema.h"
#include "metric/vector.h"

struct stack {
	const struct column *column;
	bool presence;       /* null or not is all that is asked */
	struct value *value; /* [VECTOR_ROWS]: of the column's type where it fits, else as stored */
	uint64_t valid[BITMAP_WORDS(VECTOR_ROWS)], bad[BITMAP_WORDS(VECTOR_ROWS)];
	struct vector v;
	void *data; /* what v points to, for VECTOR_ROWS rows of any representation */
	struct sv *raw;
};

/* All rows null. */
void stack_init(struct stack *s, struct arena *a, const struct column *c, bool presence);
/* Row i has a value, which is null or of the column's type; its texts live until the stack is cleared. */
static inline void
stack_put(struct stack *s, uint32_t i, struct value v)
{
	s->value[i] = v;
	if (v.kind != VALUE_NULL)
		bit_set(s->valid, i);
}
/* Row i has one that does not fit. */
static inline void
stack_put_misfit(struct stack *s, uint32_t i, struct value v)
{
	s->value[i] = v;
	bit_set(s->bad, i);
}
/* Makes s->v, which lives until the stack is cleared, as do the texts, which are in a. */
void stack_pack(struct stack *s, uint32_t rows, struct arena *a);
/* Forgets the first `rows` values. */
void stack_clear(struct stack *s, uint32_t rows);

#endif
