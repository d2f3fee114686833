/* Line numbers of malformed records and of failures: counted only when someone asks, as no scan needs them. */
#include "scan/morsel.h"

#define CHUNK ((size_t)256 * 1024)

static int64_t
count_newlines(struct sv s)
{
	int64_t n = 0;

	for (const char *p; s.n > 0 && (p = memchr(s.p, '\n', s.n)) != NULL; n++)
		s = sv_skip(s, (size_t)(p - s.p) + 1);
	return n;
}

/* Counts on from offset `from` up to `to`. */
static bool
count_between(struct window *w, int64_t from, int64_t to, int64_t *lines, struct err *err)
{
	while (from < to) {
		window_seek(w, from);
		if (!window_fill(w, (size_t)MIN((int64_t)CHUNK, to - from), err))
			return false;
		if (w->n == 0)
			return err_set(err, ERR_CHANGED, NOWHERE, "the data changed while it was read");
		*lines += count_newlines((struct sv){w->p, w->n});
		from += (int64_t)w->n;
	}
	return true;
}

bool
line_at(const struct scan *s, uint32_t part, int64_t offset, int64_t *line, struct err *err)
{
	AUTO(input) in = NULL;
	struct window w = {0};
	int64_t lines = 0;
	bool ok;

	if (!s->d->driver->open(&s->d->parts.v[part], &in, err))
		return false;
	w.in = in;
	ok = count_between(&w, 0, offset, &lines, err);
	window_fini(&w);
	if (ok)
		*line = lines + 1;
	return ok;
}

/* All places of one part, from bad[*i] on. */
static bool
find_lines(struct scan *s, uint32_t *i, struct malformed_at *at, struct err *err)
{
	uint32_t part = s->bad[*i].part;
	const struct part *p = &s->d->parts.v[part];
	AUTO(input) in = NULL;
	struct window w = {0};
	int64_t from = 0, lines = 0;
	bool ok = true;

	if (!s->d->driver->open(p, &in, err))
		return false;
	w.in = in;
	for (; ok && *i < s->nbad && s->bad[*i].part == part; ++*i) {
		ok = count_between(&w, from, s->bad[*i].offset, &lines, err);
		from = s->bad[*i].offset;
		at[*i] = (struct malformed_at){.part = part, .file = p->name, .line = lines + 1};
		memcpy(at[*i].why, s->bad[*i].why, sizeof(at[*i].why));
	}
	window_fini(&w);
	return ok && input_unchanged(in, p, err);
}

bool
scan_malformed(struct scan *s, struct malformed_at *at, uint32_t *n, struct err *err)
{
	for (uint32_t i = 0; i < s->nbad;)
		if (!find_lines(s, &i, at, err))
			return false;
	*n = s->nbad;
	return true;
}
