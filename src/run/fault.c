#include "run/fault.h"

const struct fault *const faults[] = {
	&fault_null_some,   &fault_null_all,    &fault_empty_text,     &fault_truncated,  &fault_case,
	&fault_padded,      &fault_mojibake,    &fault_category,       &fault_as_text,    &fault_unit_up,
	&fault_unit_down,   &fault_sign,        &fault_outlier,        &fault_rounded,    &fault_zone,
	&fault_day,         &fault_future,      &fault_key_twice,      &fault_row_swap,   &fault_row_shift,
	&fault_column_swap, &fault_column_lost, &fault_column_renamed, &fault_rows_twice, &fault_half_lost,
	&fault_all_lost,    &fault_repeated,    &fault_stale,
};
const size_t fault_count = LEN(faults);

const struct fault *
fault_find(struct sv name)
{
	for (size_t i = 0; i < fault_count; i++)
		if (sv_is(name, faults[i]->name))
			return faults[i];
	return NULL;
}

const char *const *
fault_names(struct arena *a, size_t *n)
{
	const char **names = ARENA_ARRAY(a, const char *, fault_count);

	for (size_t i = 0; i < fault_count; i++)
		names[i] = faults[i]->name;
	*n = fault_count;
	return names;
}

/* Steele, Lea, Flood: "Fast Splittable Pseudorandom Number Generators" (2014), the k-th number of a seed. */
uint64_t
fault_random(const struct planting *p, uint64_t k)
{
	return hash64_u64(p->seed + (k + 1) * UINT64_C(0x9e3779b97f4a7c15));
}

const uint64_t *
fault_pick(const struct planting *p, int64_t n)
{
	uint64_t *bits = ARENA_ARRAY(p->a, uint64_t, BITMAP_WORDS(n));
	bool any = false;

	for (int64_t i = 0; i < n; i++)
		if (fault_random(p, (uint64_t)i) % 100 == 0) {
			bit_set(bits, (uint32_t)i);
			any = true;
		}
	if (!any && n > 0)
		bit_set(bits, (uint32_t)(fault_random(p, 0) % (uint64_t)n));
	return bits;
}

struct frame_column *
fault_column(struct planting *p, uint32_t column)
{
	struct frame_column *to = &p->view.col[column];
	const struct frame_column *from = &p->base->col[column];

	*to = frame_column_new(p->a, p->base->rows);
	if (from->kind != NULL && p->base->rows > 0) {
		memcpy(to->kind, from->kind, (size_t)p->base->rows);
		memcpy(to->cell, from->cell, (size_t)p->base->rows * sizeof(*to->cell));
	}
	return to;
}

struct change {
	int64_t row;
	struct value v;
};

/* Each value that it would change, or some of these. */
static int64_t
change_values(const struct fault *f, struct planting *p)
{
	LIST(struct change) all = {0};
	const uint64_t *pick = NULL;
	struct frame_column *to;
	int64_t n = 0;

	for (int64_t i = 0; i < p->base->rows; i++) {
		struct value v = frame_value(p->base, p->column, i), changed;

		if (v.kind == VALUE_NULL || frame_is_misfit(p->base, p->column, i) ||
		    !f->change(p, v, &changed))
			continue;
		*LIST_ADD(p->a, &all) = (struct change){i, changed};
	}
	if (all.n == 0)
		return 0;
	if (f->few)
		pick = fault_pick(p, (int64_t)all.n);
	to = fault_column(p, p->column);
	for (size_t i = 0; i < all.n; i++)
		if (pick == NULL || bit_get(pick, (uint32_t)i)) {
			frame_put(p->a, to, all.v[i].row, all.v[i].v, false);
			n++;
		}
	return n;
}

int64_t
fault_plant(const struct fault *f, struct planting *p)
{
	return f->plant != NULL ? f->plant(p) : change_values(f, p);
}
