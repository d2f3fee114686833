/* One line for each request, as `name=value` words; nothing that a client sends can make another line, or another word, of it. */
#include <stdio.h>

#include "base/civil.h"
#include "base/clock.h"
#include "base/log.h"
#include "serve/request_internal.h"

enum { TARGET_SHOWN = 512 };

/* In quotes; what is not printable ASCII is escaped here, and the rest by the log. */
static void
put_quoted(struct buf *b, struct sv s)
{
	buf_putc(b, '"');
	for (size_t i = 0; i < MIN(s.n, (size_t)TARGET_SHOWN); i++) {
		const unsigned char c = (unsigned char)s.p[i];

		if (c == '"' || c == '\\')
			buf_printf(b, "\\%c", c);
		else if (c < 0x20 || c >= 0x7f)
			buf_printf(b, "\\x%02x", c);
		else
			buf_putc(b, (char)c);
	}
	buf_puts(b, s.n > TARGET_SHOWN ? "…\"" : "\"");
}

void
access_log(const struct exchange *x, const char *how)
{
	char at[RFC3339_MAX];
	struct buf b;

	buf_init(&b, 4 << 10);
	buf_printf(&b,
	           "request at=%s peer=%s method=%s target=", rfc3339_seconds(clock_now_us(x->s->clock), at),
	           x->peer,
	           x->r.head_only        ? "HEAD"
	           : x->r.method != NULL ? x->r.method
	                                 : "?");
	put_quoted(&b, x->q.target);
	buf_printf(&b, " status=%d bytes=%zu ms=%.3f", x->r.status, x->r.body.n,
	           (double)(clock_mono_ns() - x->q.start_ns) / 1e6);
	if (x->q.who.n > 0) {
		buf_puts(&b, " who=");
		put_quoted(&b, x->q.who);
	}
	if (how != NULL)
		buf_printf(&b, " end=%s", how);
	log_line("%s", buf_str(&b));
	buf_fini(&b);
}
