#include <assert.h>
#include <string.h>

#include "base/clock.h"
#include "base/http.h"
#include "serve/idempotency.h"
#include "serve/request_internal.h"

/* What was asked ------------------------------------------------------------------------------------------------ */

static const struct given *
given(const struct request *q, const char *name, enum param_type *type)
{
	const struct route *r = q->route;

	for (size_t i = 0; i < r->nparam; i++)
		if (strcmp(r->param[i].name, name) == 0) {
			*type = r->param[i].type;
			return &exchange_of(q)->r.given[i];
		}
	give_up("the route %s has no parameter '%s'", r->path, name);
}

struct sv
request_text(const struct request *q, const char *name)
{
	enum param_type type;

	return given(q, name, &type)->text;
}

bool
request_has(const struct request *q, const char *name)
{
	enum param_type type;

	return given(q, name, &type)->there;
}

bool
request_flag(const struct request *q, const char *name)
{
	enum param_type type;
	const struct given *g = given(q, name, &type);

	assert(type == PARAM_IS_FLAG);
	return g->number != 0;
}

int64_t
request_number(const struct request *q, const char *name, int64_t dflt)
{
	enum param_type type;
	const struct given *g = given(q, name, &type);

	assert(type == PARAM_IS_COUNT || type == PARAM_IS_DURATION || type == PARAM_IS_TIME);
	return g->there ? g->number : dflt;
}

struct sv
request_header(const struct request *q, const char *name)
{
	const struct exchange *x = exchange_of(q);
	const char *value = NULL;
	size_t n = 0;

	if (x->mhd->lookup_connection_value_n(x->c, MHD_HEADER_KIND, name, strlen(name), &value, &n) !=
	    MHD_YES)
		return (struct sv){0};
	return (struct sv){value, n};
}

/* The answer ---------------------------------------------------------------------------------------------------- */

void
request_add_header(struct request *q, const char *name, struct sv value)
{
	struct exchange *x = exchange_of(q);
	struct answer_header *h = ARENA_NEW(q->a, struct answer_header), **last = &x->r.header;

	/* A line break would be another header, or another answer. */
	for (size_t i = 0; i < value.n; i++)
		assert((unsigned char)value.p[i] >= 0x20 && value.p[i] != 0x7f);
	h->name = arena_str(q->a, sv_of(name));
	h->value = arena_str(q->a, value);
	while (*last != NULL)
		last = &(*last)->next;
	*last = h;
}

/* Makes it look as if nothing had been answered. */
static void
unanswer(struct exchange *x)
{
	prepared_unref(x->r.prepared);
	x->r.prepared = NULL;
	x->r.header = NULL;
	x->r.answered = false;
}

/* An answer is held back while it is not sure yet; else it leaves now, and the request is not the caller's any more. */
static void
answered(struct exchange *x)
{
	assert(!x->r.answered);
	x->r.answered = true;
	if (x->r.kept) {
		httpd_unkeep(x->h, x);
		x->r.kept = false;
	}
	if (x->r.with_keeper && !x->r.held)
		httpd_resume(x);
}

void
request_answer(struct request *q, int status, const char *type, struct sv body)
{
	struct exchange *x = exchange_of(q);

	x->r.status = status;
	x->r.type = type;
	x->r.body = body;
	answered(x);
}

void
request_json(struct request *q, int status, struct sv json)
{
	request_answer(q, status, "application/json", json);
}

struct json_writer *
request_write(struct request *q)
{
	struct exchange *x = exchange_of(q);

	buf_clear(&x->out);
	json_write_init(&x->json, &x->out, 0);
	return &x->json;
}

void
request_wrote(struct request *q, int status)
{
	struct exchange *x = exchange_of(q);
	struct err err = {0};

	if (!buf_check(&x->out, "the answer", &err)) {
		request_problem(q, 500, &err);
		return;
	}
	request_json(q, status, buf_sv(&x->out));
}

/* If-None-Match: `*`, or a list of tags, of which weak ones count as well. */
static bool
client_has(struct sv tags, const char *etag)
{
	while (tags.n > 0) {
		struct sv tag = sv_trim(sv_cut(&tags, ','));

		if (sv_is(tag, "*") || sv_is(sv_starts(tag, SV("W/")) ? sv_skip(tag, 2) : tag, etag))
			return true;
	}
	return false;
}

void
request_prepared(struct request *q, struct prepared *p)
{
	struct exchange *x = exchange_of(q);
	const bool has = p->status == 200 && x->r.head.if_none_match.n > 0 &&
	                 client_has(x->r.head.if_none_match, p->etag);

	x->r.prepared = p;
	request_answer(q, has ? 304 : p->status, p->type, has ? (struct sv){0} : p->body);
}

static void
put_problem(struct request *q, int status, const char *code, const char *detail, const char *hint)
{
	struct exchange *x = exchange_of(q);
	struct json_writer *w = request_write(q);
	struct sv rest = q->target, path = sv_cut(&rest, '?'), whole = {0};

	if (hint != NULL && hint[0] != '\0')
		whole = arena_svf(q->a, "%s: %s", detail, hint);
	json_object(w);
	json_put_str(w, "type", "about:blank");
	json_put_str(w, "title", http_status_text(status));
	json_put_i64(w, "status", status);
	json_put_sv(w, "detail", whole.n > 0 ? whole : sv_of(detail));
	json_put_sv(w, "instance", path);
	if (code != NULL)
		json_put_str(w, "code", code);
	json_object_end(w);
	/* Not even this had room: the status says enough. */
	request_answer(q, status, "application/problem+json", x->out.full ? SV("{}") : buf_sv(&x->out));
}

void
request_problem(struct request *q, int status, const struct err *err)
{
	put_problem(q, status != 0 ? status : err_http_status(err->code), err_code_name(err->code), err->msg,
	            err->hint);
}

void
request_refuse(struct request *q, int status, const char *fmt, ...)
{
	va_list ap;
	char *detail;

	va_start(ap, fmt);
	detail = arena_vprintf(q->a, fmt, ap);
	va_end(ap);
	put_problem(q, status, NULL, detail, NULL);
}

void
request_keep(struct request *q, void (*gone)(struct service *s, struct request *q, void *ctx), void *ctx)
{
	struct exchange *x = exchange_of(q);

	assert(x->r.with_keeper && x->q.task.write == NULL && !x->r.answered && !x->r.kept);
	x->r.kept = true;
	x->r.gone = gone;
	x->r.gone_ctx = ctx;
	httpd_keep(x->h, x);
}

bool
request_answered(const struct request *q, int *status, const char **type, struct sv *body)
{
	const struct exchange *x = exchange_of(q);

	if (!x->r.answered)
		return false;
	*status = x->r.status;
	*type = x->r.type;
	*body = x->r.body;
	return true;
}

/* With the keeper ----------------------------------------------------------------------------------------------- */

static struct exchange *
exchange_of_task(struct task *t)
{
	return exchange_of(CONTAINER_OF(t, struct request, task));
}

static void run_write_later(struct exchange *x);

/*
 * What a handler answers is held until the handler is done: else the request could be gone, and another one in its place, before it is looked
 * at here.
 */
static void
run_read(struct service *s, struct task *t)
{
	struct exchange *x = exchange_of_task(t);

	x->r.held = true;
	x->q.route->read(s, &x->q);
	x->r.held = false;
	if (x->r.answered)
		httpd_resume(x);
	else if (!x->r.kept)
		run_write_later(x);
}

static bool
run_write(struct service *s, struct task *t, struct err *err)
{
	struct exchange *x = exchange_of_task(t);

	/* A transaction that failed may be tried again. */
	unanswer(x);
	x->r.held = true;
	return idempotency_write(s, &x->q, err);
}

static void
done_write(struct service *s UNUSED, struct task *t, const struct err *why)
{
	struct exchange *x = exchange_of_task(t);

	/* It may be that its write was never tried, as one before it failed, or as nothing could begin. */
	x->r.held = true;
	if (why != NULL) {
		unanswer(x);
		request_add_header(&x->q, "Retry-After", SV("2"));
		request_problem(&x->q, 503, why);
	} else if (!x->r.answered) {
		request_refuse(&x->q, 500, "the request was carried out, but has no answer");
	}
	x->r.held = false;
	httpd_resume(x);
}

static void
set_task(struct exchange *x, bool write)
{
	x->q.task = write ? (struct task){.write = run_write, .done = done_write}
	                  : (struct task){.run = run_read};
}

static void
put_task(struct exchange *x)
{
	if (inbox_put(x->s->inbox, &x->q.task))
		return;
	request_add_header(&x->q, "Retry-After", SV("5"));
	request_refuse(&x->q, 503, "the service is about to stop");
}

static void
run_write_later(struct exchange *x)
{
	if (x->q.route->write == NULL) {
		request_refuse(&x->q, 500, "the request has no answer");
		return;
	}
	set_task(x, true);
	put_task(x);
}

void
request_hand_over(struct exchange *x)
{
	x->r.with_keeper = true;
	set_task(x, x->q.route->read == NULL);
	put_task(x);
}
