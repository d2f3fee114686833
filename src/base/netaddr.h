/*
 * Network addresses, as far as it matters whether one may be connected to.
 *
 * Texts of addresses are never judged: 2130706433, 0x7f.1 and a name that points there are all the same address once it is about to
 * be connected to, and that one is looked at here.
 */
#ifndef WEIR_BASE_NETADDR_H
#define WEIR_BASE_NETADDR_H

#include <sys/socket.h>

#include "base/sv.h"

/* An address of either family; IPv4 stands in its last four bytes behind ::ffff:, so that both spellings are one. */
struct netaddr {
	uint8_t b[16];
	uint16_t port;
};

/* False for families other than IPv4 and IPv6. */
MUST_CHECK bool netaddr_of(const struct sockaddr *sa, struct netaddr *ret);
/* The address as people write it, without the port; dst holds NETADDR_MAX bytes; returns dst. */
#define NETADDR_MAX 64
const char *netaddr_text(const struct netaddr *a, char *dst);

/*
 * Why an address is not part of the public Internet ("loopback", "private", "link-local" …), or NULL if it is.  IPv4 addresses inside
 * IPv6 ones (mapped, translated, 6to4, NAT64) count as themselves.
 */
const char *netaddr_private(const struct netaddr *a);

/*
 * Is it on a list?  An item is ADDRESS, ADDRESS:PORT, [ADDRESS]:PORT, ADDRESS/BITS, HOST or HOST:PORT; a host is compared with the
 * name by which the address was found.
 */
bool netaddr_listed(const struct netaddr *a, struct sv host, const struct sv *list, size_t n);
/* Can the item be on such a list at all? */
bool netaddr_item_valid(struct sv item);

#endif
