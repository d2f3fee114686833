/* From what was answered to what the library sends. */
#include <string.h>

#include "serve/request_internal.h"

static const char page_policy[] =
	"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
	"frame-ancestors 'none'; form-action 'self'; base-uri 'none'";

static bool
add(const struct mhd *mhd, struct MHD_Response *r, const char *name, const char *value)
{
	return mhd->add_response_header(r, name, value) == MHD_YES;
}

static bool
add_headers(struct exchange *x, struct MHD_Response *r)
{
	const struct prepared *p = x->r.prepared;
	const struct mhd *mhd = x->mhd;
	/* What has a tag may be kept, if it is asked for each time whether it is still true. */
	bool ok = add(mhd, r, "Cache-Control", p != NULL && x->r.status < 400 ? "no-cache" : "no-store");

	if (x->r.type != NULL && x->r.status != 304)
		ok = ok && add(mhd, r, "Content-Type", x->r.type) &&
		     add(mhd, r, "X-Content-Type-Options", "nosniff");
	if (p != NULL && x->r.status < 400)
		ok = ok && add(mhd, r, "ETag", p->etag);
	if (x->r.type != NULL && strncmp(x->r.type, "text/html", 9) == 0)
		ok = ok && add(mhd, r, "Content-Security-Policy", page_policy) &&
		     add(mhd, r, "Referrer-Policy", "no-referrer");
	for (const struct answer_header *h = x->r.header; h != NULL; h = h->next)
		ok = ok && add(mhd, r, h->name, h->value);
	/* At the end of the service each connection gets its answer, and no further one. */
	if (x->r.bad || httpd_is_quiet(x->h))
		ok = ok && add(mhd, r, "Connection", "close");
	return ok;
}

enum MHD_Result
answer_queue(struct exchange *x)
{
	struct sv body = x->r.body;
	struct MHD_Response *r = x->mhd->create_response_from_buffer(
		body.n, (void *)(uintptr_t)(body.n > 0 ? body.p : ""), MHD_RESPMEM_PERSISTENT);
	enum MHD_Result done;

	if (r == NULL)
		return MHD_NO;
	done = add_headers(x, r) ? x->mhd->queue_response(x->c, (unsigned)x->r.status, r) : MHD_NO;
	x->mhd->destroy_response(r);
	return done;
}
