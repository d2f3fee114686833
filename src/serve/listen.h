/* Where the service listens: a socket from what was written. */
#ifndef WEIR_SERVE_LISTEN_H
#define WEIR_SERVE_LISTEN_H

#include "base/err.h"
#include "base/sv.h"

struct listener {
	int fd;            /* -1 = none */
	bool local;        /* loopback, or a socket in the file system: nobody elsewhere can connect */
	char address[160]; /* "http://127.0.0.1:8484", "unix:PATH": with the port that was given */
	char path[108];    /* of a socket in the file system; empty = none */
};

/* "ADDRESS:PORT", "[ADDRESS]:PORT", "localhost:PORT", "unix:PATH".  Names are not looked up. */
MUST_CHECK bool listener_open(struct sv text, struct listener *ret, struct err *err);
void listener_close(struct listener *l);

#endif
