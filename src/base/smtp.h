/* Mail by SMTP: one message to one server, by libcurl.  Addresses of receivers are looked at as base/http.h does. */
#ifndef WEIR_BASE_SMTP_H
#define WEIR_BASE_SMTP_H

#include <stdatomic.h>

#include "base/arena.h"
#include "base/err.h"

struct smtp_message {
	struct sv url;            /* smtp://HOST:587 or smtps://HOST:465 */
	bool plain;               /* smtp: without STARTTLS; to the loopback only */
	struct sv user, password; /* empty = none */
	const char *ca_file;      /* NULL = the system's authorities */
	struct sv from;           /* an address */
	const struct sv *to;
	size_t nto;
	struct sv text; /* headers, an empty line, the body; lines end in CRLF */
	int64_t connect_us, total_us;
	const struct sv *allow_private; /* see netaddr_listed */
	size_t nallow_private;
	const atomic_bool *broken_off; /* once it is true nobody waits for it any more; may be NULL */
};

/* Can it stand between < and > of the protocol: one @, no space, bracket or control character? */
bool smtp_is_address(struct sv s);
/*
 * True when the server took the message for at least one of the recipients.  *status: its last answer (250, 550 …), 0 = none, also on
 * failure.  Errors name the host and the reason, never the password.
 */
MUST_CHECK bool smtp_send(struct arena *a, const struct smtp_message *m, int64_t *status, struct err *err);

#endif
