/*
 * Saved states: a frame around what the kinds write.
 *
 *	"weirS" version │ identity of the metric, 32 digits │ what the kind wrote │ hash of all of it, 8 bytes
 */
#include "metric/state.h"

#include <stdlib.h>

#include "metric/keybag_parts.h"

/* Of all forms together: any change of what any kind writes is a new one, and states of the old one are refused. */
#define STATE_MAGIC "weirS\001"

enum { MAGIC_BYTES = sizeof(STATE_MAGIC) - 1, HASH_BYTES = 8 };
/* Words of keys that are worth it: sorting takes as much memory again, twice. */
enum { KEYS_MAX = 4 << 20 };
enum { FRAME_BYTES = MAGIC_BYTES + HASH_HEX - 1 + HASH_BYTES };

void
pack_rows(struct buf *b, const struct row_at *at, size_t n)
{
	int64_t row = -1;

	pack_u64(b, n);
	for (size_t i = 0; i < n; i++) {
		pack_u64(b, (uint64_t)(at[i].row - row));
		row = at[i].row;
	}
}

size_t
unpack_rows(struct unpack *u, uint64_t max)
{
	size_t n = unpack_number(u, 1);

	if (n > max)
		unpack_spoil(u);
	return u->bad ? 0 : n;
}

bool
unpack_row(struct unpack *u, uint32_t part, int64_t *row, struct row_at *ret)
{
	int64_t step = unpack_count(u);

	/* No row stands twice. */
	if (step == 0 || *row + step > PACKED_COUNT_MAX)
		unpack_spoil(u);
	if (u->bad)
		return false;
	*row += step;
	*ret = (struct row_at){.part = part, .row = *row};
	return true;
}

/* How far each is from the one before; buf_add is for more than a byte. */
static void
pack_distances(struct buf *b, const uint64_t *key, size_t n)
{
	uint8_t bytes[4096 + 10];
	uint64_t before = 0;
	size_t at = 0;

	for (size_t i = 0; i < n; i++) {
		uint64_t v = key[i] - before;

		before = key[i];
		for (; v >= 0x80; v >>= 7)
			bytes[at++] = (uint8_t)(v | 0x80);
		bytes[at++] = (uint8_t)v;
		if (at < 4096)
			continue;
		if (!buf_add(b, (struct sv){(const char *)bytes, at}))
			return;
		at = 0;
	}
	buf_add(b, (struct sv){(const char *)bytes, at});
}

bool
pack_keys(struct buf *b, struct keybag *bag)
{
	size_t n, words = bag->words;
	const uint64_t *key;
	uint64_t *copy;

	/* A byte at least for each, before they are copied and sorted. */
	if (keybag_spilled(bag) || (size_t)keybag_size(bag) > KEYS_MAX / words ||
	    (size_t)keybag_size(bag) > (b->max - b->n) / (words == 1 ? 1 : 16))
		return false;
	key = keybag_keys(bag, &n, &copy);
	pack_u64(b, n);
	if (words == 1)
		pack_distances(b, key, n);
	for (size_t i = 0; words == 2 && i < 2 * n && !b->full; i++)
		pack_word(b, key[i]);
	free(copy);
	return !b->full;
}

void
unpack_keys(struct unpack *u, struct keybag *bag)
{
	size_t n = unpack_number(u, bag->words == 1 ? 1 : 16);
	uint64_t key[512] = {0}, before = 0;

	for (size_t at = 0; n > 0 && !u->bad; n--) {
		if (bag->words == 1) {
			key[at++] = before += unpack_u64(u);
		} else {
			key[at++] = unpack_word(u);
			key[at++] = unpack_word(u);
		}
		if (at < LEN(key) && n > 1)
			continue;
		keybag_add(bag, key, at / bag->words);
		at = 0;
	}
}

static void
hash_type(struct hasher *h, struct type t)
{
	hasher_add_i64(h, t.kind);
	hasher_add_i64(h, t.precision);
	hasher_add_i64(h, t.scale);
	hasher_add(h, sv_of(t.zone != NULL ? tz_name(t.zone) : ""));
}

static void
hash_value(struct hasher *h, struct value v)
{
	struct buf b;

	buf_init(&b, SIZE_MAX);
	pack_value(&b, v);
	hasher_add(h, buf_sv(&b));
	buf_fini(&b);
}

static void
hash_expr(struct hasher *h, const struct expr *e)
{
	if (e == NULL) {
		hasher_add_i64(h, -1);
		return;
	}
	hasher_add_i64(h, e->kind);
	hasher_add_i64(h, e->op);
	hash_type(h, e->type);
	if (e->kind == EXPR_LITERAL)
		hash_value(h, e->literal);
	if (e->kind == EXPR_COLUMN) {
		hasher_add(h, e->column->name);
		hasher_add_i64(h, e->column->declared);
	}
	hasher_add(h, e->keys_id);
	hasher_add_i64(h, e->nargs);
	for (uint32_t i = 0; i < e->nargs; i++)
		hash_expr(h, e->arg[i]);
}

static bool
is_of_any_ratio(const struct metric *m)
{
	return m->kind == &metric_quantiles || m->kind == &metric_quantiles_approx;
}

void
metric_identity(const struct metric *m, char hex[HASH_HEX])
{
	struct hasher h;

	hasher_init(&h);
	hasher_add(&h, sv_of(m->kind->name));
	hasher_add_i64(&h, m->nargs);
	for (uint32_t i = 0; i < m->nargs; i++)
		hash_expr(&h, m->arg[i]);
	hash_expr(&h, m->where);
	hasher_add_i64(&h, m->params.keep);
	hasher_add_i64(&h, m->params.number);
	hasher_add_i64(&h, m->params.flag);
	hash_value(&h, value_real(m->params.ratio));
	/* Quantiles are chosen at the end: the state is of any.  Edges of histograms are not. */
	for (uint32_t i = 0; !is_of_any_ratio(m) && i < m->params.nratio; i++)
		hash_value(&h, value_real(m->params.ratios[i]));
	hasher_end(&h, hex);
}

static bool
is_own(const struct expr *e)
{
	if (e == NULL)
		return true;
	if (e->kind == EXPR_METRIC || e->op == OP_IN_KEYS)
		return false;
	for (uint32_t i = 0; i < e->nargs; i++)
		if (!is_own(e->arg[i]))
			return false;
	return true;
}

bool
metric_is_kept(const struct metric *m)
{
	for (uint32_t i = 0; i < m->nargs; i++)
		if (!is_own(m->arg[i]))
			return false;
	return m->kind->save != NULL && is_own(m->where);
}

static void
put_frame(const struct metric *m, struct buf *b)
{
	char hex[HASH_HEX];

	metric_identity(m, hex);
	buf_puts(b, STATE_MAGIC);
	buf_puts(b, hex);
}

bool
metric_state_save(void *state, const struct metric *m, size_t max, struct buf *b)
{
	struct buf own;
	bool saved;

	if (!metric_is_kept(m))
		return false;
	buf_init(&own, max);
	put_frame(m, &own);
	saved = m->kind->save(state, m, &own) && !own.full;
	if (saved)
		pack_word(&own, hash64(buf_sv(&own)));
	saved = saved && !own.full && buf_add(b, buf_sv(&own));
	buf_fini(&own);
	return saved;
}

static bool
refuse(const char *why, struct err *err)
{
	err_set(err, ERR_FORMAT, NOWHERE, "a kept state cannot be used: %s", why);
	return err_hint(err, "The part that it was computed from has to be read again.");
}

static bool
check_frame(const struct metric *m, struct sv bytes, struct err *err)
{
	struct unpack hash = unpack_of(sv_skip(bytes, bytes.n - HASH_BYTES));
	char hex[HASH_HEX];

	if (unpack_word(&hash) != hash64((struct sv){bytes.p, bytes.n - HASH_BYTES}))
		return refuse("its bytes are damaged", err);
	if (!sv_starts(bytes, SV(STATE_MAGIC)))
		return refuse("it was kept in another format", err);
	metric_identity(m, hex);
	if (!sv_starts(sv_skip(bytes, MAGIC_BYTES), sv_of(hex)))
		return refuse("it is of another metric", err);
	return true;
}

bool
metric_state_load(void *state, const struct metric *m, uint32_t part, struct sv bytes, struct err *err)
{
	struct unpack u;

	if (!metric_is_kept(m))
		return refuse("its metric has no form to be kept in", err);
	if (bytes.n < FRAME_BYTES)
		return refuse("it is too short", err);
	if (!check_frame(m, bytes, err))
		return false;
	u = unpack_of((struct sv){bytes.p + FRAME_BYTES - HASH_BYTES, bytes.n - FRAME_BYTES});
	m->kind->load(state, m, part, &u);
	if (unpack_end(&u))
		return true;
	if (m->kind->fini != NULL)
		m->kind->fini(state);
	memset(state, 0, m->kind->state_size);
	m->kind->init(state, m);
	return refuse("what it holds is no such state", err);
}
