/*
 * What the library calls: a request from its first line to its answer.
 *
 *	handle_target ─► handle_request (header) ─► (body) … ─► (end) ─► quick, or suspended for the keeper ─► (end) ─► handle_completed
 *
 * An answer that is given before the end closes the connection, too: right for requests whose body nobody wants, and for those that cannot
 * be told apart from what follows; all others are answered at their end.
 */
#include <string.h>

#include "base/clock.h"
#include "serve/request_internal.h"

enum {
	OVERLONG_MAX =
		16 << 20, /* bytes of a body that are read beyond its limit, so that it can be told so */
	BUFFER_KEPT = 64 << 10, /* of a connection, from one request to the next */
};

static void
enter(struct exchange *x, enum phase phase, int64_t bytes)
{
	atomic_store_explicit(&x->since_ns, clock_mono_ns(), memory_order_relaxed);
	atomic_store_explicit(&x->bytes, bytes, memory_order_relaxed);
	atomic_store_explicit(&x->phase, (int)phase, memory_order_relaxed);
}

/* The library would decode before it cuts; the query is read from the target instead. */
size_t
handle_unescape(void *ctx UNUSED, struct MHD_Connection *c UNUSED, char *text)
{
	return strlen(text);
}

void *
handle_target(void *ctx, const char *target, struct MHD_Connection *c)
{
	const struct mhd *mhd = ctx;
	struct exchange *x = mhd->get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;

	arena_reset(x->q.a);
	buf_clear(&x->in);
	memset(&x->r, 0, sizeof(x->r));
	x->c = c;
	x->q = (struct request){.a = x->q.a, .start_ns = clock_mono_ns()};
	x->q.target = arena_sv(x->q.a, sv_of(target));
	x->r.target_end = target + x->q.target.n;
	return x;
}

/* The header ---------------------------------------------------------------------------------------------------- */

static void
refuse_path(struct exchange *x, unsigned allowed)
{
	const char *list = "";

	if (allowed == 0) {
		request_refuse(
			&x->q, 404,
			"there is no such path; /openapi.json lists those that there are (slashes in a "
			"key are written %%2F)");
		return;
	}
	if (allowed & 1u << METHOD_GET)
		list = "GET, HEAD";
	for (int m = METHOD_POST; m < METHOD_COUNT; m++)
		if (allowed & 1u << m)
			list = arena_printf(x->q.a, "%s%s%s", list, list[0] != '\0' ? ", " : "",
			                    method_names[m]);
	request_add_header(&x->q, "Allow", sv_of(list));
	request_refuse(&x->q, 405, "the path takes %s", list);
}

static bool
find_route(struct exchange *x, const char *method, struct sv path)
{
	int m = 0;
	unsigned allowed = 0;

	x->r.head_only = strcmp(method, "HEAD") == 0;
	while (!x->r.head_only && m < METHOD_COUNT && strcmp(method, method_names[m]) != 0)
		m++;
	x->q.route = route_find((enum method)m, path, x->q.arg, &allowed);
	if (x->q.route == NULL) {
		refuse_path(x, allowed);
		return false;
	}
	for (size_t i = 0; i < ROUTE_ARGS_MAX && x->q.arg[i].n > 0; i++)
		if (!percent_decode(x->q.a, x->q.arg[i], false, &x->q.arg[i])) {
			request_refuse(&x->q, 400,
			               "the path cannot be decoded: it must be UTF-8, "
			               "percent-encoded");
			return false;
		}
	return true;
}

/* Answers if something is wrong with it. */
static void
look_at(struct exchange *x, const char *method, const char *version)
{
	struct sv query = x->q.target, path = sv_cut(&query, '?');

	if (head_read(x, version) && access_from(x) && find_route(x, method, path) && access_allowed(x) &&
	    head_body(x) && request_params(x, query))
		enter(x, x->r.head.content_length != 0 ? PHASE_BODY : PHASE_WORK, 0);
}

/* The body ------------------------------------------------------------------------------------------------------ */

/* False: who sends on and on is not listened to for ever. */
static bool
take_body(struct exchange *x, struct sv data)
{
	int64_t all = atomic_fetch_add_explicit(&x->bytes, (int64_t)data.n, memory_order_relaxed);

	if (!x->r.answered)
		(void)buf_add(&x->in, data);
	return all < (int64_t)x->in.max + OVERLONG_MAX;
}

/* The end ------------------------------------------------------------------------------------------------------- */

/* True: it is answered.  Else it belongs to the keeper from now on. */
static bool
dispatch(struct exchange *x)
{
	const struct route *r = x->q.route;

	enter(x, PHASE_WORK, 0);
	if (!head_unpack(x) || (r->quick != NULL && r->quick(x->s, &x->q)) || !httpd_may_queue(x))
		return true;
	x->mhd->suspend_connection(x->c);
	request_hand_over(x);
	return false;
}

static enum MHD_Result
send_answer(struct exchange *x)
{
	enter(x, PHASE_ANSWER, (int64_t)x->r.body.n);
	return answer_queue(x);
}

enum MHD_Result
handle_request(void *ctx UNUSED, struct MHD_Connection *c UNUSED, const char *url UNUSED, const char *method,
               const char *version, const char *data, size_t *n, void **exchange)
{
	struct exchange *x = *exchange;

	if (!x->r.seen) {
		x->r.seen = true;
		x->r.method = method;
		httpd_begin(x);
		look_at(x, method, version);
		return x->r.answered && (x->r.bad || x->r.head.content_length != 0) ? send_answer(x)
		                                                                    : MHD_YES;
	}
	if (*n > 0) {
		bool fits = take_body(x, (struct sv){data, *n});

		*n = 0;
		return fits ? MHD_YES : MHD_NO;
	}
	/* The second time for what the keeper has answered. */
	return x->r.answered || dispatch(x) ? send_answer(x) : MHD_YES;
}

void
handle_completed(void *ctx UNUSED, struct MHD_Connection *c UNUSED, void **exchange,
                 enum MHD_RequestTerminationCode how)
{
	struct exchange *x = *exchange;

	if (x == NULL)
		return;
	if (x->r.seen)
		httpd_end(x, how);
	prepared_unref(x->r.prepared);
	x->r.prepared = NULL;
	*exchange = NULL;
	/* A connection that once had much to say must not hold on to that until it ends. */
	if (x->in.cap > BUFFER_KEPT)
		buf_fini(&x->in);
	if (x->out.cap > BUFFER_KEPT)
		buf_fini(&x->out);
	arena_reset(x->q.a);
	enter(x, PHASE_BETWEEN, 0);
}
