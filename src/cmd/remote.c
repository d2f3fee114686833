#include "cmd/remote.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "alert/post.h"
#include "base/clock.h"
#include "base/duration.h"
#include "base/fs.h"
#include "base/hash.h"
#include "base/url.h"
#include "cmd/commands.h"
#include "cmd/output.h"
#include "config.h"
#include "report/reader.h"
#include "store/store.h"

struct remote {
	struct http_client *client;
	struct sv name;       /* as given */
	const char *exported; /* the same, from whatever folder it is asked */
	struct sv base;       /* http(s)://host:port/prefix, without a slash at the end */
	const char *socket;   /* of unix:PATH */
	struct sv token;      /* empty = none */
	const char *ca_file;  /* NULL = the system's authorities */
	struct sv proxy;
	int64_t total_us;       /* the longest time for one answer */
	const char *token_file; /* NULL = none was named */
};

#define CONNECT_US (10 * US_PER_S)
#define TOTAL_US (60 * US_PER_S)
enum { TRIES = 3, TOKEN_MAX_BYTES = 512, ANSWER_MAX_BYTES = 64 << 20 };
/* The longest pause that a service can ask for before somebody who waits for a command is told instead. */
#define PAUSE_MAX_US (10 * US_PER_S)

static struct sv
from_environment(const char *name)
{
	const char *text = getenv(name);

	return text != NULL ? sv_of(text) : (struct sv){0};
}

static struct sv
server_of(const struct options *o)
{
	return opt(o, "server")->given ? opt_text(o, "server") : from_environment("WEIR_SERVER");
}

bool
remote_wanted(const struct options *o)
{
	return server_of(o).n > 0 || opt(o, "server")->given;
}

int
remote_refuse(const struct options *o)
{
	AUTO(buf) list = buf_new(1 << 10);
	struct err err = {0};

	for (size_t i = 0; i < command_count; i++)
		if (commands[i]->remote != NULL)
			buf_printf(list, "%s%s", list->n > 0 ? ", " : "", commands[i]->name);
	err_set(&err, ERR_USAGE, NOWHERE, "weir %s cannot work through a weir service (%s)", o->command->name,
	        opt(o, "server")->given ? "--server" : "WEIR_SERVER");
	if (o->command->instead != NULL)
		err_hint(&err, "%s", o->command->instead);
	else
		err_hint(&err, "These can: %s.  Without it the project's own state is used.", buf_str(list));
	output_error(&err);
	return o->command->failure != 0 ? o->command->failure : 2;
}

/* The token ----------------------------------------------------------------------------------------------------- */

static bool
is_token(struct sv s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] >= 0x7f)
			return false;
	return s.n > 0 && s.n <= TOKEN_MAX_BYTES;
}

static bool
read_token_file(struct arena *a, const char *path, struct sv *ret, struct err *err)
{
	struct stat st;

	if (stat(path, &st) == 0 && (st.st_mode & (S_IRWXO | S_IWGRP)) != 0) {
		err_set(err, ERR_USAGE, NOWHERE, "the token in '%s' is open to others (mode %03o)", path,
		        (unsigned)st.st_mode & 0777);
		return err_hint(err, "chmod 600 it; and as others may have read it, make a new token.");
	}
	if (!fs_read(a, path, 4096, ret, err)) {
		err->code = ERR_USAGE;
		return err_prefix(err, "--token-file");
	}
	*ret = sv_trim(*ret);
	return is_token(*ret) ||
	       err_set(err, ERR_USAGE, NOWHERE, "'%s' holds no token: one line of text is expected", path);
}

static bool
find_token(struct options *o, struct remote *r, struct err *err)
{
	const struct option_value *file = opt(o, "token-file");
	struct sv named = from_environment("WEIR_TOKEN_FILE");

	r->token = from_environment("WEIR_TOKEN");
	if (file->given)
		r->token_file = arena_str(o->a, file->text);
	else if (r->token.n == 0 && named.n > 0)
		r->token_file = arena_str(o->a, named);
	if (r->token_file != NULL)
		return read_token_file(o->a, r->token_file, &r->token, err);
	return r->token.n == 0 || is_token(r->token) ||
	       err_set(err, ERR_USAGE, NOWHERE, "WEIR_TOKEN holds no token: white space is in it");
}

/* The URL ------------------------------------------------------------------------------------------------------- */

/* A name may lead anywhere, but for the one that stands for this machine. */
static bool
is_loopback(struct arena *a, struct sv host)
{
	const char *text = arena_str(a, host);
	struct in6_addr v6;
	struct in_addr v4;

	if (sv_ieq(host, SV("localhost")))
		return true;
	if (inet_pton(AF_INET, text, &v4) == 1)
		return ntohl(v4.s_addr) >> 24 == 127;
	return inet_pton(AF_INET6, text, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

/* Nothing that two readers of URLs could take for different hosts. */
static bool
is_plain_host(struct sv host)
{
	for (size_t i = 0; i < host.n; i++)
		if (strchr("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-._:", host.p[i]) ==
		            NULL ||
		    host.p[i] == '\0')
			return false;
	return host.n > 0;
}

static bool
not_a_server(struct sv text, const char *why, struct err *err)
{
	err_set(err, ERR_USAGE, NOWHERE, "'" SV_FMT "' is no weir service: %s", SV_ARG(text), why);
	return err_hint(err, "Give its URL: https://weir.example.org, http://127.0.0.1:8484 or "
	                     "unix:/run/weir/socket.");
}

static const char *
absolute_socket(struct arena *a, const char *path)
{
	char *real = realpath(path, NULL);
	const char *ret = arena_printf(a, "unix:%s", real != NULL ? real : path);

	free(real);
	return ret;
}

static bool
find_service(struct options *o, struct remote *r, struct err *err)
{
	struct sv text = r->name;
	struct url u;

	if (sv_starts(text, SV("unix:"))) {
		r->socket = arena_str(o->a, sv_skip(text, sizeof("unix:") - 1));
		r->base = SV("http://localhost");
		r->exported = absolute_socket(o->a, r->socket);
		return r->socket[0] != '\0' || not_a_server(text, "a path is missing", err);
	}
	if (sv_find(text, '@') >= 0) {
		err_set(err, ERR_USAGE, NOWHERE,
		        "the URL of the weir service holds a user's name or a password");
		return err_hint(err, "The token goes into WEIR_TOKEN or --token-file.");
	}
	if (!url_parse(o->a, text, &u, NULL) || !is_plain_host(u.host))
		return not_a_server(text, "it is no URL", err);
	if (!sv_is(u.scheme, "https") && !sv_is(u.scheme, "http"))
		return not_a_server(text, "its scheme is neither https nor http", err);
	if (u.query.n > 0 || u.fragment.n > 0)
		return not_a_server(text, "it goes on with ? or #", err);
	if (sv_is(u.scheme, "http") && !is_loopback(o->a, u.host) && !opt_flag(o, "insecure-http")) {
		err_set(err, ERR_USAGE, NOWHERE,
		        "'" SV_FMT
		        "' is not encrypted: others on the way could read the token and open gates",
		        SV_ARG(text));
		return err_hint(err, "Use https, or say --insecure-http where the network itself is safe.");
	}
	while (sv_ends(text, SV("/")))
		text.n--;
	r->base = text;
	r->exported = arena_str(o->a, text);
	return true;
}

bool
remote_open_at(struct options *o, struct sv url, struct remote **ret, struct err *err)
{
	struct remote *r = ARENA_NEW(o->a, struct remote);
	struct sv ca = from_environment("WEIR_CA_FILE"), timeout = from_environment("WEIR_SERVER_TIMEOUT");

	*r = (struct remote){.name = url, .proxy = from_environment("WEIR_PROXY")};
	r->ca_file = ca.n > 0 ? arena_str(o->a, ca) : NULL;
	r->total_us = TOTAL_US;
	if (timeout.n > 0 && (!duration_parse(timeout, &r->total_us, err) || r->total_us == 0)) {
		err_set(err, ERR_USAGE, NOWHERE, "WEIR_SERVER_TIMEOUT is no duration: '" SV_FMT "'",
		        SV_ARG(timeout));
		return err_hint(err, "for example 30s");
	}
	if (!find_service(o, r, err) || !find_token(o, r, err))
		return false;
	r->client = http_client_new();
	*ret = r;
	return true;
}

bool
remote_open(struct options *o, struct remote **ret, struct err *err)
{
	if (opt(o, "store")->given) {
		err_set(err, ERR_USAGE, NOWHERE, "--store and a weir service (%s) are two places for state",
		        opt(o, "server")->given ? "--server" : "WEIR_SERVER");
		return err_hint(err, "leave one of them out");
	}
	return remote_open_at(o, server_of(o), ret, err);
}

void
remote_close(struct remote *r)
{
	if (r != NULL)
		http_client_free(r->client);
}

bool
remote_now(const struct options *o, struct err *err)
{
	if (!opt(o, "now")->given)
		return true;
	err_set(err, ERR_USAGE, NOWHERE, "--now does not work here: a weir service goes by its own clock");
	return err_hint(err, "leave it out");
}

/* The token itself is not put where it was not before: the environment of a process is easily looked at. */
void
remote_export(const struct remote *r)
{
	char *file = r->token_file != NULL ? realpath(r->token_file, NULL) : NULL;

	(void)setenv("WEIR_SERVER", r->exported, 1);
	if (file != NULL) {
		(void)setenv("WEIR_TOKEN_FILE", file, 1);
		(void)unsetenv("WEIR_TOKEN");
	}
	free(file);
}

struct sv
remote_name(const struct remote *r)
{
	return r->name;
}

/* Paths --------------------------------------------------------------------------------------------------------- */

static void
put_escaped(struct buf *b, struct sv text)
{
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		             (c != '\0' && strchr("-._~", c) != NULL);

		if (plain)
			buf_putc(b, c);
		else
			buf_printf(b, "%%%02X", (unsigned)(unsigned char)c);
	}
}

void
remote_segment(struct buf *path, struct sv text)
{
	buf_putc(path, '/');
	/* "." and ".." would be taken for steps. */
	if (sv_is(text, ".") || sv_is(text, ".."))
		buf_puts(path, text.n == 1 ? "%2E" : "%2E%2E");
	else
		put_escaped(path, text);
}

void
remote_param(struct buf *path, const char *name, struct sv value)
{
	buf_printf(path, "%c%s=", memchr(path->p, '?', path->n) != NULL ? '&' : '?', name);
	put_escaped(path, value);
}

/* What was answered --------------------------------------------------------------------------------------------- */

static bool
is_type(const struct http_answer *answer, const char *type)
{
	struct sv rest = answer->type;

	return sv_ieq(sv_trim(sv_cut(&rest, ';')), sv_of(type));
}

struct problem_part {
	struct sv pointer, detail;
};

struct problem {
	struct sv title, detail;
	LIST(struct problem_part) part;
};

static const struct member part_members[] = {
	{"pointer", MEMBER_TEXT, AT(problem_part, pointer)},
	{"detail", MEMBER_TEXT, AT(problem_part, detail)},
};

static bool
read_parts(struct json_reader *r, void *base, enum json_event e)
{
	struct problem *p = base;

	return READ_LIST(r, e, &p->part, MEMBERS(part_members), ((struct problem_part){0}));
}

static const struct member problem_members[] = {
	{"title", MEMBER_TEXT, AT(problem, title)},
	{"detail", MEMBER_TEXT, AT(problem, detail)},
	{"errors", MEMBER_OTHER, .read = read_parts},
};

/* What RFC 9457 has to say, if that is what it is; control characters do not get to a terminal. */
static struct sv
problem_text(struct arena *a, const struct http_answer *answer)
{
	AUTO(buf) b = buf_new(1 << 16);
	struct json_reader r = {.a = a};
	struct problem p = {.title = {0}};

	if (!is_type(answer, "application/problem+json"))
		return (struct sv){0};
	json_scan_init(&r.s, answer->body);
	if (!reader_object(&r, MEMBERS(problem_members), &p, json_next(&r.s)))
		return (struct sv){0};
	buf_add(b, p.detail.n > 0 ? p.detail : p.title);
	for (size_t i = 0; i < p.part.n && b->n < 200; i++) {
		/* Some problems repeat the first mistake as their detail. */
		if (p.part.v[i].detail.n == 0 ||
		    memmem(p.detail.p, p.detail.n, p.part.v[i].detail.p, p.part.v[i].detail.n) != NULL)
			continue;
		buf_printf(b, "%s" SV_FMT "%s" SV_FMT, i > 0 || b->n > 0 ? "; " : "",
		           SV_ARG(p.part.v[i].pointer), p.part.v[i].pointer.n > 0 ? ": " : "",
		           SV_ARG(p.part.v[i].detail));
	}
	for (size_t i = 0; i < b->n; i++)
		if ((unsigned char)b->p[i] < 0x20 || b->p[i] == 0x7f)
			b->p[i] = ' ';
	return arena_sv(a, buf_sv(b));
}

static bool
is_problem(const struct http_answer *answer)
{
	return is_type(answer, "application/problem+json");
}

static bool
fail_strange(const struct remote *r, const struct http_answer *answer, struct err *err)
{
	const char *text = http_status_text(answer->status);

	err_set(err, ERR_STORE, NOWHERE, "'" SV_FMT "' does not answer like a weir service: %lld%s%s",
	        SV_ARG(r->name), (long long)answer->status, text[0] != '\0' ? " " : "", text);
	if (answer->status >= 300 && answer->status < 400)
		return err_hint(err, "Redirects are not followed: give the URL that it leads to.");
	return err_hint(err, "Is it the right URL?  GET /healthz of it should say ok.");
}

static bool
fail_status(struct arena *a, const struct remote *r, const struct http_answer *answer, struct err *err)
{
	const long long status = answer->status;
	struct sv said = problem_text(a, answer);

	said = said.n > 0 ? said : sv_of(http_status_text(status));
	if (status == 401 || status == 403) {
		err_set(err, ERR_USAGE, NOWHERE, "'" SV_FMT "' refused with %lld: " SV_FMT, SV_ARG(r->name),
		        status, SV_ARG(said));
		if (status == 403)
			return err_hint(err, "The token's scopes do not allow this: `weir token add` on the "
			                     "service's machine makes one that does.");
		return err_hint(err,
		                r->token.n > 0
		                        ? "The token is not, or no longer, valid: is it of this service?"
		                        : "It wants a token: put it into WEIR_TOKEN or name a --token-file.");
	}
	if (status >= 500 || status == 408 || status == 429)
		return err_set(err, ERR_STORE, NOWHERE, "'" SV_FMT "' could not answer: %lld " SV_FMT,
		               SV_ARG(r->name), status, SV_ARG(said));
	if (!is_problem(answer))
		return fail_strange(r, answer, err);
	err_set(err, status == 404 || status == 405 ? ERR_USAGE : ERR_ARG, NOWHERE,
	        "'" SV_FMT "' refused with %lld: " SV_FMT, SV_ARG(r->name), status, SV_ARG(said));
	if (status == 405 || status == 415)
		return err_hint(err, "It may be another version of weir; this one is %s.", PACKAGE_VERSION);
	return false;
}

/* `<https://…/v1/events?cursor=x>; rel="next"`: only what lies below the base is followed. */
static struct sv
next_page(struct arena *a, const struct remote *r, struct sv link)
{
	while (link.n > 0) {
		struct sv one = sv_trim(sv_cut(&link, ','));
		struct sv target = sv_cut(&one, '>');

		if (!sv_starts(target, SV("<")) || one.n == 0 ||
		    memmem(one.p, one.n, "rel=\"next\"", 10) == NULL)
			continue;
		target = sv_skip(target, 1);
		if (sv_starts(target, r->base))
			target = sv_skip(target, r->base.n);
		return sv_starts(target, SV("/v1/")) ? arena_sv(a, target) : (struct sv){0};
	}
	return (struct sv){0};
}

/* Asking -------------------------------------------------------------------------------------------------------- */

static bool
send_once(struct remote *r, struct arena *a, const struct remote_call *c, struct http_answer *ret,
          struct err *err)
{
	static const char *const want[] = {"link"};
	struct http_header header[5] = {
		{SV("Accept"), SV("application/json, application/problem+json")},
		{SV("User-Agent"), SV("weir/" PACKAGE_VERSION)},
	};
	size_t n = 2;

	if (r->token.n > 0)
		header[n++] = (struct http_header){SV("Authorization"),
		                                   arena_svf(a, "Bearer " SV_FMT, SV_ARG(r->token))};
	if (c->method == HTTP_POST) {
		header[n++] = (struct http_header){SV("Content-Type"), SV("application/json")};
		header[n++] = (struct http_header){
			SV("Idempotency-Key"), arena_svf(a, "\"" SV_FMT "\"", SV_ARG(c->idempotency_key))};
	}

	const struct http_request q = {
		.method = c->method,
		.url = arena_svf(a, SV_FMT SV_FMT, SV_ARG(r->base), SV_ARG(c->path)),
		.header = header,
		.nheader = n,
		.body = c->body,
		.proxy = r->proxy,
		.ca_file = r->ca_file,
		.socket = r->socket,
		.connect_us = CONNECT_US,
		.total_us = r->total_us + c->wait_us,
		.whole = true,
		.answer_max = ANSWER_MAX_BYTES,
		.any_address = true,
		.want = want,
		.nwant = LEN(want),
	};

	return http_send(r->client, a, &q, ret, err);
}

/* May the same go better in a moment?  409: the same request is still at work. */
static bool
is_passing(const struct remote_call *c, int64_t status)
{
	return status == 429 || status == 502 || status == 503 || status == 504 ||
	       (status == 409 && c->method == HTTP_POST);
}

static void
pause_us(int64_t us)
{
	struct timespec t = {us / US_PER_S, us % US_PER_S * 1000};

	while (clock_nanosleep(CLOCK_MONOTONIC, 0, &t, &t) != 0) {
	}
}

/* 0.3 s, 1.2 s: each up to a half longer, so that many clients do not come back at once. */
static int64_t
backoff_us(const struct remote_call *c, int tries)
{
	int64_t us = INT64_C(300000) << (2 * (tries - 1));

	return us + (int64_t)(hash64(c->idempotency_key) % (uint64_t)(us / 2));
}

static bool
take_answer(struct remote *r, struct arena *a, const struct remote_call *c, const struct http_answer *answer,
            struct sv *json, struct sv *next, struct err *err)
{
	if (answer->status >= 300 && answer->status < 400)
		return fail_strange(r, answer, err);
	if (answer->status >= 400)
		return fail_status(a, r, answer, err);
	if (c->bare ? answer->status != 204 : !is_type(answer, "application/json") || answer->body.n == 0)
		return fail_strange(r, answer, err);
	*json = answer->body;
	if (next != NULL)
		*next = next_page(a, r, answer->wanted[0]);
	return true;
}

bool
remote_ask(struct remote *r, struct arena *a, const struct remote_call *asked, struct sv *json,
           struct sv *next, struct err *err)
{
	struct remote_call c = *asked;
	struct clock clock = clock_system;
	char id[ULID_MAX];

	if (c.idempotency_key.n == 0) {
		ulid_make(clock_now_us(&clock), id);
		c.idempotency_key = sv_of(id);
	}
	for (int tries = 1;; tries++) {
		struct http_answer answer = {0};
		bool answered = send_once(r, a, &c, &answer, err);
		int64_t wait_us = answered ? retry_after_parse(answer.retry_after, clock_now_us(&clock)) : 0;
		bool again = answered ? is_passing(&c, answer.status) && wait_us <= PAUSE_MAX_US
		                      : err->code == ERR_IO || err->code == ERR_TIMEOUT;

		if (again && tries < TRIES && !c.once) {
			pause_us(MAX(wait_us, backoff_us(&c, tries)));
			continue;
		}
		if (answered)
			return take_answer(r, a, &c, &answer, json, next, err);
		/* What cannot be sent at all (no libcurl, no memory) is nobody's answer, either. */
		err->code = ERR_STORE;
		if (err->hint[0] == '\0')
			err_hint(err,
			         "Does `weir serve` run at " SV_FMT
			         "?  --server, else WEIR_SERVER, says where.",
			         SV_ARG(r->name));
		return err_prefix(err, "the weir service cannot be asked");
	}
}

bool
remote_confirms(struct arena *a, struct sv json, const char *key, struct sv text, struct err *err)
{
	const struct member members[] = {{.name = key, .kind = MEMBER_TEXT}};
	struct json_reader reader = {.a = a, .err = err, .what = "the answer"};
	struct sv got = {0};

	json_scan_init(&reader.s, json);
	if (!reader_object(&reader, MEMBERS(members), &got, json_next(&reader.s)))
		return false;
	return sv_eq(got, text) ||
	       err_set(err, ERR_STORE, NOWHERE,
	               "the answer is of something else: its '%s' is not '" SV_FMT "'", key, SV_ARG(text));
}
