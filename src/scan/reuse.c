#include "scan/reuse.h"

#include <assert.h>
#include <stdlib.h>

#include "base/clock.h"
#include "metric/packed.h"
#include "scan/heads.h"
#include "scan/kept.h"

struct reuse {
	struct scan *s;
	const struct metric **m; /* the open ones */
	uint32_t n;
	char whole[HASH_HEX]; /* identity of all parts together */
	int64_t values;       /* number of what all of them came to, or -1 */
	size_t parts;
	struct pass_plan *plan;
	char (*metric)[HASH_HEX]; /* identities; empty = not kept */
	int64_t *unkept;          /* by metric: parts whose states are too large */
	char (*part)[HASH_HEX];
	int64_t *number; /* by part: in the file, or -1 */
	bool *known;     /* [part * n + i] */
	bool *quiet;     /* by part */
	bool *laid;      /* by part: where its rows stand is known */
	int64_t *first;  /* by part, and one more: its first morsel */
	int64_t *pick, npick;
	struct merge *into, *now; /* now: of the part whose cuts come */
	uint32_t next;            /* the first part that was not merged, nor begun */
	uint32_t at;              /* the part that is begun, while there is one */
};

/* All that says how the bytes become values, beside the bytes themselves. */
static void
identify_reading(const struct scan *s, char ret[HASH_HEX])
{
	char text[TYPE_TEXT_MAX];
	struct hasher h;

	hasher_init(&h);
	identify_format(s, &h);
	hasher_add_i64(&h, s->schema.n);
	for (uint32_t i = 0; i < s->schema.n; i++) {
		const struct column *c = &s->schema.col[i];

		hasher_add(&h, c->name);
		hasher_add(&h, sv_of(type_text(c->type, text)));
		hasher_add(&h, sv_of(c->type.zone != NULL ? tz_name(c->type.zone) : ""));
		hasher_add_i64(&h, c->declared | c->missing << 1 | c->certain << 2 | c->of_path << 3);
	}
	hasher_end(&h, ret);
}

static void
identify_part(const struct part *p, const char reading[HASH_HEX], char ret[HASH_HEX])
{
	struct hasher h;

	hasher_init(&h);
	hasher_add(&h, sv_of(reading));
	identify_bytes(p, &h);
	hasher_end(&h, ret);
}

/* Rows are told by the numbers of their parts, and what comes first is another in another order. */
static void
identify_whole(struct reuse *r)
{
	struct hasher h;

	hasher_init(&h);
	hasher_add_i64(&h, (int64_t)r->parts);
	for (size_t p = 0; p < r->parts; p++) {
		hasher_add(&h, r->s->d->parts.v[p].name);
		hasher_add(&h, sv_of(r->part[p]));
	}
	hasher_end(&h, r->whole);
}

static void
look_at_parts(struct reuse *r)
{
	struct scan *s = r->s;
	char reading[HASH_HEX];
	int64_t now_us = clock_now_us(&clock_system);

	identify_reading(s, reading);
	for (size_t p = 0; p < r->parts; p++) {
		const struct part *part = &s->d->parts.v[p];

		identify_part(part, reading, r->part[p]);
		r->quiet[p] = part_is_quiet(part, now_us);
		r->number[p] = kept_part(s->kept, part->name, r->part[p]);
	}
	identify_whole(r);
	r->values = kept_part(s->kept, KEPT_WHOLE, r->whole);
}

/* What a metric came to over all parts, as they are. */
static bool
take_value(struct reuse *r, const struct metric *m, struct arena *a, struct metric_value *ret)
{
	AUTO(buf) b = buf_new(KEPT_STATE_MAX);
	struct kept_state state;
	char hex[HASH_HEX];

	if (r->values < 0 || !metric_is_kept(m))
		return false;
	metric_value_identity(m, hex);
	if (!kept_get(r->s->kept, r->values, hex, b, &state) ||
	    !metric_value_load(m, (uint32_t)r->parts, state.bytes, a, ret))
		return false;
	/* The states of its parts were of use, too. */
	metric_identity(m, hex);
	kept_touch(r->s->kept, hex);
	return true;
}

static void
look_up(struct reuse *r)
{
	for (uint32_t i = 0; i < r->n; i++) {
		if (!metric_is_kept(r->m[i]))
			continue;
		metric_identity(r->m[i], r->metric[i]);
		for (size_t p = 0; p < r->parts; p++)
			r->known[p * r->n + i] = r->number[p] >= 0 &&
			                         kept_has(r->s->kept, r->number[p], r->metric[i]);
	}
}

static bool
is_all_known(const struct reuse *r, size_t part)
{
	for (uint32_t i = 0; i < r->n; i++)
		if (!r->known[part * r->n + i])
			return false;
	return true;
}

static void
pick_parts(struct reuse *r)
{
	struct scan *s = r->s;

	r->pick = xcalloc(MAX((size_t)s->nmorsel, (size_t)1), sizeof(*r->pick));
	for (size_t p = 0; p < r->parts; p++) {
		bool read = !is_all_known(r, p);
		int64_t k = r->first[p];

		s->read[p] |= read;
		for (; k < s->nmorsel && s->morsel[k].part == p; k++)
			if (read)
				r->pick[r->npick++] = k;
		r->first[p + 1] = k;
	}
}

struct reuse *
reuse_new(struct scan *s, const struct metric *const *m, uint32_t n, struct arena *a,
          struct metric_value *value)
{
	size_t parts = s->d->parts.n;
	struct reuse *r;

	scan_open_kept(s);
	if (s->kept == NULL)
		return NULL;
	r = xcalloc(1, sizeof(*r));
	*r = (struct reuse){.s = s, .parts = parts};
	r->m = xcalloc(MAX(n, 1u), sizeof(*r->m));
	r->part = xcalloc(parts, sizeof(*r->part));
	r->number = xcalloc(parts, sizeof(*r->number));
	r->quiet = xcalloc(parts, sizeof(*r->quiet));
	r->laid = xcalloc(parts, sizeof(*r->laid));
	r->first = xcalloc(parts + 1, sizeof(*r->first));
	look_at_parts(r);
	for (uint32_t i = 0; i < n; i++)
		if (!take_value(r, m[i], a, &value[m[i]->id]))
			r->m[r->n++] = m[i];
	r->metric = xcalloc(MAX(r->n, 1u), sizeof(*r->metric));
	r->unkept = xcalloc(MAX(r->n, 1u), sizeof(*r->unkept));
	r->known = xcalloc(parts * MAX(r->n, 1u), sizeof(*r->known));
	look_up(r);
	pick_parts(r);
	return r;
}

const struct metric *const *
reuse_open(const struct reuse *r, uint32_t *n)
{
	*n = r->n;
	return r->m;
}

int64_t
reuse_unkept(const struct reuse *r, uint32_t i)
{
	return r->unkept[i];
}

void
reuse_plan(struct reuse *r, struct pass_plan *plan)
{
	r->plan = plan;
	pass_plan_by_part(plan, r->parts, r->known);
}

void
reuse_unplan(struct reuse *r)
{
	merge_free(r->now);
	r->now = NULL;
	r->plan = NULL;
}

void
reuse_free(struct reuse *r)
{
	if (r == NULL)
		return;
	assert(r->now == NULL);
	free(r->m);
	free(r->metric);
	free(r->part);
	free(r->number);
	free(r->unkept);
	free(r->known);
	free(r->quiet);
	free(r->laid);
	free(r->first);
	free(r->pick);
	free(r);
}

const int64_t *
reuse_pick(const struct reuse *r, int64_t *n)
{
	*n = r->npick;
	return r->npick < r->s->nmorsel ? r->pick : NULL;
}

/* What is kept of a part, into a merge that has seen no rows of these metrics. */
static void
load_part(struct reuse *r, size_t p, struct merge *m)
{
	for (uint32_t i = 0; i < r->n; i++) {
		AUTO(buf) b = buf_new(KEPT_STATE_MAX);
		struct kept_state state = {0};

		if (!r->known[p * r->n + i])
			continue;
		/* It was there a moment ago: without its rows the metric fails, as no bytes are a state. */
		(void)kept_get(r->s->kept, r->number[p], r->metric[i], b, &state);
		if (!merge_load(m, i, (uint32_t)p, &state))
			r->s->kept_trouble = "a state in it cannot be read";
	}
}

static int64_t
rows_of(const struct reuse *r, size_t part, int64_t *malformed)
{
	int64_t rows = 0;

	*malformed = 0;
	for (int64_t k = r->first[part]; k < r->first[part + 1]; k++) {
		rows += r->s->morsel[k].rows;
		*malformed += r->s->morsel[k].malformed;
	}
	return rows;
}

static bool
is_lone(const struct reuse *r)
{
	return r->parts == 1;
}

/* Of the memory: one part's keys, sorted and written down, take three times what they take, beside those of all parts. */
static size_t
part_bytes(const struct reuse *r)
{
	return r->s->o.memory_bytes / 8;
}

size_t
reuse_memory(const struct reuse *r)
{
	return is_lone(r) ? r->s->o.memory_bytes : r->s->o.memory_bytes - 2 * part_bytes(r);
}

/* Where the rows of a part's morsels stand: their size, their number, and of each the bytes passed over, its bytes and its rows. */
static void
put_layout(struct reuse *r, size_t p)
{
	AUTO(buf) b = buf_new(KEPT_STATE_MAX);
	int64_t at = 0;

	pack_u64(b, r->s->morsel_bytes);
	pack_u64(b, (uint64_t)(r->first[p + 1] - r->first[p]));
	for (int64_t k = r->first[p]; k < r->first[p + 1]; k++) {
		const struct morsel *m = &r->s->morsel[k];

		pack_i64(b, m->start - at);
		pack_i64(b, m->end - m->start);
		pack_i64(b, m->rows);
		at = m->end;
	}
	if (!b->full)
		kept_put_layout(r->s->kept, r->number[p], buf_sv(b));
}

/* The same into the morsels; false if they are cut otherwise now, or it makes no sense. */
static bool
take_layout(struct reuse *r, size_t p)
{
	const struct scan *s = r->s;
	struct unpack u = unpack_of(kept_layout(s->kept, r->number[p]));
	int64_t at = 0, row = 0;

	if (unpack_u64(&u) != s->morsel_bytes || unpack_u64(&u) != (uint64_t)(r->first[p + 1] - r->first[p]))
		return false;
	for (int64_t k = r->first[p]; k < r->first[p + 1]; k++) {
		struct morsel *m = &s->morsel[k];
		int64_t skip = unpack_i64(&u), bytes = unpack_i64(&u), rows = unpack_i64(&u);

		if (u.bad || skip < 0 || bytes < 0 || rows < 0 || rows > PACKED_COUNT_MAX ||
		    skip > s->d->parts.v[p].size_bytes - at ||
		    bytes > s->d->parts.v[p].size_bytes - at - skip)
			return false;
		m->start = at + skip;
		m->end = at = m->start + bytes;
		m->row = row;
		m->rows = rows;
		row += rows;
	}
	return unpack_end(&u) && row == kept_rows(s->kept, r->number[p]);
}

/* Once the rows of all parts are known to stand somewhere, nobody has to count them. */
static void
count_all(struct reuse *r)
{
	for (size_t p = 0; p < r->parts; p++)
		if (!r->laid[p])
			return;
	if (!r->s->counted)
		morsels_counted(r->s);
}

/* Keeps what was computed of a part, as far as it is not kept already. */
static void
save_part(struct reuse *r, size_t p, struct merge *m)
{
	struct scan *s = r->s;
	int64_t malformed, rows = rows_of(r, p, &malformed);

	if (!r->quiet[p] || malformed > 0)
		return;
	r->number[p] = kept_put_part(s->kept, s->d->parts.v[p].name, r->part[p], rows);
	if (s->blocks == NULL && s->seekable[p])
		put_layout(r, p);
	for (uint32_t i = 0; i < r->n; i++) {
		AUTO(buf) b = buf_new(KEPT_STATE_MAX);
		struct kept_state state;

		if (r->known[p * r->n + i] || r->metric[i][0] == '\0')
			continue;
		if (!merge_save(m, i, b, &state) || !kept_put(s->kept, r->number[p], r->metric[i], &state))
			r->unkept[i]++;
	}
}

/* A part that is merged in order: its rows' states, if there are any, and what is kept of it. */
static void
merge_whole(struct reuse *r, size_t p, struct merge *rows)
{
	struct merge *kept = merge_new(r->plan, part_bytes(r));

	if (rows != NULL && !is_lone(r))
		save_part(r, p, rows);
	if (rows != NULL)
		merge_part(r->into, rows);
	load_part(r, p, kept);
	merge_part(r->into, kept);
	merge_free(kept);
}

void
reuse_begin(struct reuse *r, struct merge *into)
{
	r->into = into;
	/* All states of a lone part go straight into the result: the growing ones are not merged in order. */
	if (is_lone(r))
		load_part(r, 0, into);
}

static void
end_part(struct reuse *r)
{
	if (r->now == NULL)
		return;
	merge_whole(r, r->at, r->now);
	merge_free(r->now);
	r->now = NULL;
}

/* Parts of which no morsel came: all of them is kept, or there is nothing in them. */
static void
pass_over(struct reuse *r, size_t to)
{
	for (; r->next < to; r->next++) {
		struct merge *none = NULL;

		if (!is_all_known(r, r->next))
			none = merge_new(r->plan, part_bytes(r));
		merge_whole(r, r->next, none);
		merge_free(none);
	}
}

void
reuse_cut(struct reuse *r, struct cut *c, struct row_at at)
{
	if (is_lone(r)) {
		merge_cut(r->into, c, at.row);
		return;
	}
	if (r->now == NULL || at.part != r->at) {
		end_part(r);
		pass_over(r, at.part);
		r->at = at.part;
		r->next = at.part + 1;
		r->now = merge_new(r->plan, part_bytes(r));
	}
	merge_cut(r->now, c, at.row);
}

void
reuse_end_cuts(struct reuse *r)
{
	if (is_lone(r))
		return;
	end_part(r);
	pass_over(r, r->parts);
}

void
reuse_save(struct reuse *r)
{
	struct scan *s = r->s;

	if (is_lone(r) && !is_all_known(r, 0))
		save_part(r, 0, r->into);
	for (size_t p = 0; p < r->parts && s->blocks == NULL; p++)
		r->laid[p] = !is_all_known(r, p) ||
		             (r->number[p] >= 0 && s->seekable[p] && take_layout(r, p));
	if (s->blocks == NULL)
		count_all(r);
}

/* Are all parts such as can be kept, and were when they were read? */
static bool
is_whole_kept(const struct reuse *r)
{
	int64_t malformed;

	for (size_t p = 0; p < r->parts; p++) {
		(void)rows_of(r, p, &malformed);
		if (!r->quiet[p] || r->number[p] < 0 || malformed > 0)
			return false;
	}
	return true;
}

static void
save_values(struct reuse *r, const struct metric_value *value)
{
	struct kept *k = r->s->kept;
	int64_t whole = kept_put_part(k, KEPT_WHOLE, r->whole, 0);

	for (uint32_t i = 0; i < r->n; i++) {
		AUTO(buf) b = buf_new(KEPT_STATE_MAX);
		char hex[HASH_HEX];

		if (!metric_value_save(&value[r->m[i]->id], r->m[i], KEPT_STATE_MAX, b))
			continue;
		metric_value_identity(r->m[i], hex);
		/* What finds no room is made of the parts' states again. */
		(void)kept_put(k, whole, hex, &(struct kept_state){.bytes = buf_sv(b)});
	}
}

void
reuse_end(struct reuse *r, const struct metric_value *value)
{
	struct scan *s = r->s;
	struct err err;

	if (r->n > 0 && is_whole_kept(r))
		save_values(r, value);
	for (uint32_t p = 0; p < r->parts; p++)
		if (r->quiet[p])
			heads_keep(s, p);
	kept_forget_others(s->kept);
	if (!kept_write(s->kept, &err))
		s->kept_trouble = arena_str(s->a, sv_of(err.msg));
}
