/* The client of HTTP against a server of a few lines; what receivers do to it otherwise is in tests/behaviour. */
#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/http.h"

Suite *suite_http(void);

/* Answers what it is asked, many times on one connection, until the client hangs up. */
struct server {
	pthread_t thread;
	int listener;
	uint16_t port;
	atomic_int connections, requests;
	size_t body; /* bytes of each answer */
	char method[8];
};

/* Empties what belongs to one request: the head, and no more bodies than fit behind it. */
static bool
read_request(int fd, char *text, size_t max)
{
	size_t n = 0;

	while (n + 1 < max) {
		ssize_t got = recv(fd, text + n, max - n - 1, 0);
		const char *end, *length;

		if (got <= 0)
			return false;
		n += (size_t)got;
		text[n] = '\0';
		end = strstr(text, "\r\n\r\n");
		if (end == NULL)
			continue;
		length = strcasestr(text, "content-length:");
		if (length == NULL || n - (size_t)(end + 4 - text) >= (size_t)strtoul(length + 15, NULL, 10))
			return true;
	}
	return false;
}

static bool
answer(struct server *s, int fd)
{
	char *text = malloc(s->body + 256);
	int head = snprintf(text, 256,
	                    "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\nContent-Type: a/b; c=d\r\n"
	                    "ETag: \"x\"\r\nLINK:  <y> \r\n\r\n",
	                    s->body);
	bool sent;

	memset(text + head, 'z', s->body);
	sent = send(fd, text, (size_t)head + s->body, MSG_NOSIGNAL) == (ssize_t)((size_t)head + s->body);
	free(text);
	return sent;
}

static void *
serve(void *ctx)
{
	struct server *s = ctx;
	int fd;

	while ((fd = accept(s->listener, NULL, NULL)) >= 0) {
		char text[4096];

		s->connections++;
		while (read_request(fd, text, sizeof(text))) {
			s->requests++;
			snprintf(s->method, sizeof(s->method), "%.*s", (int)strcspn(text, " "), text);
			if (!answer(s, fd))
				break;
		}
		close(fd);
	}
	return NULL;
}

static void
start(struct server *s)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(at);

	s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(s->listener, (struct sockaddr *)&at, sizeof(at)), 0);
	ck_assert_int_eq(listen(s->listener, 8), 0);
	ck_assert_int_eq(getsockname(s->listener, (struct sockaddr *)&at, &size), 0);
	s->port = ntohs(at.sin_port);
	ck_assert_int_eq(pthread_create(&s->thread, NULL, serve, s), 0);
}

static void
stop(struct server *s)
{
	shutdown(s->listener, SHUT_RDWR);
	pthread_join(s->thread, NULL);
	close(s->listener);
}

static struct http_request
request_of(struct arena *a, const struct server *s, enum http_method method)
{
	return (struct http_request){.method = method,
	                             .url = arena_svf(a, "http://127.0.0.1:%u/", s->port),
	                             .connect_us = 5 * US_PER_S,
	                             .total_us = 20 * US_PER_S,
	                             .whole = true,
	                             .any_address = true};
}

START_TEST(a_client_keeps_its_connection_for_what_is_asked_under_the_same_rules)
{
	AUTO(arena) a = arena_new();
	AUTO(http_client) c = http_client_new();
	struct server s = {.body = 10};
	struct sv loopback = SV("127.0.0.1");
	struct http_request r;
	struct http_answer answer;
	struct err err = {0};

	start(&s);
	r = request_of(a, &s, HTTP_GET);
	for (int i = 0; i < 3; i++)
		ck_assert_msg(http_send(c, a, &r, &answer, &err), "%s", err.msg);
	ck_assert_int_eq(s.connections, 1);
	ck_assert_int_eq(s.requests, 3);

	/* What was connected to before is not connected to under rules that forbid it. */
	r.any_address = false;
	ck_assert(!http_send(c, a, &r, &answer, &err));
	ck_assert_int_eq(err.code, ERR_ARG);
	ck_assert_int_eq(s.requests, 3);

	r.allow_private = &loopback;
	r.nallow_private = 1;
	ck_assert(http_send(c, a, &r, &answer, &err));
	ck_assert_int_eq(s.connections, 2);
	http_client_free(STEAL(c));
	stop(&s);
}
END_TEST

static const struct {
	enum http_method method;
	const char *name;
} methods[] = {{HTTP_POST, "POST"}, {HTTP_GET, "GET"}, {HTTP_DELETE, "DELETE"}};

START_TEST(a_method_arrives_and_the_headers_that_are_wanted_come_back)
{
	AUTO(arena) a = arena_new();
	static const char *const want[] = {"link", "Location", "etag"};
	struct server s = {.body = 3};
	struct http_request r;
	struct http_answer answer;
	struct err err = {0};

	start(&s);
	r = request_of(a, &s, methods[_i].method);
	r.body = methods[_i].method == HTTP_GET ? SV("") : SV("{}");
	r.want = want;
	r.nwant = LEN(want);
	ck_assert_msg(http_send(NULL, a, &r, &answer, &err), "%s", err.msg);
	ck_assert_str_eq(s.method, methods[_i].name);
	ck_assert(sv_is(answer.body, "zzz") && sv_is(answer.type, "a/b; c=d"));
	ck_assert(sv_is(answer.wanted[0], "<y>") && answer.wanted[1].n == 0 &&
	          sv_is(answer.wanted[2], "\"x\""));
	stop(&s);
}
END_TEST

START_TEST(an_answer_that_is_too_long_is_cut_or_refused_as_asked)
{
	AUTO(arena) a = arena_new();
	struct server s = {.body = 100001};
	struct http_request r;
	struct http_answer answer = {.status = 42};
	struct err err = {0};

	start(&s);
	r = request_of(a, &s, HTTP_GET);
	r.answer_max = 100000;
	ck_assert(!http_send(NULL, a, &r, &answer, &err));
	ck_assert_int_eq(err.code, ERR_LIMIT);
	ck_assert_int_eq(answer.status, 42);
	r.answer_max = 100001;
	ck_assert(http_send(NULL, a, &r, &answer, &err));
	ck_assert_uint_eq(answer.body.n, 100001);
	r.whole = false;
	r.answer_max = 0;
	ck_assert(http_send(NULL, a, &r, &answer, &err));
	ck_assert_int_eq(answer.status, 200);
	ck_assert_uint_eq(answer.body.n, HTTP_ANSWER_MAX);
	stop(&s);
}
END_TEST

Suite *
suite_http(void)
{
	Suite *s = suite_create("http");
	TCase *t = tcase_create("http");

	tcase_add_test(t, a_client_keeps_its_connection_for_what_is_asked_under_the_same_rules);
	tcase_add_loop_test(t, a_method_arrives_and_the_headers_that_are_wanted_come_back, 0,
	                    (int)LEN(methods));
	tcase_add_test(t, an_answer_that_is_too_long_is_cut_or_refused_as_asked);
	suite_add_tcase(s, t);
	return s;
}
