/*
 * The server: connections, limits and the way of a request from its first byte to its answer.  libmicrohttpd does the protocol; it is
 * loaded when the service starts, so that no other command needs it.
 *
 *	connection ─► headers checked ─► route ─► token ─► body ─► quick? ─► answer
 *	                                                     └──► inbox ─► keeper ─► answer
 */
#ifndef WEIR_SERVE_HTTPD_H
#define WEIR_SERVE_HTTPD_H

#include "base/err.h"
#include "base/sv.h"

struct httpd;
struct service;

/*
 * Listens: "127.0.0.1:8484", "[::1]:0" (0 = any port that is free), "unix:PATH" (0600, replacing a socket that nobody serves).  Requests
 * come in from now on and are answered as far as `quick` can; the others wait in s->inbox.  An address that is not loopback is refused
 * when there are no tokens.
 */
MUST_CHECK bool httpd_start(struct service *s, struct sv listen, struct httpd **ret, struct err *err);
/* "http://127.0.0.1:8484", "unix:/run/weir.sock"; as it is bound. */
const char *httpd_address(const struct httpd *h);
/* Can only this machine connect? */
bool httpd_is_local(const struct httpd *h);
/* Does it ask for a token? */
bool httpd_asks_token(const struct httpd *h);

/* Keeper, after a reload: who may ask, and whether there is a log of requests; where it listens stays. */
void httpd_reload(struct httpd *h);

/*
 * The end, in this order, by the keeper: httpd_quiesce; go on with the inbox while httpd_open() > 0 and there is time; httpd_call_off;
 * inbox_close, and what is still in the inbox; httpd_stop.
 *
 * quiesce: takes no more connections; each that is open gets one more answer, 503 if it is for the keeper to give.
 * open: requests that are not answered yet.
 * call_off: ends all requests that are kept (see request_keep).
 * stop: waits for what is answered to leave, at most limit_us, then closes all connections.  Takes NULL.
 */
void httpd_quiesce(struct httpd *h);
int64_t httpd_open(const struct httpd *h);
void httpd_call_off(struct httpd *h);
void httpd_stop(struct httpd *h, int64_t limit_us);

/* For the keeper's poll: becomes readable when a client hangs up whose request is kept; then httpd_ready. */
int httpd_fd(const struct httpd *h);
void httpd_ready(struct httpd *h);

#endif
