#include "serve/page.h"

#include "base/base64.h"

size_t
page_limit(const struct request *q)
{
	return (size_t)MIN(MAX(request_number(q, "limit", PAGE_DEFAULT), 1), PAGE_MAX);
}

bool
page_cursor(struct request *q, struct sv *ret)
{
	const struct sv text = request_text(q, "cursor");

	*ret = (struct sv){0};
	if (!request_has(q, "cursor"))
		return true;
	if (text.n > 0 && base64_decode(q->a, text, ret) && ret->n > 0)
		return true;
	request_refuse(q, 400, "the cursor is not one that was given in an earlier answer");
	return false;
}

/* Base64 with its letters that mean something in an address written as %XX. */
static struct sv
encode(struct arena *a, struct sv cursor)
{
	const struct sv text = base64_encode(a, cursor);
	AUTO(buf) b = buf_new((size_t)1 << 20);

	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '+')
			buf_puts(b, "%2B");
		else if (text.p[i] == '/')
			buf_puts(b, "%2F");
		else if (text.p[i] != '=')
			buf_putc(b, text.p[i]);
	}
	return arena_sv(a, buf_sv(b));
}

/* The same address with another cursor. */
static struct sv
address(struct request *q, struct sv cursor)
{
	struct sv rest = q->target, path = sv_cut(&rest, '?');
	AUTO(buf) b = buf_new((size_t)1 << 20);

	buf_add(b, path);
	buf_putc(b, '?');
	while (rest.n > 0) {
		struct sv one = sv_cut(&rest, '&');

		if (one.n == 0 || sv_starts(one, SV("cursor=")))
			continue;
		buf_add(b, one);
		buf_putc(b, '&');
	}
	buf_puts(b, "cursor=");
	buf_add(b, cursor);
	return arena_sv(q->a, buf_sv(b));
}

static struct sv
link_to(struct request *q, struct sv cursor)
{
	struct sv next = address(q, cursor);

	request_add_header(q, "Link", arena_svf(q->a, "<" SV_FMT ">; rel=\"next\"", SV_ARG(next)));
	return next;
}

void
page_link(struct request *q, struct sv cursor)
{
	(void)link_to(q, encode(q->a, cursor));
}

void
page_next_number(struct request *q, struct json_writer *w, bool more, struct sv cursor)
{
	json_key(w, "next");
	if (more)
		json_sv(w, link_to(q, cursor));
	else
		json_null(w);
}

void
page_next(struct request *q, struct json_writer *w, bool more, struct sv cursor)
{
	page_next_number(q, w, more, more ? encode(q->a, cursor) : cursor);
}
