#include "metric/ranks.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

enum { DIGIT = 8, DIGITS = 1 << DIGIT };

/* A beginning that wanted keys have in common. */
struct beginning {
	uint64_t prefix;
	int64_t count[DIGITS];
};

struct ranks {
	uint64_t known; /* the bits of the digits that were found */
	int shift;      /* of the digit that is looked for */
	struct beginning *b;
	size_t n;
};

static struct beginning *
find(const struct ranks *r, uint64_t prefix)
{
	size_t lo = 0, hi = r->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (r->b[mid].prefix == prefix)
			return &r->b[mid];
		if (r->b[mid].prefix < prefix)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

void
ranks_look(struct ranks *r, const uint64_t *key, size_t n)
{
	struct beginning *b = &r->b[0];

	if (r->n == 1) {
		for (size_t i = 0; i < n; i++)
			if ((key[i] & r->known) == b->prefix)
				b->count[key[i] >> r->shift & (DIGITS - 1)]++;
		return;
	}
	for (size_t i = 0; i < n; i++) {
		b = find(r, key[i] & r->known);
		if (b != NULL)
			b->count[key[i] >> r->shift & (DIGITS - 1)]++;
	}
}

/* The distinct beginnings: ranks ascend, so do the keys that stand there. */
static void
begin(struct ranks *r, const struct rank *rank, size_t n)
{
	r->n = 0;
	for (size_t i = 0; i < n; i++) {
		if (r->n > 0 && r->b[r->n - 1].prefix == rank[i].key)
			continue;
		memset(&r->b[r->n], 0, sizeof(*r->b));
		r->b[r->n++].prefix = rank[i].key;
	}
}

static void
advance(const struct ranks *r, struct rank *rank, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct beginning *b = find(r, rank[i].key);
		uint64_t digit = 0;

		while (digit < DIGITS - 1 && rank[i].within >= b->count[digit])
			rank[i].within -= b->count[digit++];
		rank[i].key |= digit << r->shift;
	}
}

bool
ranks_find(struct rank *rank, size_t n, bool (*each)(void *ctx, struct ranks *look, struct err *err),
           void *ctx, struct err *err)
{
	struct ranks r = {.b = xmalloc(MAX(n, 1) * sizeof(*r.b))};
	bool ok = n > 0;

	for (size_t i = 0; i < n; i++) {
		rank[i].key = 0;
		rank[i].within = rank[i].rank;
	}
	for (r.shift = 64 - DIGIT; ok && r.shift >= 0; r.shift -= DIGIT) {
		begin(&r, rank, n);
		ok = each(ctx, &r, err);
		if (ok)
			advance(&r, rank, n);
		r.known |= (uint64_t)(DIGITS - 1) << r.shift;
	}
	free(r.b);
	return ok || n == 0;
}
