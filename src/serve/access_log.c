/* A line for each request; nothing that a client sends can make another line, or another word, of it. */
#include <stdio.h>

#include "base/log.h"
#include "serve/request_internal.h"

static struct log_field
text(const char *name, struct sv value)
{
	return (struct log_field){.name = name, .text = value.p != NULL ? value.p : "", .n = value.n};
}

void
access_log(const struct exchange *x, const char *how)
{
	const char *method = x->r.head_only ? "HEAD" : x->r.method != NULL ? x->r.method : "?";
	char status[16], bytes[24], ms[32];
	struct log_field f[9];
	size_t n = 0;

	snprintf(status, sizeof(status), "%d", x->r.status);
	snprintf(bytes, sizeof(bytes), "%zu", x->r.body.n);
	snprintf(ms, sizeof(ms), "%.3f", (double)(clock_mono_ns() - x->q.start_ns) / 1e6);
	f[n++] = text("peer", sv_of(x->peer));
	f[n++] = text("method", sv_of(method));
	f[n++] = text("target", x->q.target);
	f[n++] = (struct log_field){.name = "status", .word = status};
	f[n++] = (struct log_field){.name = "bytes", .word = bytes};
	f[n++] = (struct log_field){.name = "ms", .word = ms};
	if (x->q.who.n > 0)
		f[n++] = text("who", x->q.who);
	if (x->r.head.agent.n > 0)
		f[n++] = text("agent", x->r.head.agent);
	if (how != NULL)
		f[n++] = text("end", sv_of(how));
	log_fields("request", f, n);
}
