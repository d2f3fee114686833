/*
 * The file: a line that says what it is, then packed (metric/packed.h) the parts with their states, and at the end a hash of all that stands
 * before it.
 */
#include "scan/kept.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/map.h"
#include "metric/packed.h"

#define KEPT_MAGIC "weir kept states 2\n"

enum { HASH_BYTES = 16 };

struct state {
	char metric[HASH_HEX];
	struct kept_state s;
	uint64_t idle; /* runs in a row that did not ask for it */
	bool used;
};

struct part {
	struct sv name;
	char identity[HASH_HEX];
	int64_t rows;
	struct sv layout;
	bool used, gone;
	LIST(struct state) state;
};

struct kept {
	struct arena *a;
	char *path;
	LIST(struct part) part;
	struct map by_name; /* number + 1 of the part that is not gone */
	bool dirty;
};

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
	s.s.errors = unpack_count(u);
	s.s.first_error = unpack_count(u);
	s.s.bytes = unpack_sv(u);
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

/* False: the file is of no use. */
static bool
read_file(struct kept *k, struct sv text)
{
	struct sv magic = SV(KEPT_MAGIC);
	struct hash128 h;
	struct unpack end;

	if (!sv_starts(text, magic) || text.n < magic.n + HASH_BYTES)
		return false;
	text.n -= HASH_BYTES;
	end = unpack_of((struct sv){text.p + text.n, HASH_BYTES});
	h = hash128(text);
	if (unpack_word(&end) != h.lo || unpack_word(&end) != h.hi)
		return false;

	struct unpack u = unpack_of(sv_skip(text, magic.n));
	size_t n = unpack_number(&u, HASH_HEX);

	for (size_t i = 0; i < n && !u.bad; i++)
		read_part(k, &u);
	return unpack_end(&u);
}

struct kept *
kept_open(const char *path, const char **why)
{
	struct kept *k = xcalloc(1, sizeof(*k));
	struct sv text;

	*why = NULL;
	k->a = arena_new();
	k->path = xstrdup(path);
	map_init(&k->by_name, k->a);
	if (!fs_exists(path))
		return k;
	if (!fs_read(k->a, path, KEPT_FILE_MAX, &text, NULL)) {
		*why = "it cannot be read";
	} else if (!read_file(k, text)) {
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
	arena_free(k->a);
	free(k->path);
	free(k);
}

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
	const struct part *p = &k->part.v[part];

	for (size_t i = 0; i < p->state.n; i++)
		if (strcmp(p->state.v[i].metric, metric) == 0)
			return &p->state.v[i];
	return NULL;
}

bool
kept_get(struct kept *k, int64_t part, const char metric[HASH_HEX], struct kept_state *ret)
{
	struct state *s = find_state(k, part, metric);

	if (s == NULL)
		return false;
	s->used = true;
	*ret = s->s;
	return true;
}

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

void
kept_put(struct kept *k, int64_t part, const char metric[HASH_HEX], const struct kept_state *s)
{
	struct state *into = find_state(k, part, metric);

	if (into == NULL) {
		into = LIST_ADD(k->a, &k->part.v[part].state);
		memcpy(into->metric, metric, HASH_HEX);
	}
	into->s = *s;
	into->s.bytes = arena_sv(k->a, s->bytes);
	into->used = true;
	k->dirty = true;
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

static uint64_t
idle_now(const struct state *s)
{
	return s->used ? 0 : s->idle + 1;
}

static void
write_part(struct buf *b, const struct part *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->state.n; i++)
		n += idle_now(&p->state.v[i]) < KEPT_RUNS;
	pack_sv(b, p->name);
	pack_sv(b, sv_of(p->identity));
	pack_u64(b, (uint64_t)p->rows);
	pack_sv(b, p->layout);
	pack_u64(b, n);
	for (size_t i = 0; i < p->state.n; i++) {
		const struct state *s = &p->state.v[i];

		if (idle_now(s) >= KEPT_RUNS)
			continue;
		pack_sv(b, sv_of(s->metric));
		pack_u64(b, idle_now(s));
		pack_u64(b, (uint64_t)s->s.errors);
		pack_u64(b, (uint64_t)s->s.first_error);
		pack_sv(b, s->s.bytes);
	}
}

/*
 * A file beside the one that is meant, and over it.  Two processes may write at once: what they mix up is damaged, and noticed when it is
 * read; and one that is killed leaves one file behind at most.
 */
static bool
replace_file(const char *path, struct sv text, struct err *err)
{
	AUTO(arena) a = arena_new();
	const char *temporary = arena_printf(a, "%s.new", path);
	AUTO_FD fd = -1;

	if (!fs_mkdirs(fs_dirname(a, path), 0700, err))
		return false;
	fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd >= 0 && fs_write_all(fd, text) && rename(temporary, path) == 0)
		return true;

	int code = errno;

	if (fd >= 0)
		(void)unlink(temporary);
	errno = code;
	return err_set(err, ERR_IO, NOWHERE, "cannot write '%s': %m", temporary);
}

bool
kept_write(struct kept *k, struct err *err)
{
	AUTO(buf) b = buf_new(KEPT_FILE_MAX);
	size_t n = 0;
	struct hash128 h;

	if (!k->dirty)
		return true;
	for (size_t i = 0; i < k->part.n; i++)
		n += !k->part.v[i].gone;
	(void)buf_puts(b, KEPT_MAGIC);
	pack_u64(b, n);
	for (size_t i = 0; i < k->part.n; i++)
		if (!k->part.v[i].gone)
			write_part(b, &k->part.v[i]);
	h = hash128(buf_sv(b));
	pack_word(b, h.lo);
	pack_word(b, h.hi);
	if (!buf_check(b, "what is kept of the parts", err) || !replace_file(k->path, buf_sv(b), err))
		return false;
	k->dirty = false;
	return true;
}
