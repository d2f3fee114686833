/* The most common values.  Any value may become one of them, so none is dropped: what does not fit waits in a file. */
#include <stdlib.h>

#include "metric/tally_file.h"

struct modes {
	struct value_tally values;
	struct tally_file file;
};

static void
modes_init(void *state, const struct metric *m)
{
	(void)m;
	*(struct modes *)state = (struct modes){.values.keep = UINT32_MAX};
}

static bool
modes_update(void *state, const struct metric *m, const struct metric_batch *b, struct err *err)
{
	struct modes *s = state;

	(void)m, (void)err;
	value_tally_add_vector(&s->values, b->arg[0], b->selected);
	return true;
}

static bool
modes_merge(void *into, void *from, int64_t rows_before, const struct metric *m, struct err *err)
{
	struct modes *s = into, *f = from;

	(void)rows_before, (void)m, (void)err;
	value_tally_merge(&s->values, &f->values);
	value_tally_fini(&f->values);
	tally_file_merge(&s->file, &f->file);
	return true;
}

/* The most common ones so far, and the least `best.keep` of them. */
struct finding {
	int64_t most, modes;
	struct value_tally best;
};

static void
find_modes(void *ctx, struct value_tally *t)
{
	struct finding *f = ctx;

	for (uint32_t i = 0; i < t->n; i++) {
		const struct tally_entry *e = &t->e[i];

		if (e->count < f->most)
			continue;
		if (e->count > f->most) {
			value_tally_fini(&f->best);
			f->modes = 0;
			f->most = e->count;
		}
		f->modes++;
		value_tally_add(&f->best, e->v, e->count);
	}
}

static void
modes_final(void *state, const struct metric *m, struct arena *a, struct metric_value *ret)
{
	struct finding f = {.best.keep = m->params.keep};
	struct modes *s = state;
	bool ok = true;

	if (s->file.nchunk == 0)
		find_modes(&f, &s->values);
	else
		ok = tally_file_add(&s->file, &s->values, NULL, &ret->err) &&
		     tally_file_each(&s->file, find_modes, &f, &ret->err);
	ret->failed = !ok;
	value_tally_sort(&f.best);
	tally_list(f.best.e, f.best.n, a, ret);
	ret->list_cut = f.modes > m->params.keep;
	ret->count = f.most;
	ret->v = value_int(f.modes);
	value_tally_fini(&f.best);
}

/* While a table is made twice as large, there are both. */
static size_t
modes_bytes(const void *state)
{
	const struct modes *s = state;

	return value_tally_bytes(&s->values) + 2 * value_tally_table_bytes(&s->values);
}

static bool
modes_spill(void *state, const struct metric *m, const char *folder, struct err *err)
{
	struct modes *s = state;

	(void)m;
	return tally_file_add(&s->file, &s->values, folder, err);
}

static bool
modes_save(void *state, const struct metric *m, struct buf *b)
{
	struct modes *s = state;

	(void)m;
	return s->file.nchunk == 0 && value_tally_save(&s->values, b);
}

static void
modes_load(void *state, const struct metric *m, uint32_t part, struct unpack *u)
{
	struct modes *s = state;

	(void)m, (void)part;
	value_tally_load(&s->values, u);
}

static void
modes_fini(void *state)
{
	struct modes *s = state;

	value_tally_fini(&s->values);
	tally_file_fini(&s->file);
}

/* count: how often the most common values occur, v: how many such values there are; list: the least params.keep of them, sorted; list_cut. */
const struct metric_kind metric_modes = {
	.name = "modes",
	.doc = "The most common values that are not null.",
	.class = STATE_SPILLING,
	.min_args = 1,
	.max_args = 1,
	.state_size = sizeof(struct modes),
	.need = NEED_VALUE,
	.init = modes_init,
	.update = modes_update,
	.merge = modes_merge,
	.final = modes_final,
	.bytes = modes_bytes,
	.spill = modes_spill,
	.fini = modes_fini,
	.save = modes_save,
	.load = modes_load,
};
