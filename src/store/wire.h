/*
 * What goes over the socket between a command and the service: frames of a length and bytes, in this machine's byte order.  The first byte
 * of a frame says what it is.
 */
#ifndef WEIR_STORE_WIRE_H
#define WEIR_STORE_WIRE_H

#include "base/buf.h"
#include "base/err.h"

/* WIRE_VERSION goes up whenever a frame changes its shape: the two sides may be of different releases. */
enum { WIRE_VERSION = 1, WIRE_HEADER = 8 };
#define WIRE_FRAME_MAX ((size_t)256 << 20)

enum wire_op {
	/* from the command */
	WIRE_BEGIN = 1, /* u64 WIRE_VERSION, u64 number of migrations */
	WIRE_QUERY,     /* text, u64 number of values, values */
	WIRE_EXEC,      /* text */
	WIRE_COMMIT,
	WIRE_ROLLBACK,
	/* from the service */
	WIRE_DONE,  /* u64 last row id, u64 rows changed, u64 columns, u64 rows, values */
	WIRE_FAILED /* u64 code, text message, text hint */
};

enum wire_type { WIRE_NULL, WIRE_I64, WIRE_REAL, WIRE_TEXT };

struct wire_value {
	enum wire_type type;
	int64_t i;
	double r;
	struct sv text;
};

/* A frame is begun, filled, and sent. */
void wire_begin(struct buf *b, enum wire_op op);
void wire_u64(struct buf *b, uint64_t v);
void wire_text(struct buf *b, struct sv s);
void wire_value(struct buf *b, const struct wire_value *v);

/* Until clock_mono_ns reaches until_ns.  ERR_STORE, ERR_TIMEOUT. */
MUST_CHECK bool wire_send(int fd, struct buf *b, int64_t until_ns, struct err *err);
/* *end: the other side closed the connection before a frame began. */
MUST_CHECK bool wire_receive(int fd, struct buf *b, int64_t until_ns, bool *end, struct err *err);

/* Reading a frame: what is too short sets `bad` and reads as zero. */
struct wire_reader {
	const char *p, *end;
	bool bad;
};
enum wire_op wire_open(struct wire_reader *r, const struct buf *b);
uint64_t wire_read_u64(struct wire_reader *r);
struct sv wire_read_text(struct wire_reader *r);          /* in the frame */
struct wire_value wire_read_value(struct wire_reader *r); /* text: in the frame */

/* The address of the socket at PATH.service, also where that is longer than addresses are.  *dir: -1, or to be closed after its use. */
struct sockaddr_un;
MUST_CHECK bool wire_address(const char *path, struct sockaddr_un *ret, int *dir, struct err *err);

#endif
