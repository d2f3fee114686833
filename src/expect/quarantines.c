/*
 * What would go wrong with failing rows although each place by itself is fine: the rows of one asset would take the place of another's, or be read
 * as its data.  What stands for {date} and the like is known when rows are written, and looked at again then (run/quarantine_places.c).
 */
#include "expect/data_places.h"
#include "expect/expect.h"

struct writing {
	struct arena *a;
	struct data_places *data;
	struct map file; /* path, resolved -> const struct asset *: whose failing rows it has */
	struct diags *d;
};

struct sv
check_own_id(const struct check *c)
{
	const struct asset *asset = c->asset;

	return asset != NULL && sv_starts(c->id, asset->key) && c->id.n > asset->key.n
	               ? sv_skip(c->id, asset->key.n + 1)
	               : c->id;
}

static void
look_at(struct writing *w, const struct check *c)
{
	const struct quarantine_decl *q = c->quarantine;
	/* Those of the run are the same for all. */
	const struct sv word[QUARANTINE_WORDS] = {
		[WORD_ASSET] = c->asset->key,       [WORD_CHECK] = check_own_id(c), [WORD_DATE] = SV("date"),
		[WORD_PARTITION] = SV("partition"), [WORD_RUN_ID] = SV("run"),
	};
	const struct sv table = quarantine_name(w->a, q->table, word);
	struct sv file;
	const struct asset *other = data_places_at(w->data, w->a, quarantine_name(w->a, q->to, word), table,
	                                           &file);
	const struct asset *before = table.n > 0 ? NULL : map_get(&w->file, file);

	if (other != NULL) {
		diag_error(w->d, q->loc, "failing rows that are written there would be data of '" SV_FMT "'",
		           SV_ARG(other->key));
		diag_hint(w->d, "write them into a folder of their own");
		return;
	}
	if (before != NULL && before != c->asset) {
		diag_error(w->d, q->loc,
		           "the failing rows of '" SV_FMT "' would take the place of those of '" SV_FMT "'",
		           SV_ARG(c->asset->key), SV_ARG(before->key));
		diag_hint(w->d, "put {asset} into the name");
	}
	if (table.n == 0)
		(void)map_set(&w->file, file, (void *)(uintptr_t)c->asset);
}

static bool
has_any(const struct catalog *c, const struct checks *checks)
{
	for (size_t i = 0; i < c->nasset; i++)
		for (size_t k = 0; k < checks[i].n; k++)
			if (checks[i].v[k].quarantine != NULL)
				return true;
	return false;
}

void
quarantines_check(struct arena *a, const struct catalog *c, const struct checks *checks, struct diags *d)
{
	struct writing w = {.a = a, .d = d};
	const struct quarantine_decl *last = NULL;

	if (!has_any(c, checks))
		return;
	w.data = data_places_new(a, c);
	map_init(&w.file, a);
	for (size_t i = 0; i < c->nasset; i++)
		for (size_t k = 0; k < checks[i].n; k++) {
			const struct check *one = &checks[i].v[k];

			/* What an asset says for all its checks is one place, unless these have names of their own. */
			if (one->quarantine == NULL || one->err.code != ERR_NONE ||
			    (one->quarantine == last && !quarantine_varies(last, WORD_CHECK)))
				continue;
			last = one->quarantine;
			look_at(&w, one);
		}
}
