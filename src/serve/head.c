/*
 * The header of a request, as far as the server itself goes by it, and where its body ends.
 *
 * Another server in front may see another end of a request than this one, if both are lenient in different ways; then a part of a body is
 * taken for a request of somebody else.  So whatever could be read in two ways is refused, and the connection closed.
 */
#include <string.h>
#include <zlib.h>

#include "base/http.h"
#include "base/num.h"
#include "serve/request_internal.h"

enum { TARGET_MAX = 8 << 10, HEADERS_MAX = 100, HEADER_BYTES_MAX = 32 << 10 };

struct reading {
	struct exchange *x;
	int status;
	const char *wrong; /* what is wrong with it, in words */
	const char *line;  /* where the line before ended: of versions that need it, see wrong_line */
	unsigned n;
	size_t bytes;
	struct sv length, encoding;
};

static void
refuse(struct reading *r, int status, const char *why)
{
	if (r->wrong == NULL) {
		r->status = status;
		r->wrong = why;
	}
}

/*
 * Before 1.0 the library lets pass what another server may take for something else: lines that end in a bare LF, values with a NUL, lines
 * that are folded (whose text then ends up in some name).  It parses in place and puts a NUL for each character of a line's end; so a header
 * that is one line of the right form begins two bytes behind the end of the one before, and both of these bytes are NUL.
 */
static bool
wrong_line(struct reading *r, const char *name, struct sv value)
{
	const char *end = r->line;

	if (end == NULL)
		return false;
	r->line = value.p + value.n;
	return name != end + 2 || end[0] != '\0' || end[1] != '\0' || r->line[0] != '\0' ||
	       r->line[1] != '\0';
}

static bool
is_value(struct sv s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

static enum MHD_Result
take_header(void *ctx, enum MHD_ValueKind kind UNUSED, const char *name_p, size_t name_n, const char *value_p,
            size_t value_n)
{
	struct reading *r = ctx;
	struct head *h = &r->x->r.head;
	struct sv name = {name_p, name_n}, value = {value_p, value_n};
	const struct {
		struct sv name;
		struct sv *to;
	} wanted[] = {
		{SV("host"), &h->host},
		{SV("origin"), &h->origin},
		{SV("authorization"), &h->authorization},
		{SV("content-type"), &h->content_type},
		{SV("content-encoding"), &h->content_encoding},
		{SV("if-none-match"), &h->if_none_match},
		{SV("sec-fetch-site"), &h->fetch_site},
		{SV("user-agent"), &h->agent},
		{SV("content-length"), &r->length},
		{SV("transfer-encoding"), &r->encoding},
	};

	r->bytes += name.n + value.n + 4;
	if (++r->n > HEADERS_MAX || r->bytes > HEADER_BYTES_MAX)
		refuse(r, 431, "the header is too long");
	if (!http_is_token(name) || !is_value(value))
		refuse(r, 400, "a header holds characters that none may hold");
	if (wrong_line(r, name_p, value))
		refuse(r, 400, "each header must be one line that ends in CR LF");
	for (size_t i = 0; i < LEN(wanted); i++)
		if (sv_ieq(name, wanted[i].name)) {
			if (wanted[i].to->p != NULL)
				refuse(r, 400, "a header that may be there once is there twice");
			*wanted[i].to = value.p != NULL ? value : SV("");
		}
	return MHD_YES;
}

/* Printable ASCII without a fragment; a path, not a URL: this is no proxy. */
static const char *
wrong_target(struct sv target)
{
	if (target.n > TARGET_MAX)
		return "the target is too long";
	if (target.n == 0 || target.p[0] != '/')
		return "the target must be a path";
	for (size_t i = 0; i < target.n; i++)
		if ((unsigned char)target.p[i] <= 0x20 || (unsigned char)target.p[i] >= 0x7f ||
		    strchr("\"#<>\\^`{|}", target.p[i]) != NULL)
			return "the target holds characters that must be percent-encoded";
	return NULL;
}

static const char *
wrong_length(struct exchange *x, const struct reading *r, const char *version)
{
	struct head *h = &x->r.head;

	h->chunked = r->encoding.p != NULL;
	h->content_length = h->chunked ? -1 : 0;
	if (h->chunked && r->length.p != NULL)
		return "Content-Length and Transfer-Encoding exclude each other";
	if (h->chunked && (!sv_ieq(r->encoding, SV("chunked")) || strcmp(version, "HTTP/1.1") != 0))
		return "the only Transfer-Encoding is chunked, of HTTP/1.1";
	if (r->length.p != NULL && (!num_i64(r->length, &h->content_length) || h->content_length < 0))
		return "Content-Length is no number";
	return NULL;
}

bool
head_read(struct exchange *x, const char *version)
{
	struct reading r = {.x = x, .line = x->mhd->lenient ? version + strlen(version) : NULL};
	const char *length, *target;

	x->mhd->get_connection_values_n(x->c, MHD_HEADER_KIND, take_header, &r);
	length = wrong_length(x, &r, version);
	target = wrong_target(x->q.target);
	if (x->mhd->lenient && version != x->r.target_end + 1)
		refuse(&r, 400, "the target holds a NUL");
	if (length != NULL)
		refuse(&r, 400, length);
	if (target != NULL)
		refuse(&r, x->q.target.n > TARGET_MAX ? 414 : 400, target);
	if (r.wrong == NULL)
		return true;
	x->r.bad = true;
	request_refuse(&x->q, r.status, "%s", r.wrong);
	return false;
}

/* The body ------------------------------------------------------------------------------------------------------ */

static bool
too_long(struct exchange *x)
{
	request_refuse(&x->q, 413, "the body is longer than %zu bytes", x->in.max);
	return false;
}

/* What is sent as a form could come from any page that a browser shows; JSON could not, without the service's consent. */
static bool
is_json(struct sv type)
{
	struct sv name = sv_trim(sv_cut(&type, ';'));

	return sv_ieq(name, SV("application/json")) || sv_ieq(name, SV("application/vnd.openlineage+json"));
}

bool
head_body(struct exchange *x)
{
	const struct route *r = x->q.route;
	const struct head *h = &x->r.head;

	x->in.max = r->body_max > 0 ? r->body_max : BODY_MAX_DEFAULT;
	if (r->body == NULL && h->content_length != 0) {
		request_refuse(&x->q, 400, "the request takes no body");
		return false;
	}
	/* Without a type there is no body: what its handler makes of that is its own. */
	if (r->body != NULL && !is_json(h->content_type) &&
	    (h->content_type.n > 0 || h->content_length > 0 || h->chunked)) {
		request_refuse(&x->q, 415, "the body must be application/json");
		return false;
	}
	if (h->content_encoding.n > 0 && !sv_ieq(h->content_encoding, SV("gzip")) &&
	    !sv_ieq(h->content_encoding, SV("identity"))) {
		request_add_header(&x->q, "Accept-Encoding", SV("gzip"));
		request_refuse(&x->q, 415, "the body may be compressed by gzip, and by nothing else");
		return false;
	}
	return h->content_length <= (int64_t)x->in.max || too_long(x);
}

/* One member, whole; what it holds is limited as if it had come uncompressed. */
static bool
gunzip(struct exchange *x)
{
	z_stream z = {.next_in = (Bytef *)x->in.p, .avail_in = (uInt)x->in.n};
	size_t max = x->in.max + 1;
	int rc = Z_OK;
	struct buf out;

	buf_init(&out, max + 1);
	if (inflateInit2(&z, 15 + 16) != Z_OK)
		return false;
	while (rc == Z_OK && out.n < max) {
		size_t room = MIN(max - out.n, (size_t)64 << 10);

		z.next_out = (Bytef *)buf_reserve(&out, room);
		z.avail_out = (uInt)room;
		rc = inflate(&z, Z_NO_FLUSH);
		buf_commit(&out, room - z.avail_out);
	}
	inflateEnd(&z);
	bool long_one = out.n >= max, whole = rc == Z_STREAM_END && z.avail_in == 0;

	x->q.body = arena_sv(x->q.a, buf_sv(&out));
	buf_fini(&out);
	if (long_one)
		return too_long(x);
	if (!whole)
		request_refuse(&x->q, 400, "the body is no gzip, or not a whole one");
	return whole;
}

bool
head_unpack(struct exchange *x)
{
	if (x->in.full)
		return too_long(x);
	if (sv_ieq(x->r.head.content_encoding, SV("gzip")))
		return gunzip(x);
	x->q.body = buf_sv(&x->in);
	return true;
}
