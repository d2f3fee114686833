/* The index of the file (scan/kept_file.h): packed (metric/packed.h) the parts with their states, small ones as they are. */
#include "scan/kept.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/map.h"
#include "metric/packed.h"
#include "scan/kept_file.h"

enum { SMALL_MAX = 512 }; /* bytes of a state in the index */

/* Where the bytes of a state are. */
enum where { WHERE_HERE, WHERE_OLD, WHERE_NEW };

struct state {
	char metric[HASH_HEX];
	int64_t errors, first_error;
	enum where where;
	struct sv bytes;         /* here */
	struct kept_place place; /* in the old file, or in the new one */
	uint64_t idle;           /* runs in a row that did not ask for it */
	bool used, checked, gone;
};

struct part {
	struct sv name;
	char identity[HASH_HEX];
	int64_t rows;
	struct sv layout;
	bool used, gone;
	LIST(struct state) state;
	struct map by_metric; /* number + 1; made by the first who asks */
};

struct kept {
	struct arena *a;
	char *path;
	size_t room;
	LIST(struct part) part;
	struct map by_name; /* number + 1 of the part that is not gone */
	struct map touched; /* metrics */
	int fd;             /* the old file, or -1 */
	struct kept_writer *writer;
	struct err trouble; /* why the new file cannot be written */
	bool dirty;
};

/* Reading ------------------------------------------------------------------------------------------------- */

static void
unpack_hex(struct unpack *u, char hex[HASH_HEX])
{
	struct sv s = unpack_sv(u);

	if (s.n != HASH_HEX - 1)
		unpack_spoil(u);
	else
		memcpy(hex, s.p, s.n);
}

static void
read_state(struct kept *k, struct part *p, struct unpack *u)
{
	struct state s = {0};

	unpack_hex(u, s.metric);
	s.idle = unpack_most(u, KEPT_RUNS);
	s.errors = unpack_count(u);
	s.first_error = unpack_count(u);
	s.where = unpack_bool(u) ? WHERE_OLD : WHERE_HERE;
	if (s.where == WHERE_HERE) {
		s.bytes = unpack_sv(u);
	} else {
		s.place.at = unpack_count(u);
		s.place.size = (int64_t)unpack_most(u, KEPT_STATE_MAX);
		s.place.hash.lo = unpack_word(u);
		s.place.hash.hi = unpack_word(u);
	}
	if (!u->bad)
		*LIST_ADD(k->a, &p->state) = s;
}

static void
read_part(struct kept *k, struct unpack *u)
{
	struct part *p = LIST_ADD(k->a, &k->part);
	size_t n;

	p->name = unpack_sv(u);
	map_put(&k->by_name, p->name)->value = (void *)k->part.n;
	unpack_hex(u, p->identity);
	p->rows = unpack_count(u);
	p->layout = unpack_sv(u);
	n = unpack_number(u, HASH_HEX);
	for (size_t i = 0; i < n && !u->bad; i++)
		read_state(k, p, u);
}

/* False: it is of no use. */
static bool
read_parts(struct kept *k, struct sv index)
{
	struct unpack u = unpack_of(index);
	size_t n = unpack_number(&u, HASH_HEX);

	for (size_t i = 0; i < n && !u.bad; i++)
		read_part(k, &u);
	return unpack_end(&u);
}

struct kept *
kept_open(const char *path, size_t room, const char **why)
{
	struct kept *k = xcalloc(1, sizeof(*k));
	struct sv index;

	k->a = arena_new();
	k->path = xstrdup(path);
	k->room = room;
	k->fd = -1;
	map_init(&k->by_name, k->a);
	map_init(&k->touched, k->a);
	if (kept_file_open(k->a, path, &k->fd, &index, why) && !read_parts(k, index)) {
		*why = "it is damaged, or of another version";
		k->part.n = 0;
		map_init(&k->by_name, k->a);
	}
	return k;
}

void
kept_close(struct kept *k)
{
	if (k == NULL)
		return;
	kept_writer_free(k->writer);
	if (k->fd >= 0)
		close(k->fd);
	arena_free(k->a);
	free(k->path);
	free(k);
}

/* What is there -------------------------------------------------------------------------------------------- */

int64_t
kept_part(const struct kept *k, struct sv name, const char identity[HASH_HEX])
{
	int64_t i = (int64_t)(intptr_t)map_get(&k->by_name, name) - 1;

	if (i < 0 || strcmp(k->part.v[i].identity, identity) != 0)
		return -1;
	k->part.v[i].used = true;
	return i;
}

int64_t
kept_rows(const struct kept *k, int64_t part)
{
	return k->part.v[part].rows;
}

struct sv
kept_layout(const struct kept *k, int64_t part)
{
	return k->part.v[part].layout;
}

void
kept_put_layout(struct kept *k, int64_t part, struct sv layout)
{
	if (sv_eq(k->part.v[part].layout, layout))
		return;
	k->part.v[part].layout = arena_sv(k->a, layout);
	k->dirty = true;
}

static struct state *
find_state(const struct kept *k, int64_t part, const char metric[HASH_HEX])
{
	struct part *p = &k->part.v[part];
	size_t at;

	if (p->by_metric.a == NULL) {
		map_init(&p->by_metric, k->a);
		for (size_t i = 0; i < p->state.n; i++)
			map_put(&p->by_metric, sv_of(p->state.v[i].metric))->value = (void *)(i + 1);
	}
	at = (size_t)map_get(&p->by_metric, sv_of(metric));
	return at > 0 ? &p->state.v[at - 1] : NULL;
}

static int
file_of(const struct kept *k, const struct state *s)
{
	return s->where == WHERE_OLD ? k->fd : kept_writer_fd(k->writer);
}

bool
kept_has(struct kept *k, int64_t part, const char metric[HASH_HEX])
{
	struct state *s = find_state(k, part, metric);

	if (s == NULL)
		return false;
	if (!s->checked && s->where == WHERE_OLD)
		s->gone = !kept_file_check(k->fd, &s->place);
	s->checked = true;
	s->used = true;
	return !s->gone;
}

bool
kept_get(struct kept *k, int64_t part, const char metric[HASH_HEX], struct buf *b, struct kept_state *ret)
{
	struct state *s = find_state(k, part, metric);
	size_t before = b->n;

	if (s == NULL || s->gone)
		return false;
	s->used = true;
	*ret = (struct kept_state){.bytes = s->bytes, .errors = s->errors, .first_error = s->first_error};
	if (s->where == WHERE_HERE)
		return true;
	s->gone = !kept_file_read(file_of(k, s), &s->place, b);
	ret->bytes = sv_skip(buf_sv(b), before);
	return !s->gone;
}

void
kept_touch(struct kept *k, const char metric[HASH_HEX])
{
	map_put(&k->touched, sv_of(metric));
}

/* What comes to it ----------------------------------------------------------------------------------------- */

int64_t
kept_put_part(struct kept *k, struct sv name, const char identity[HASH_HEX], int64_t rows)
{
	int64_t found = kept_part(k, name, identity);
	struct map_entry *e;
	struct part *p;

	if (found >= 0)
		return found;
	p = LIST_ADD(k->a, &k->part);
	*p = (struct part){.name = arena_sv(k->a, name), .rows = rows, .used = true};
	memcpy(p->identity, identity, HASH_HEX);
	e = map_put(&k->by_name, p->name);
	if (e->value != NULL)
		k->part.v[(intptr_t)e->value - 1].gone = true;
	e->value = (void *)k->part.n;
	k->dirty = true;
	return (int64_t)k->part.n - 1;
}

static bool
begin_file(struct kept *k)
{
	if (k->writer == NULL && k->trouble.code == ERR_NONE)
		k->writer = kept_writer_new(k->path, &k->trouble);
	return k->writer != NULL;
}

/* Into the index, or into the new file. */
static bool
put_bytes(struct kept *k, struct state *s, struct sv bytes)
{
	if (bytes.n <= SMALL_MAX) {
		s->where = WHERE_HERE;
		s->bytes = arena_sv(k->a, bytes);
		return true;
	}
	s->where = WHERE_NEW;
	return begin_file(k) && (size_t)kept_writer_size(k->writer) + bytes.n <= k->room &&
	       kept_writer_add(k->writer, bytes, &s->place, &k->trouble);
}

bool
kept_put(struct kept *k, int64_t part, const char metric[HASH_HEX], const struct kept_state *s)
{
	struct state *into = find_state(k, part, metric);
	struct part *p = &k->part.v[part];

	if (into == NULL) {
		into = LIST_ADD(k->a, &p->state);
		memcpy(into->metric, metric, HASH_HEX);
		map_put(&p->by_metric, sv_of(metric))->value = (void *)p->state.n;
	}
	into->errors = s->errors;
	into->first_error = s->first_error;
	into->used = into->checked = true;
	into->gone = !put_bytes(k, into, s->bytes);
	k->dirty = true;
	return !into->gone;
}

void
kept_forget_others(struct kept *k)
{
	for (size_t i = 0; i < k->part.n; i++) {
		struct part *p = &k->part.v[i];

		if (p->used || p->gone)
			continue;
		p->gone = true;
		k->dirty = true;
	}
}

/* Writing ------------------------------------------------------------------------------------------------- */

static uint64_t
idle_now(const struct kept *k, const struct state *s)
{
	return s->used || map_has(&k->touched, sv_of(s->metric)) ? 0 : s->idle + 1;
}

static bool
stays(const struct kept *k, const struct state *s)
{
	return !s->gone && idle_now(k, s) < KEPT_RUNS;
}

/* Large states that stay are taken over, as far as there is room beside the new ones. */
static bool
take_over(struct kept *k, struct state *s, struct err *err)
{
	if (s->where != WHERE_OLD || !stays(k, s))
		return true;
	if (kept_writer_size(k->writer) + s->place.size > (int64_t)k->room) {
		s->gone = true;
		return true;
	}
	s->where = WHERE_NEW;
	return kept_writer_copy(k->writer, k->fd, &s->place, err);
}

static void
write_state(const struct kept *k, struct buf *b, const struct state *s)
{
	pack_sv(b, sv_of(s->metric));
	pack_u64(b, idle_now(k, s));
	pack_u64(b, (uint64_t)s->errors);
	pack_u64(b, (uint64_t)s->first_error);
	pack_bool(b, s->where != WHERE_HERE);
	if (s->where == WHERE_HERE) {
		pack_sv(b, s->bytes);
		return;
	}
	pack_u64(b, (uint64_t)s->place.at);
	pack_u64(b, (uint64_t)s->place.size);
	pack_word(b, s->place.hash.lo);
	pack_word(b, s->place.hash.hi);
}

static bool
write_part(struct kept *k, struct buf *b, struct part *p, struct err *err)
{
	size_t n = 0;

	for (size_t i = 0; i < p->state.n; i++) {
		if (!take_over(k, &p->state.v[i], err))
			return false;
		n += stays(k, &p->state.v[i]);
	}
	pack_sv(b, p->name);
	pack_sv(b, sv_of(p->identity));
	pack_u64(b, (uint64_t)p->rows);
	pack_sv(b, p->layout);
	pack_u64(b, n);
	for (size_t i = 0; i < p->state.n; i++)
		if (stays(k, &p->state.v[i]))
			write_state(k, b, &p->state.v[i]);
	return true;
}

static bool
write_file(struct kept *k, int *fd, struct err *err)
{
	AUTO(buf) b = buf_new(KEPT_INDEX_MAX);
	size_t n = 0;

	for (size_t i = 0; i < k->part.n; i++)
		n += !k->part.v[i].gone;
	pack_u64(b, n);
	for (size_t i = 0; i < k->part.n; i++)
		if (!k->part.v[i].gone && !write_part(k, b, &k->part.v[i], err))
			return false;
	return buf_check(b, "what is kept of the parts", err) &&
	       kept_writer_end(k->writer, buf_sv(b), fd, err);
}

/* The new file is the old one from now on; if there is none, what was to go there is lost. */
static void
end_file(struct kept *k, int fd)
{
	for (size_t i = 0; i < k->part.n; i++)
		for (size_t j = 0; j < k->part.v[i].state.n; j++) {
			struct state *s = &k->part.v[i].state.v[j];

			if (s->where == WHERE_HERE)
				continue;
			s->gone |= fd < 0 || s->where == WHERE_OLD;
			s->where = WHERE_OLD;
		}
	kept_writer_free(k->writer);
	k->writer = NULL;
	if (k->fd >= 0)
		close(k->fd);
	k->fd = fd;
}

bool
kept_write(struct kept *k, struct err *err)
{
	int fd = -1;
	bool ok;

	if (!k->dirty)
		return true;
	ok = begin_file(k) && k->trouble.code == ERR_NONE;
	if (!ok && err != NULL)
		*err = k->trouble;
	ok = ok && write_file(k, &fd, err);
	end_file(k, fd);
	k->dirty = !ok;
	return ok;
}
