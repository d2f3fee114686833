#include "base/url.h"

#include "base/buf.h"
#include "base/num.h"

static bool
scheme_char(char c, bool first)
{
	bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

	return letter || (!first && ((c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.'));
}

/* Length of the scheme without its colon, or 0. */
static size_t
scheme_length(struct sv s)
{
	size_t n = 0;

	while (n < s.n && scheme_char(s.p[n], n == 0))
		n++;
	return n >= 2 && n < s.n && s.p[n] == ':' ? n : 0;
}

bool
url_has_scheme(struct sv s)
{
	return scheme_length(s) > 0;
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if ((c | 32) >= 'a' && (c | 32) <= 'f')
		return (c | 32) - 'a' + 10;
	return -1;
}

/* Percent-decoding; a NUL byte would cut paths later on, so it is refused. */
static bool
decode(struct arena *a, struct sv s, const char *what, struct sv *ret, struct err *err)
{
	char *text = arena_alloc(a, s.n + 1), *d = text;

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (c == '%') {
			int hi = i + 2 < s.n ? hex_digit(s.p[i + 1]) : -1;
			int lo = i + 2 < s.n ? hex_digit(s.p[i + 2]) : -1;

			if (hi < 0 || lo < 0)
				return err_set(
					err, ERR_ARG, NOWHERE,
					"'%%' in the %s of a URL must be followed by two hexadecimal digits",
					what);
			c = (char)(hi * 16 + lo);
			i += 2;
		}
		if (c == '\0')
			return err_set(err, ERR_ARG, NOWHERE, "the %s of a URL must not hold a NUL byte",
			               what);
		*d++ = c;
	}
	*ret = (struct sv){text, (size_t)(d - text)};
	return true;
}

static struct sv
lower(struct arena *a, struct sv s)
{
	struct sv copy = arena_sv(a, s);
	char *p = (char *)(uintptr_t)copy.p;

	for (size_t i = 0; i < copy.n; i++)
		if (p[i] >= 'A' && p[i] <= 'Z')
			p[i] = (char)(p[i] | 32);
	return copy;
}

/* `user:password@host:port`, with the host in brackets if it is an IPv6 address. */
static bool
parse_authority(struct arena *a, struct sv s, struct url *u, struct err *err)
{
	struct sv host = s, port = {0};
	ptrdiff_t at = -1;

	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == '@')
			at = (ptrdiff_t)i;
	if (at >= 0) {
		struct sv login = {s.p, (size_t)at};
		struct sv user = sv_cut(&login, ':');

		if (!decode(a, user, "user", &u->user, err) ||
		    !decode(a, login, "password", &u->password, err))
			return false;
		host = sv_skip(s, (size_t)at + 1);
	}
	if (host.n > 0 && host.p[0] == '[') {
		ptrdiff_t close = sv_find(host, ']');

		if (close < 0)
			return err_set(err, ERR_ARG, NOWHERE, "the address of a URL lacks its closing ']'");
		port = sv_skip(host, (size_t)close + 1);
		host = (struct sv){host.p + 1, (size_t)close - 1};
		if (port.n > 0 && port.p[0] != ':')
			return err_set(err, ERR_ARG, NOWHERE, "a port in a URL follows a colon");
		port = sv_skip(port, 1);
	} else {
		port = host;
		host = sv_cut(&port, ':');
	}
	if (port.n > 0) {
		uint64_t number;

		if (!num_u64(port, &number) || number == 0 || number > UINT16_MAX)
			return err_set(err, ERR_ARG, NOWHERE, "'" SV_FMT "' is no port", SV_ARG(port));
		u->port = (uint16_t)number;
	}
	return decode(a, host, "host", &u->host, err);
}

bool
url_parse(struct arena *a, struct sv s, struct url *ret, struct err *err)
{
	struct url u = {0};
	size_t n = scheme_length(s);
	struct sv rest = sv_skip(s, n + 1);
	ptrdiff_t at;

	if (n == 0)
		return err_set(err, ERR_ARG, NOWHERE,
		               "'" SV_FMT "' is no URL: it has no scheme such as file:", SV_ARG(s));
	u.scheme = lower(a, (struct sv){s.p, n});
	if ((at = sv_find(rest, '#')) >= 0) {
		u.fragment = sv_skip(rest, (size_t)at + 1);
		rest.n = (size_t)at;
	}
	if ((at = sv_find(rest, '?')) >= 0) {
		u.query = sv_skip(rest, (size_t)at + 1);
		rest.n = (size_t)at;
	}
	if (sv_starts(rest, SV("//"))) {
		struct sv authority = sv_skip(rest, 2);

		at = sv_find(authority, '/');
		rest = at >= 0 ? sv_skip(authority, (size_t)at) : (struct sv){0};
		authority.n = at >= 0 ? (size_t)at : authority.n;
		if (!parse_authority(a, authority, &u, err))
			return false;
	}
	if (!decode(a, rest, "path", &u.path, err))
		return false;
	*ret = u;
	return true;
}

static bool
looks_secret(struct sv key)
{
	static const struct sv words[] = {
		{"key", 3}, {"token", 5}, {"secret", 6},    {"password", 8}, {"passwd", 6},
		{"pwd", 3}, {"sig", 3},   {"signature", 9}, {"auth", 4},     {"credential", 10},
	};

	for (size_t w = 0; w < LEN(words); w++)
		for (size_t i = 0; i + words[w].n <= key.n; i++)
			if (sv_ieq((struct sv){key.p + i, words[w].n}, words[w]))
				return true;
	return false;
}

/* The password of `scheme://user:password@host`, as a view into s; empty if there is none. */
static struct sv
password_in(struct sv s)
{
	size_t start = scheme_length(s);
	struct sv authority = sv_skip(s, start + 3), login;
	ptrdiff_t at = -1, colon;

	if (start == 0 || !sv_starts(sv_skip(s, start), SV("://")))
		return (struct sv){0};
	for (size_t i = 0; i < authority.n && authority.p[i] != '/' && authority.p[i] != '?'; i++)
		if (authority.p[i] == '@')
			at = (ptrdiff_t)i;
	login = (struct sv){authority.p, at > 0 ? (size_t)at : 0};
	colon = sv_find(login, ':');
	return colon < 0 ? (struct sv){0} : sv_skip(login, (size_t)colon + 1);
}

struct sv
url_redact(struct arena *a, struct sv s)
{
	struct buf b;
	struct sv password = password_in(s), rest = s, text;

	buf_init(&b, s.n * 4 + 16);
	if (password.n > 0) {
		buf_add(&b, (struct sv){s.p, (size_t)(password.p - s.p)});
		buf_puts(&b, "***");
		rest = sv_skip(s, (size_t)(password.p - s.p) + password.n);
	}
	buf_add(&b, sv_cut(&rest, '?'));
	for (char sep = '?'; rest.n > 0; sep = '&') {
		struct sv pair = sv_cut(&rest, '&'), value = pair;
		struct sv key = sv_cut(&value, '=');

		buf_putc(&b, sep);
		if (key.n < pair.n && looks_secret(key))
			buf_printf(&b, SV_FMT "=***", SV_ARG(key));
		else
			buf_add(&b, pair);
	}
	text = arena_sv(a, buf_sv(&b));
	buf_fini(&b);
	return text;
}
