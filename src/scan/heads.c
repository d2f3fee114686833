#include "scan/heads.h"

#include "config.h"

#include "metric/packed.h"
#include "scan/kept.h"

#define HEAD_MAX ((size_t)1 << 20) /* more is looked at again */

void
scan_open_kept(struct scan *s)
{
	if (s->kept != NULL || s->o.kept_path == NULL)
		return;
	s->kept = kept_open(s->o.kept_path, KEPT_ROOM, &s->kept_trouble);
	s->read = ARENA_ARRAY(s->a, bool, s->d->parts.n);
}

void
identify_format(const struct scan *s, struct hasher *h)
{
	const struct csv_format *csv = &s->d->csv;

	hasher_add(h, SV(PACKAGE_VERSION));
	hasher_add(h, sv_of(s->driver->format));
	hasher_add(h, (struct sv){&csv->delimiter, 1});
	hasher_add(h, (struct sv){&csv->quote, 1});
	hasher_add_i64(h, csv->header);
	hasher_add_i64(h, (int64_t)csv->nnull);
	for (size_t i = 0; i < csv->nnull; i++)
		hasher_add(h, csv->null[i]);
	hasher_add(h, sv_of(s->d->zone != NULL ? tz_name(s->d->zone) : ""));
}

void
identify_bytes(const struct part *p, struct hasher *h)
{
	hasher_add(h, sv_of(p->content != NULL ? p->content : p->fingerprint));
	hasher_add_i64(h, p->size_bytes);
}

/* How heads are read: of what is declared, only names may matter, as types are laid over afterwards. */
static void
identify_heads(const struct scan *s, char ret[HASH_HEX])
{
	struct hasher h;

	hasher_init(&h);
	identify_format(s, &h);
	hasher_add_i64(&h, (int64_t)s->d->ncolumn);
	for (size_t i = 0; i < s->d->ncolumn; i++)
		hasher_add(&h, s->d->column[i].name);
	hasher_end(&h, ret);
}

static void
identify_head(const struct part *p, char ret[HASH_HEX])
{
	struct hasher h;

	hasher_init(&h);
	hasher_add(&h, p->name);
	identify_bytes(p, &h);
	hasher_end(&h, ret);
}

void
heads_open(struct scan *s)
{
	scan_open_kept(s);
	if (s->kept != NULL)
		s->head = ARENA_ARRAY(s->a, struct sv, s->d->parts.n);
}

static bool
unpack_head(struct scan *s, uint32_t part, struct sv bytes, struct head *ret)
{
	struct unpack u = unpack_of(bytes);
	size_t n = unpack_number(&u, 2);
	struct sv *name = ARENA_ARRAY(s->a, struct sv, n);
	uint16_t *classes = ARENA_ARRAY(s->a, uint16_t, n);
	bool *own = ARENA_ARRAY(s->a, bool, n), has_own, seekable;

	has_own = unpack_bool(&u);
	seekable = unpack_bool(&u);
	ret->data_start = unpack_i64(&u);
	ret->rows = unpack_count(&u);
	for (size_t i = 0; i < n; i++) {
		name[i] = arena_sv(s->a, unpack_sv(&u));
		classes[i] = (uint16_t)unpack_most(&u, UINT16_MAX);
		own[i] = has_own && unpack_bool(&u);
	}
	if (!unpack_end(&u) || n > COLUMNS_MAX || ret->data_start < -1 ||
	    (seekable && ret->data_start > s->d->parts.v[part].size_bytes))
		return false;
	ret->name = name;
	ret->classes = classes;
	ret->own = has_own ? own : NULL;
	ret->n = (uint32_t)n;
	s->seekable[part] = seekable;
	return true;
}

bool
heads_take(struct scan *s, uint32_t part, struct head *ret)
{
	char heads[HASH_HEX], head[HASH_HEX];
	AUTO(buf) b = buf_new(HEAD_MAX);
	struct kept_state state;
	int64_t at;

	if (s->kept == NULL)
		return false;
	identify_heads(s, heads);
	identify_head(&s->d->parts.v[part], head);
	at = kept_part(s->kept, KEPT_HEADS, heads);
	return at >= 0 && kept_get(s->kept, at, head, b, &state) && unpack_head(s, part, state.bytes, ret);
}

void
heads_note(struct scan *s, uint32_t part, const struct head *h)
{
	AUTO(buf) b = buf_new(HEAD_MAX);

	if (s->kept == NULL)
		return;
	pack_u64(b, h->n);
	pack_bool(b, h->own != NULL);
	pack_bool(b, s->seekable[part]);
	pack_i64(b, h->data_start);
	pack_u64(b, (uint64_t)h->rows);
	for (uint32_t i = 0; i < h->n; i++) {
		pack_sv(b, h->name[i]);
		pack_u64(b, h->classes[i]);
		if (h->own != NULL)
			pack_bool(b, h->own[i]);
	}
	if (!b->full)
		s->head[part] = arena_sv(s->a, buf_sv(b));
}

void
heads_keep(struct scan *s, uint32_t part)
{
	char heads[HASH_HEX], head[HASH_HEX];

	if (s->head == NULL || s->head[part].n == 0)
		return;
	identify_heads(s, heads);
	identify_head(&s->d->parts.v[part], head);
	/* One that does not fit is looked at again. */
	(void)kept_put(s->kept, kept_put_part(s->kept, KEPT_HEADS, heads, 0), head,
	               &(struct kept_state){.bytes = s->head[part]});
	s->head[part] = (struct sv){0};
}
