#include "base/netaddr.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>

#include "base/num.h"

static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool
netaddr_of(const struct sockaddr *sa, struct netaddr *ret)
{
	struct netaddr a;

	if (sa->sa_family == AF_INET) {
		struct sockaddr_in in;

		memcpy(&in, sa, sizeof(in));
		memcpy(a.b, mapped, sizeof(mapped));
		memcpy(a.b + 12, &in.sin_addr, 4);
		a.port = ntohs(in.sin_port);
	} else if (sa->sa_family == AF_INET6) {
		struct sockaddr_in6 in6;

		memcpy(&in6, sa, sizeof(in6));
		memcpy(a.b, &in6.sin6_addr, 16);
		a.port = ntohs(in6.sin6_port);
	} else {
		return false;
	}
	*ret = a;
	return true;
}

static bool
is_v4(const struct netaddr *a)
{
	return memcmp(a->b, mapped, sizeof(mapped)) == 0;
}

const char *
netaddr_text(const struct netaddr *a, char *dst)
{
	if (is_v4(a))
		return inet_ntop(AF_INET, a->b + 12, dst, NETADDR_MAX);
	return inet_ntop(AF_INET6, a->b, dst, NETADDR_MAX);
}

/* Do the first `bits` bits agree? */
static bool
same_prefix(const uint8_t *a, const uint8_t *b, unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;

	return memcmp(a, b, whole) == 0 && (rest == 0 || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0);
}

/* What IANA keeps for special use; the first row that fits tells. */
static const struct {
	uint8_t b[4];
	unsigned bits;
	const char *why;
} special4[] = {
	{{0, 0, 0, 0}, 8, "unspecified"},    {{10, 0, 0, 0}, 8, "private"},
	{{100, 64, 0, 0}, 10, "private"}, /* shared by customers of one provider */
	{{127, 0, 0, 0}, 8, "loopback"},     {{169, 254, 0, 0}, 16, "link-local"},
	{{172, 16, 0, 0}, 12, "private"},    {{192, 0, 0, 0}, 24, "reserved"},
	{{192, 0, 2, 0}, 24, "reserved"},    {{192, 88, 99, 0}, 24, "reserved"},
	{{192, 168, 0, 0}, 16, "private"},   {{198, 18, 0, 0}, 15, "private"},
	{{198, 51, 100, 0}, 24, "reserved"}, {{203, 0, 113, 0}, 24, "reserved"},
	{{224, 0, 0, 0}, 4, "multicast"},    {{240, 0, 0, 0}, 4, "reserved"},
};

static const char *
private4(const uint8_t *b)
{
	for (size_t i = 0; i < LEN(special4); i++)
		if (same_prefix(b, special4[i].b, special4[i].bits))
			return special4[i].why;
	return NULL;
}

/* Blocks of IPv6 that carry an IPv4 address at some byte, which is the one that will be reached. */
static const struct {
	uint8_t b[16];
	unsigned bits, at;
} carriers[] = {
	{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96, 12}, /* mapped */
	{{0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96, 12},       /* translated */
	{{0x00, 0x64, 0xff, 0x9b}, 96, 12},                   /* NAT64 */
	{{0x20, 0x02}, 16, 2},                                /* 6to4 */
};

static const struct {
	uint8_t b[16];
	unsigned bits;
	const char *why;
} special6[] = {
	{{0}, 128, "unspecified"},
	{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 128, "loopback"},
	{{0xfc}, 7, "private"},
	{{0xfe, 0x80}, 10, "link-local"},
	{{0xfe, 0xc0}, 10, "private"},
	{{0xff}, 8, "multicast"},
	{{0x20, 0x01}, 23, "reserved"},             /* Teredo and other tunnels */
	{{0x20, 0x01, 0x0d, 0xb8}, 32, "reserved"}, /* documentation */
	{{0x3f, 0xff}, 20, "reserved"},             /* documentation, RFC 9637 */
};

const char *
netaddr_private(const struct netaddr *a)
{
	for (size_t i = 0; i < LEN(carriers); i++)
		if (same_prefix(a->b, carriers[i].b, carriers[i].bits))
			return private4(a->b + carriers[i].at);
	for (size_t i = 0; i < LEN(special6); i++)
		if (same_prefix(a->b, special6[i].b, special6[i].bits))
			return special6[i].why;
	/* Only 2000::/3 has been given out so far. */
	return (a->b[0] & 0xe0) == 0x20 ? NULL : "reserved";
}

static bool
parse_address(struct sv s, struct netaddr *ret)
{
	char text[NETADDR_MAX];

	if (s.n == 0 || s.n >= sizeof(text) || memchr(s.p, 0, s.n) != NULL)
		return false;
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	memcpy(ret->b, mapped, sizeof(mapped));
	return inet_pton(AF_INET, text, ret->b + 12) == 1 || inet_pton(AF_INET6, text, ret->b) == 1;
}

/* Takes an item apart: brackets and the port come off. */
static bool
split_item(struct sv item, struct sv *host, uint64_t *port)
{
	struct sv rest = {0};
	ptrdiff_t at = sv_find(item, ':');

	*host = item;
	*port = 0;
	if (item.n > 0 && item.p[0] == '[') {
		at = sv_find(item, ']');
		if (at < 0)
			return false;
		*host = (struct sv){item.p + 1, (size_t)at - 1};
		rest = sv_skip(item, (size_t)at + 1);
	} else if (at >= 0 && sv_find(sv_skip(item, (size_t)at + 1), ':') < 0) {
		host->n = (size_t)at;
		rest = sv_skip(item, (size_t)at);
	}
	if (rest.n > 0 &&
	    (rest.p[0] != ':' || !num_u64(sv_skip(rest, 1), port) || *port == 0 || *port > UINT16_MAX))
		return false;
	return host->n > 0;
}

/* ADDRESS/BITS */
static bool
parse_network(struct sv item, struct netaddr *net, uint64_t *bits)
{
	struct sv rest = item, address = sv_cut(&rest, '/');
	bool v4;

	if (!parse_address(address, net) || !num_u64(rest, bits))
		return false;
	v4 = sv_find(address, ':') < 0;
	if (*bits > (v4 ? 32 : 128))
		return false;
	*bits += v4 ? 96 : 0;
	return true;
}

bool
netaddr_listed(const struct netaddr *a, struct sv host, const struct sv *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct netaddr other;
		struct sv name;
		uint64_t number;

		if (sv_find(list[i], '/') >= 0) {
			if (parse_network(list[i], &other, &number) &&
			    same_prefix(a->b, other.b, (unsigned)number))
				return true;
		} else if (split_item(list[i], &name, &number) && (number == 0 || number == a->port)) {
			if (parse_address(name, &other) ? memcmp(a->b, other.b, 16) == 0 : sv_ieq(name, host))
				return true;
		}
	}
	return false;
}

bool
netaddr_item_valid(struct sv item)
{
	struct netaddr a;
	struct sv name;
	uint64_t number;

	if (sv_find(item, '/') >= 0)
		return parse_network(item, &a, &number);
	if (!split_item(item, &name, &number))
		return false;
	if (parse_address(name, &a))
		return true;
	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];
		bool word = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

		if (!word && c != '.' && c != '-' && c != '_')
			return false;
	}
	return true;
}
