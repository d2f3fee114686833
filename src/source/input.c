/*
 * Inputs: plain files by pread, from any thread; compressed ones from front to back.
 *
 * A compressed file may not grow beyond all measure: past the first 64 MiB it must not give more than a thousand bytes for
 * each byte read.  Deflate cannot do more than 1032 for one, and data that people keep stays far below.
 */
#include "source/input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "source/ahead.h"
#include "source/file.h"

enum { RATIO_MAX = 1000 };
#define RATIO_FREE (INT64_C(64) << 20)

static const struct input_kind *const kinds[] = {&input_gz, &input_zst};

static const struct input_kind *
kind_of(struct sv name)
{
	for (size_t i = 0; i < LEN(kinds); i++)
		if (sv_iends(name, sv_of(kinds[i]->suffix)))
			return kinds[i];
	return NULL;
}

bool
file_open(const struct part *p, struct input **ret, struct err *err)
{
	struct stat st;
	/* Opening a FIFO would wait for its writer; O_NONBLOCK means nothing for regular files. */
	AUTO_FD fd = open(p->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return err_set(err, errno == ENOENT || errno == ENOTDIR ? ERR_NOT_FOUND : ERR_IO, NOWHERE,
		               "cannot open '" SV_FMT "': %m", SV_ARG(p->name));
	if (fstat(fd, &st) != 0)
		return err_set(err, ERR_IO, NOWHERE, "cannot read '" SV_FMT "': %m", SV_ARG(p->name));
	if (!S_ISREG(st.st_mode))
		return err_set(err, ERR_IO, NOWHERE, "'" SV_FMT "' is not a regular file", SV_ARG(p->name));

	struct input *in = xcalloc(1, sizeof(*in));

	*in = (struct input){.kind = kind_of(sv_of(p->path)), .fd = fd, .name = p->name, .size = st.st_size};
	fd = -1;
	if (in->kind != NULL) {
		in->in = xmalloc(INPUT_CHUNK);
		if (!in->kind->start(in, err)) {
			input_close(in);
			return false;
		}
	}
	*ret = in;
	return true;
}

bool
input_seekable(const struct input *in)
{
	return in->kind == NULL;
}

static bool
read_at(struct input *in, int64_t offset, char *dst, size_t n, size_t *got, struct err *err)
{
	size_t done = 0;

	while (done < n) {
		ssize_t r = pread(in->fd, dst + done, n - done, offset + (int64_t)done);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return err_set(err, ERR_IO, NOWHERE, "cannot read '" SV_FMT "': %m",
			               SV_ARG(in->name));
		if (r == 0)
			break;
		done += (size_t)r;
	}
	*got = done;
	return true;
}

bool
input_fill(struct input *in, struct err *err)
{
	if (in->in_at < in->in_n || in->at_end)
		return true;
	in->in_at = 0;
	if (!read_at(in, in->in_total, in->in, INPUT_CHUNK, &in->in_n, err))
		return false;
	in->in_total += (int64_t)in->in_n;
	in->at_end = in->in_n < INPUT_CHUNK;
	return true;
}

static bool
check_ratio(const struct input *in, struct err *err)
{
	if (in->out_total <= RATIO_FREE || (in->out_total - RATIO_FREE) / RATIO_MAX <= in->in_total)
		return true;
	(void)err_set(err, ERR_LIMIT, NOWHERE, "'" SV_FMT "' unpacks to more than %d times its size",
	              SV_ARG(in->name), RATIO_MAX);
	return err_hint(err, "If the file is good, unpack it first.");
}

bool
input_unpack(struct input *in, char *dst, size_t n, size_t *got, struct err *err)
{
	size_t done = 0;

	while (done < n) {
		size_t more;

		if (!in->kind->more(in, dst + done, n - done, &more, err))
			return false;
		if (more == 0)
			break;
		done += more;
		in->out_total += (int64_t)more;
		if (!check_ratio(in, err))
			return false;
	}
	*got = done;
	return true;
}

bool
input_read(struct input *in, int64_t offset, char *dst, size_t n, size_t *got, struct err *err)
{
	if (in->kind == NULL)
		return read_at(in, offset, dst, n, got, err);
	if (offset != (in->ahead != NULL ? in->given : in->out_total))
		return err_set(err, ERR_INTERNAL, NOWHERE,
		               "'" SV_FMT "' is compressed and can only be read in order", SV_ARG(in->name));
	if (in->ahead == NULL)
		return input_unpack(in, dst, n, got, err);
	if (!ahead_read(in->ahead, dst, n, got, err))
		return false;
	in->given += (int64_t)*got;
	return true;
}

bool
input_read_stored(struct input *in, int64_t offset, char *dst, size_t n, size_t *got, struct err *err)
{
	return read_at(in, offset, dst, n, got, err);
}

bool
input_unchanged(struct input *in, const struct part *p, struct err *err)
{
	struct stat st;
	char now[HASH_HEX];

	if (fstat(in->fd, &st) != 0)
		return err_set(err, ERR_IO, NOWHERE, "cannot read '" SV_FMT "': %m", SV_ARG(p->name));
	file_fingerprint(&st, now);
	if (strcmp(now, p->fingerprint) == 0)
		return true;
	return err_set(err, ERR_CHANGED, NOWHERE, "'" SV_FMT "' changed while it was read", SV_ARG(p->name));
}

void
input_close(struct input *in)
{
	if (in == NULL)
		return;
	ahead_stop(in->ahead);
	if (in->kind != NULL)
		in->kind->stop(in);
	(void)close(in->fd); /* opened for reading: there is nothing to lose */
	free(in->in);
	free(in);
}
