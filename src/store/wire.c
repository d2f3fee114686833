#include "store/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/clock.h"

static void
add(struct buf *b, const void *p, size_t n)
{
	buf_add(b, (struct sv){p, n});
}

void
wire_begin(struct buf *b, enum wire_op op)
{
	static const char header[WIRE_HEADER];

	buf_clear(b);
	add(b, header, sizeof(header));
	buf_putc(b, (char)op);
}

void
wire_u64(struct buf *b, uint64_t v)
{
	add(b, &v, sizeof(v));
}

void
wire_text(struct buf *b, struct sv s)
{
	wire_u64(b, s.n);
	buf_add(b, s);
}

void
wire_value(struct buf *b, const struct wire_value *v)
{
	buf_putc(b, (char)v->type);
	switch (v->type) {
	case WIRE_NULL:
		break;
	case WIRE_I64:
		add(b, &v->i, sizeof(v->i));
		break;
	case WIRE_REAL:
		add(b, &v->r, sizeof(v->r));
		break;
	case WIRE_TEXT:
		wire_text(b, v->text);
		break;
	}
}

/* Waits for the socket; false when the time is over or the wait failed. */
static bool
wait_for(int fd, short events, int64_t until_ns, struct err *err)
{
	for (;;) {
		int64_t left_ns = until_ns - clock_mono_ns();
		struct pollfd p = {.fd = fd, .events = events};
		int n;

		if (left_ns <= 0)
			return err_set(err, ERR_TIMEOUT, NOWHERE, "the other side did not answer in time");
		n = poll(&p, 1, (int)MIN(left_ns / 1000000 + 1, 60000));
		if (n > 0)
			return true;
		if (n < 0 && errno != EINTR)
			return err_set(err, ERR_STORE, NOWHERE, "cannot wait for a socket: %m");
	}
}

bool
wire_send(int fd, struct buf *b, int64_t until_ns, struct err *err)
{
	uint64_t n = b->n - WIRE_HEADER;

	if (!buf_check(b, "what is handed to the service", err))
		return false;
	memcpy(b->p, &n, sizeof(n));
	for (size_t at = 0; at < b->n;) {
		ssize_t did = send(fd, b->p + at, b->n - at, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (did > 0)
			at += (size_t)did;
		else if (did < 0 && errno != EAGAIN && errno != EINTR)
			return err_set(err, ERR_STORE, NOWHERE, "the connection broke: %m");
		else if (!wait_for(fd, POLLOUT, until_ns, err))
			return false;
	}
	return true;
}

/* All n bytes, or none and the end. */
static bool
receive(int fd, char *p, size_t n, int64_t until_ns, bool *end, struct err *err)
{
	for (size_t at = 0; at < n;) {
		ssize_t did = recv(fd, p + at, n - at, MSG_DONTWAIT);

		if (did > 0)
			at += (size_t)did;
		else if (did == 0 && at == 0 && end != NULL) {
			*end = true;
			return true;
		} else if (did == 0)
			return err_set(err, ERR_STORE, NOWHERE, "the connection broke");
		else if (errno != EAGAIN && errno != EINTR)
			return err_set(err, ERR_STORE, NOWHERE, "the connection broke: %m");
		else if (!wait_for(fd, POLLIN, until_ns, err))
			return false;
	}
	return true;
}

bool
wire_receive(int fd, struct buf *b, int64_t until_ns, bool *end, struct err *err)
{
	enum { STEP = 1 << 20 };
	char header[WIRE_HEADER];
	uint64_t n;

	*end = false;
	if (!receive(fd, header, sizeof(header), until_ns, end, err))
		return false;
	if (*end)
		return true;
	memcpy(&n, header, sizeof(n));
	if (n == 0 || n > WIRE_FRAME_MAX)
		return err_set(err, ERR_STORE, NOWHERE, "what came over the socket makes no sense");
	buf_clear(b);
	/* Memory is taken as the bytes come: the length is only what somebody says. */
	while (b->n < n) {
		size_t part = MIN((size_t)n - b->n, (size_t)STEP);
		char *p = buf_reserve(b, part);

		if (p == NULL)
			return buf_check(b, "what came over the socket", err);
		if (!receive(fd, p, part, until_ns, NULL, err))
			return false;
		buf_commit(b, part);
	}
	return true;
}

static const char *
take(struct wire_reader *r, size_t n)
{
	const char *p = r->p;

	if (r->bad || (size_t)(r->end - r->p) < n) {
		r->bad = true;
		return NULL;
	}
	r->p += n;
	return p;
}

enum wire_op
wire_open(struct wire_reader *r, const struct buf *b)
{
	const char *p;

	*r = (struct wire_reader){.p = b->p, .end = b->p + b->n};
	p = take(r, 1);
	return p != NULL ? (enum wire_op)(unsigned char)*p : (enum wire_op)0;
}

uint64_t
wire_read_u64(struct wire_reader *r)
{
	const char *p = take(r, sizeof(uint64_t));
	uint64_t v = 0;

	if (p != NULL)
		memcpy(&v, p, sizeof(v));
	return v;
}

struct sv
wire_read_text(struct wire_reader *r)
{
	uint64_t n = wire_read_u64(r);
	const char *p = take(r, (size_t)n);

	return p != NULL ? (struct sv){p, (size_t)n} : (struct sv){0};
}

struct wire_value
wire_read_value(struct wire_reader *r)
{
	const char *p = take(r, 1);
	struct wire_value v = {.type = p != NULL ? (enum wire_type)(unsigned char)*p : WIRE_NULL};

	switch (v.type) {
	case WIRE_NULL:
		break;
	case WIRE_I64:
		v.i = (int64_t)wire_read_u64(r);
		break;
	case WIRE_REAL: {
		uint64_t bits = wire_read_u64(r);

		memcpy(&v.r, &bits, sizeof(bits));
		break;
	}
	case WIRE_TEXT:
		v.text = wire_read_text(r);
		break;
	default:
		r->bad = true;
		v.type = WIRE_NULL;
		break;
	}
	return v;
}

bool
wire_address(const char *path, struct sockaddr_un *ret, int *dir, struct err *err)
{
	const char *slash = strrchr(path, '/'), *name = slash != NULL ? slash + 1 : path;
	char folder[4096];
	int n;

	*dir = -1;
	*ret = (struct sockaddr_un){.sun_family = AF_UNIX};
	n = snprintf(ret->sun_path, sizeof(ret->sun_path), "%s.service", path);
	if (n > 0 && (size_t)n < sizeof(ret->sun_path))
		return true;
	/* The folder has a short name while it is open. */
	if (slash == NULL || (size_t)(slash - path) >= sizeof(folder))
		return err_set(err, ERR_STORE, NOWHERE, "the path '%s' is too long for a socket", path);
	memcpy(folder, path, (size_t)(slash - path));
	folder[slash - path] = '\0';
	*dir = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (*dir < 0)
		return err_set(err, ERR_STORE, NOWHERE, "cannot open the folder '%s': %m", folder);
	n = snprintf(ret->sun_path, sizeof(ret->sun_path), "/proc/self/fd/%d/%s.service", *dir, name);
	return (n > 0 && (size_t)n < sizeof(ret->sun_path)) ||
	       err_set(err, ERR_STORE, NOWHERE, "the path '%s' is too long for a socket", path);
}
