#include "run/quarantine.h"

#include <stdlib.h>

#include "base/fs.h"
#include "run/quarantine_places.h"
#include "run/quarantine_write.h"

/* Where rows go: checks that name the same place share it. */
struct destination {
	const struct quarantine_form *form;
	struct quarantine_place place;
	struct quarantine_writer *writer; /* NULL: no row came yet */
	int64_t limit;                    /* 0 = none */
	bool keep_pii, cut;
	int64_t rows; /* written */
	struct err err;
};

struct judged {
	size_t at; /* in the results */
	const struct check *check;
	struct destination *to;
	int64_t unexpected;
	int64_t found, written;
};

struct quarantine {
	struct arena *a;
	struct workspace *w;
	struct sv word[QUARANTINE_WORDS];
	struct sv key, partition;
	struct sv owner; /* of the places: both of these */
	int64_t at_us;
	struct err err; /* nothing can be written */
	LIST(struct destination *) to;
	LIST(struct judged) judged;
	LIST(struct failing_check) failing;
	/* while rows are collected */
	const struct dataset *d;
	const struct column *const *col;
	uint32_t ncol;
	struct failing_cell *masked; /* [ncol]: the row as those see it who may not see everything */
	struct sv *name;             /* [judged]: of the checks that a row breaks */
};

/*
 * Places
 * ----------------------------------------------------------------------------------------------------------
 */

struct quarantine *
quarantine_new(struct workspace *w, const struct asset *asset, const struct partition *p, struct sv key)
{
	struct quarantine *q = xcalloc(1, sizeof(*q));
	char date[RFC3339_MAX];

	q->a = arena_new();
	q->w = w;
	q->key = asset != NULL ? asset->key : key;
	q->partition = p != NULL ? p->key : (struct sv){0};
	q->owner = p != NULL ? arena_svf(q->a, SV_FMT " " SV_FMT, SV_ARG(q->key), SV_ARG(p->key)) : q->key;
	q->at_us = clock_now_us(w->clock);
	q->word[WORD_ASSET] = q->key;
	q->word[WORD_PARTITION] = p != NULL ? p->key : SV("all");
	q->word[WORD_RUN_ID] = arena_sv(q->a, sv_of(w->run_id));
	q->word[WORD_DATE] = arena_sv(q->a,
	                              (struct sv){rfc3339_seconds(q->at_us, date), sizeof("2024-01-31") - 1});
	if (w->run_id[0] == '\0')
		err_set(&q->err, ERR_INTERNAL, NOWHERE, "failing rows are of no run");
	return q;
}

void
quarantine_free(struct quarantine *q)
{
	if (q == NULL)
		return;
	for (size_t i = 0; i < q->to.n; i++)
		if (q->to.v[i]->writer != NULL)
			q->to.v[i]->form->free(q->to.v[i]->writer);
	arena_free(q->a);
	free(q);
}

static const struct quarantine_form *
form_of(const struct quarantine_decl *d, struct sv path)
{
	if (d->table.n > 0)
		return &quarantine_sqlite;
	return path.n > 6 && sv_ieq(sv_skip(path, path.n - 6), sv_of(quarantine_jsonl.ending))
	               ? &quarantine_jsonl
	               : &quarantine_csv;
}

static struct destination *
destination_of(struct quarantine *q, const struct check *c)
{
	const struct quarantine_decl *d = c->quarantine;
	struct destination *to = NULL;
	struct sv path, table;

	q->word[WORD_CHECK] = check_own_id(c);
	path = quarantine_name(q->a, d->to, q->word);
	table = quarantine_name(q->a, d->table, q->word);
	for (size_t i = 0; i < q->to.n && to == NULL; i++)
		if (sv_is(path, q->to.v[i]->place.path) && sv_ieq(table, q->to.v[i]->place.table))
			to = q->to.v[i];
	if (to == NULL) {
		to = ARENA_NEW(q->a, struct destination);
		*to = (struct destination){.form = form_of(d, path), .keep_pii = true, .err = q->err};
		to->place = (struct quarantine_place){
			.path = arena_str(q->a, path),
			.table = table,
			.loc = d->loc,
			.shown = table.n > 0 ? arena_svf(q->w->a, "sqlite:" SV_FMT "?table=" SV_FMT,
		                                         SV_ARG(path), SV_ARG(table))
		                             : arena_sv(q->w->a, path),
			.run_id = q->word[WORD_RUN_ID],
			.asset = q->key,
			.partition = q->partition,
			.at_us = q->at_us,
		};
		*LIST_ADD(q->a, &q->to) = to;
		if (to->err.code == ERR_NONE && !quarantine_place_take(q->w, q->owner, path, table, &to->err))
			to->err.loc = d->loc;
	}
	/* Of checks that say different things of one place, the stricter holds. */
	to->keep_pii = to->keep_pii && d->pii == PII_KEEP;
	if (d->limit > 0)
		to->limit = to->limit > 0 ? MIN(to->limit, d->limit) : d->limit;
	return to;
}

/*
 * What is to be found
 * ----------------------------------------------------------------------------------------------
 */

void
quarantine_judged(struct quarantine *q, size_t at, const struct check *c, const struct verdict *v)
{
	if (c->quarantine == NULL || v->outcome == OUTCOME_ERROR || v->outcome == OUTCOME_SKIPPED ||
	    !v->has_counts)
		return;
	*LIST_ADD(q->a, &q->judged) = (struct judged){
		.at = at, .check = c, .to = destination_of(q, c), .unexpected = v->unexpected_count};
}

void
quarantine_rows_of(struct quarantine *q, const struct bound *b, const struct verdict *v, uint32_t round)
{
	const struct judged *last = q->judged.n > 0 ? &q->judged.v[q->judged.n - 1] : NULL;

	if (last == NULL || last->check != b->check || !v->has_counts || v->unexpected_count == 0)
		return;
	*LIST_ADD(q->a, &q->failing) = (struct failing_check){
		.bound = b, .check = (uint32_t)(q->judged.n - 1), .round = round};
}

/*
 * Rows
 * -------------------------------------------------------------------------------------------------------------
 */

static bool
starts_a_name(const struct quarantine *q, const char *prefix)
{
	for (uint32_t i = 0; i < q->ncol; i++)
		for (int k = 0; k < ASIDES; k++) {
			struct sv name = q->col[i]->name, p = sv_of(prefix);

			if (name.n == p.n + strlen(aside_names[k]) && sv_ieq((struct sv){name.p, p.n}, p) &&
			    sv_ieq(sv_skip(name, p.n), sv_of(aside_names[k])))
				return true;
		}
	return false;
}

static void
set_columns(struct quarantine *q, const struct schema *s)
{
	const struct column **col = ARENA_ARRAY(q->a, const struct column *, s->n);
	const char *prefix = "weir_";

	for (uint32_t i = 0; i < s->n; i++)
		if (!s->col[i].missing) {
			/* The schema goes with its connection; the places are written to after that. */
			struct column *copy = ARENA_NEW(q->a, struct column);

			*copy = s->col[i];
			copy->name = arena_sv(q->a, s->col[i].name);
			col[q->ncol++] = copy;
		}
	q->col = col;
	while (starts_a_name(q, prefix))
		prefix = arena_printf(q->a, "_%s", prefix);
	for (size_t i = 0; i < q->to.n; i++) {
		q->to.v[i]->place.col = q->col;
		q->to.v[i]->place.ncol = q->ncol;
		q->to.v[i]->place.prefix = prefix;
	}
}

/* A mistake of the place: the checks that write there tell of it. */
static void
lose(struct destination *to, struct err *err)
{
	if (to->writer != NULL)
		to->form->free(STEAL(to->writer));
	to->err = *err;
	to->err.loc = to->place.loc;
}

static bool
open_writer(struct quarantine *q, struct destination *to)
{
	struct err err = {0};

	if (to->err.code != ERR_NONE)
		return false;
	if (to->writer != NULL)
		return true;
	if (fs_mkdirs(fs_dirname(q->a, to->place.path), 0750, &err) &&
	    to->form->open(&to->place, &to->writer, &err))
		return true;
	lose(to, &err);
	return false;
}

static const struct failing_cell *
shown_cells(struct quarantine *q, const struct destination *to, const struct failing_row *r)
{
	if (to->keep_pii)
		return r->cell;
	for (uint32_t i = 0; i < q->ncol; i++) {
		q->masked[i] = r->cell[i];
		if (q->col[i]->pii && r->cell[i].v.kind != VALUE_NULL)
			q->masked[i] = (struct failing_cell){.v = value_text(SV("***"))};
	}
	return q->masked;
}

static void
write_row(struct quarantine *q, struct destination *to, const struct failing_row *r)
{
	struct quarantine_row row = {.row = r->row, .check = q->name};
	struct err err = {0};

	for (size_t i = 0; i < q->judged.n; i++)
		if (q->judged.v[i].to == to && bit_get(r->check, (uint32_t)i))
			q->name[row.ncheck++] = q->judged.v[i].check->id;
	if (row.ncheck == 0)
		return;
	if (to->limit > 0 && to->rows == to->limit) {
		to->cut = true;
		return;
	}
	if (!open_writer(q, to))
		return;
	if (q->d->parts.n > 0)
		row.file = q->d->parts.v[r->part].name;
	row.cell = shown_cells(q, to, r);
	if (!to->form->row(to->writer, &row, &err)) {
		lose(to, &err);
		return;
	}
	to->rows++;
	for (size_t i = 0; i < q->judged.n; i++)
		q->judged.v[i].written += q->judged.v[i].to == to && bit_get(r->check, (uint32_t)i);
}

static bool
take_row(void *ctx, const struct failing_row *r)
{
	struct quarantine *q = ctx;
	bool more = false;

	for (size_t i = 0; i < q->judged.n; i++)
		q->judged.v[i].found += bit_get(r->check, (uint32_t)i);
	for (size_t i = 0; i < q->to.n; i++) {
		struct destination *to = q->to.v[i];

		if (to->err.code != ERR_NONE || to->cut)
			continue;
		write_row(q, to, r);
		more = more || (to->err.code == ERR_NONE && !to->cut);
	}
	return more;
}

/* Before anything is written, be it a file without rows: the data is not to be lost. */
static void
keep_apart(struct quarantine *q)
{
	struct err err = {0};

	for (size_t i = 0; i < q->to.n; i++)
		if (q->to.v[i]->err.code == ERR_NONE &&
		    !quarantine_place_apart(q->d, q->to.v[i]->place.path, q->to.v[i]->place.table, &err))
			lose(q->to.v[i], &err);
}

/* Tuples that lie in a file: what could not be read from there was taken for rows that are fine. */
static bool
keys_were_read(const struct quarantine *q, const struct metric_value *const value[FAILING_ROUNDS],
               struct err *err)
{
	for (size_t i = 0; i < q->failing.n; i++) {
		const struct failing_check *f = &q->failing.v[i];
		const struct keyset *keys = value[f->round][f->bound->unexpected->id].keys;

		if (keys != NULL && keyset_error(keys, err))
			return false;
	}
	return true;
}

bool
quarantine_collect(struct quarantine *q, struct connection *c, const struct dataset *d,
                   const struct metric_value *const value[FAILING_ROUNDS], struct err *err)
{
	struct failing f = {.v = q->failing.v,
	                    .n = (uint32_t)q->failing.n,
	                    .ncheck = (uint32_t)q->judged.n,
	                    .row = take_row,
	                    .ctx = q};

	if (q->judged.n == 0)
		return true;
	q->d = d;
	keep_apart(q);
	set_columns(q, c->engine->schema(c));
	q->masked = ARENA_ARRAY(q->a, struct failing_cell, q->ncol);
	q->name = ARENA_ARRAY(q->a, struct sv, q->judged.n);
	if (f.n == 0)
		return true;
	if (c->engine->failing == NULL)
		return err_set(err, ERR_UNSUPPORTED, d->loc, "the engine '%s' cannot write failing rows",
		               c->engine->name);
	for (int i = 0; i < FAILING_ROUNDS; i++)
		f.value[i] = value[i];
	f.col = q->col;
	f.ncol = q->ncol;
	return c->engine->failing(c, &f, err) && keys_were_read(q, value, err);
}

/*
 * The end
 * ----------------------------------------------------------------------------------------------------------
 */

/* No rows are told by a file without any, where there was one: else its rows would be taken for today's. */
static void
finish(struct quarantine *q, struct destination *to)
{
	struct err err = {0};

	if (to->err.code != ERR_NONE ||
	    (to->writer == NULL && (to->form->appends || !fs_exists(to->place.path))))
		return;
	if (open_writer(q, to) && !to->form->commit(to->writer, &err))
		lose(to, &err);
}

static void
tell_failure(struct quarantine *q, const struct err *why, struct check_result *r)
{
	struct sv said = r->verdict.message;
	struct err err = *why;

	(void)err_prefix(&err, "its failing rows are not kept");
	if (err.hint[0] == '\0' && err.code == ERR_IO)
		err_hint(&err, "what `quarantine: {to: …}` names must be writable");
	r->verdict = (struct verdict){.outcome = OUTCOME_ERROR,
	                              .err = err,
	                              .message = arena_svf(q->w->a, SV_FMT "; %s", SV_ARG(said), err.msg)};
	r->result = SV("{}");
}

static void
tell(struct quarantine *q, const struct judged *j, struct asset_result *ret)
{
	const struct destination *to = j->to;
	struct check_result *r = &ret->check[j->at];
	struct err err = to->err;

	if (err.code == ERR_NONE && !to->cut && j->found < j->unexpected)
		err_set(&err, ERR_INTERNAL, j->check->loc, "only %jd of %jd rows were found again",
		        (intmax_t)j->found, (intmax_t)j->unexpected);
	if (err.code != ERR_NONE) {
		tell_failure(q, &err, r);
		return;
	}
	r->quarantine = (struct quarantined){
		.to = to->place.shown, .rows = j->written, .failing = MAX(j->unexpected, j->written)};
}

void
quarantine_end(struct quarantine *q, struct asset_result *ret)
{
	for (size_t i = 0; i < q->to.n; i++)
		finish(q, q->to.v[i]);
	for (size_t i = 0; i < q->judged.n; i++)
		tell(q, &q->judged.v[i], ret);
}
