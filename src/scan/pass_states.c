#include "scan/pass_states.h"

#include <stdlib.h>

void *
states_at(const struct states *b, uint32_t i)
{
	return b->state + b->plan->metric[i].offset;
}

bool
states_holds(const struct states *b, uint32_t i)
{
	return b->plan->metric[i].ordered == b->ordered;
}

void
states_init(struct states *b, const struct pass_plan *p, bool ordered)
{
	*b = (struct states){.plan = p, .ordered = ordered};
	b->state = xcalloc(1, MAX(ordered ? p->ordered_size : p->unordered_size, 1));
	b->failed = xcalloc(MAX(p->n, 1), sizeof(struct err *));
	if (ordered)
		b->tally = xcalloc(MAX(p->n, 1), sizeof(*b->tally));
	for (uint32_t i = 0; i < p->n; i++)
		if (states_holds(b, i))
			p->metric[i].m->kind->init(states_at(b, i), p->metric[i].m);
}

void
states_fini(struct states *b)
{
	if (b->plan == NULL)
		return;
	for (uint32_t i = 0; i < b->plan->n; i++) {
		const struct metric_kind *kind = b->plan->metric[i].m->kind;

		if (states_holds(b, i) && kind->fini != NULL)
			kind->fini(states_at(b, i));
		free(b->failed[i]);
	}
	free(b->state);
	free(b->failed);
	free(b->tally);
	*b = (struct states){0};
}

void
states_fail(struct states *b, uint32_t i, const struct err *err)
{
	const struct metric_kind *kind = b->plan->metric[i].m->kind;

	if (b->failed[i] != NULL)
		return;
	b->failed[i] = xmalloc(sizeof(*err));
	*b->failed[i] = *err;
	if (!states_holds(b, i))
		return;
	if (kind->fini != NULL)
		kind->fini(states_at(b, i));
	memset(states_at(b, i), 0, kind->state_size);
	kind->init(states_at(b, i), b->plan->metric[i].m);
}

static size_t
states_bytes(const struct states *b, uint32_t i)
{
	const struct metric_kind *kind = b->plan->metric[i].m->kind;

	return states_holds(b, i) && kind->bytes != NULL ? kind->bytes(states_at(b, i)) : 0;
}

/* To disk with the largest state, where that helps; else it goes, so that the small ones beside it stay. */
static void
relieve(struct states *b, uint32_t i, size_t limit)
{
	const struct metric *m = b->plan->metric[i].m;
	size_t before = states_bytes(b, i);
	struct err err;

	if (m->kind->spill != NULL) {
		if (!m->kind->spill(states_at(b, i), m, b->plan->spill_folder, &err)) {
			states_fail(b, i, &err);
			return;
		}
		if (states_bytes(b, i) <= before / 2)
			return;
	}
	err_set(&err, ERR_LIMIT, NOWHERE, "%s needs more memory than its share of %zu %s", m->kind->name,
	        limit >> (limit < 1 << 20 ? 10 : 20), limit < 1 << 20 ? "KiB" : "MiB");
	err_hint(&err, "Give more with --memory, or check less: add a where, or fewer distinct columns.");
	states_fail(b, i, &err);
}

void
states_enforce(struct states *b, size_t limit)
{
	for (;;) {
		size_t total = 0, most = 0;
		uint32_t largest = 0;

		for (uint32_t i = 0; i < b->plan->n; i++) {
			size_t bytes = states_bytes(b, i);

			total += bytes;
			if (bytes > most) {
				most = bytes;
				largest = i;
			}
		}
		if (total <= limit || most == 0)
			return;
		relieve(b, largest, limit);
	}
}
