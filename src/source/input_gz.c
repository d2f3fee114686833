/* gzip (RFC 1952): any number of members, one behind the other; zeros behind the last one are padding. */
#include <limits.h>
#include <stdlib.h>
#include <zlib.h>

#include "source/input.h"

struct gz {
	z_stream z;
	bool in_member;
};

static bool
gz_start(struct input *in, struct err *err)
{
	struct gz *g = xcalloc(1, sizeof(*g));

	in->codec = g;
	/* 16: a gzip header, and nothing else, is expected. */
	if (inflateInit2(&g->z, 15 + 16) != Z_OK)
		return err_set(err, ERR_INTERNAL, NOWHERE, "cannot start zlib");
	return true;
}

static bool
damaged(const struct input *in, const char *why, struct err *err)
{
	return err_set(err, ERR_FORMAT, NOWHERE, "'" SV_FMT "' is not a sound gzip file: %s",
	               SV_ARG(in->name), why);
}

/* Before a member: skips padding, finds out whether there is one. */
static bool
gz_member(struct input *in, bool *end, struct err *err)
{
	struct gz *g = in->codec;
	bool first = in->in_total == 0;

	*end = false;
	for (;;) {
		if (!input_fill(in, err))
			return false;
		if (in->in_at == in->in_n) {
			*end = true;
			return first ? damaged(in, "it is empty", err) : true;
		}
		if (first || in->in[in->in_at] != 0)
			break;
		in->in_at++;
	}
	if (inflateReset(&g->z) != Z_OK)
		return err_set(err, ERR_INTERNAL, NOWHERE, "cannot restart zlib");
	g->in_member = true;
	return true;
}

static bool
gz_more(struct input *in, char *dst, size_t n, size_t *got, struct err *err)
{
	struct gz *g = in->codec;
	bool end;

	for (;;) {
		if (!g->in_member && !gz_member(in, &end, err))
			return false;
		if (!g->in_member) {
			*got = 0;
			return true;
		}
		if (!input_fill(in, err))
			return false;

		uInt room = (uInt)MIN(n, (size_t)INT_MAX);

		g->z.next_in = (unsigned char *)in->in + in->in_at;
		g->z.avail_in = (uInt)(in->in_n - in->in_at);
		g->z.next_out = (unsigned char *)dst;
		g->z.avail_out = room;

		int rc = inflate(&g->z, Z_NO_FLUSH);

		in->in_at = in->in_n - g->z.avail_in;
		if (rc == Z_STREAM_END)
			g->in_member = false;
		else if (rc != Z_OK && rc != Z_BUF_ERROR)
			return damaged(in, g->z.msg != NULL ? g->z.msg : "zlib refuses it", err);
		*got = room - g->z.avail_out;
		if (*got > 0)
			return true;
		if (g->in_member && in->in_at == in->in_n && in->at_end)
			return damaged(in, "it ends too early", err);
	}
}

static void
gz_stop(struct input *in)
{
	struct gz *g = in->codec;

	if (g == NULL)
		return;
	(void)inflateEnd(&g->z);
	free(g);
}

const struct input_kind input_gz = {.suffix = ".gz", .start = gz_start, .more = gz_more, .stop = gz_stop};
