/* Zstandard (RFC 8878): any number of frames; windows of up to 128 MiB, as the zstd tool takes by default. */
#include <stdlib.h>
#include <zstd.h>

#include "source/input.h"

enum { WINDOW_LOG_MAX = 27 };

struct zst {
	ZSTD_DStream *z;
	bool in_frame; /* a frame has begun and is not complete */
	bool more;     /* the last call filled its room: there may be output without new input */
};

static bool
zst_start(struct input *in, struct err *err)
{
	struct zst *s = xcalloc(1, sizeof(*s));

	in->codec = s;
	s->z = ZSTD_createDStream();
	if (s->z == NULL)
		return err_set(err, ERR_INTERNAL, NOWHERE, "cannot start zstd");
	if (ZSTD_isError(ZSTD_DCtx_setParameter(s->z, ZSTD_d_windowLogMax, WINDOW_LOG_MAX)))
		return err_set(err, ERR_INTERNAL, NOWHERE, "cannot limit the window of zstd");
	return true;
}

static bool
damaged(const struct input *in, const char *why, struct err *err)
{
	return err_set(err, ERR_FORMAT, NOWHERE, "'" SV_FMT "' is not a sound zstd file: %s",
	               SV_ARG(in->name), why);
}

static bool
zst_more(struct input *in, char *dst, size_t n, size_t *got, struct err *err)
{
	struct zst *s = in->codec;

	for (;;) {
		if (!input_fill(in, err))
			return false;

		bool end = in->in_at == in->in_n;

		if (end && in->in_total == 0)
			return damaged(in, "it is empty", err);
		if (end && !s->more) {
			*got = 0;
			return s->in_frame ? damaged(in, "it ends too early", err) : true;
		}

		ZSTD_inBuffer from = {in->in, in->in_n, in->in_at};
		ZSTD_outBuffer to = {dst, n, 0};
		size_t rc = ZSTD_decompressStream(s->z, &to, &from);

		if (ZSTD_isError(rc))
			return damaged(in, ZSTD_getErrorName(rc), err);
		in->in_at = from.pos;
		s->in_frame = rc != 0;
		s->more = to.pos == n && rc != 0;
		*got = to.pos;
		if (to.pos > 0)
			return true;
	}
}

static void
zst_stop(struct input *in)
{
	struct zst *s = in->codec;

	if (s == NULL)
		return;
	(void)ZSTD_freeDStream(s->z);
	free(s);
}

const struct input_kind input_zst = {
	.suffix = ".zst", .start = zst_start, .more = zst_more, .stop = zst_stop};
