#include <arpa/inet.h>
#include <check.h>

#include "base/netaddr.h"

Suite *suite_netaddr(void);

static struct netaddr
parse(const char *text)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(9000)};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(9000)};
	struct netaddr a;

	if (inet_pton(AF_INET, text, &in.sin_addr) == 1)
		ck_assert(netaddr_of((const struct sockaddr *)(const void *)&in, &a));
	else if (inet_pton(AF_INET6, text, &in6.sin6_addr) == 1)
		ck_assert(netaddr_of((const struct sockaddr *)(const void *)&in6, &a));
	else
		ck_abort_msg("%s is no address", text);
	return a;
}

/* What Python's ipaddress says: is_global and not is_multicast. */
static const struct {
	const char *text;
	bool is_public;
} addresses[] = {
	{"1.1.1.1", true},
	{"8.8.8.8", true},
	{"9.255.255.255", true},
	{"10.0.0.0", false},
	{"10.255.255.255", false},
	{"11.0.0.0", true},
	{"100.63.255.255", true},
	{"100.64.0.0", false},
	{"100.127.255.255", false},
	{"100.128.0.0", true},
	{"126.255.255.255", true},
	{"127.0.0.0", false},
	{"127.255.255.255", false},
	{"128.0.0.1", true},
	{"169.253.255.255", true},
	{"169.254.0.0", false},
	{"169.254.255.255", false},
	{"169.255.0.0", true},
	{"172.15.255.255", true},
	{"172.16.0.0", false},
	{"172.31.255.255", false},
	{"172.32.0.0", true},
	{"192.167.255.255", true},
	{"192.168.0.0", false},
	{"192.168.255.255", false},
	{"192.169.0.0", true},
	{"198.17.255.255", true},
	{"198.18.0.0", false},
	{"198.19.255.255", false},
	{"198.20.0.0", true},
	{"223.255.255.255", true},
	{"224.0.0.0", false},
	{"239.255.255.255", false},
	{"240.0.0.0", false},
	{"255.255.255.255", false},
	{"0.0.0.0", false},
	{"0.255.255.255", false},
	{"1.0.0.0", true},
	{"192.0.2.1", false},
	{"198.51.100.7", false},
	{"203.0.113.200", false},
	{"2606:4700::1111", true},
	{"2001:4860:4860::8888", true},
	{"2a00:1450::1", true},
	{"::", false},
	{"::1", false},
	{"fc00::", false},
	{"fdff:ffff::1", false},
	{"fe80::1", false},
	{"febf::1", false},
	{"ff00::1", false},
	{"ff02::1", false},
	{"2001:db8::1", false},
	{"2001::1", false},
	{"::ffff:127.0.0.1", false},
	{"::ffff:10.1.2.3", false},
	{"::ffff:8.8.8.8", true},
};

START_TEST(only_addresses_of_the_public_internet_are_public)
{
	struct netaddr a = parse(addresses[_i].text);

	ck_assert_msg((netaddr_private(&a) == NULL) == addresses[_i].is_public, "%s", addresses[_i].text);
}
END_TEST

/* IPv6 addresses that lead to an IPv4 one. */
static const struct {
	const char *text;
	const char *why; /* NULL = public */
} carried[] = {
	{"::ffff:7f00:1", "loopback"},
	{"::127.0.0.1", "reserved"},
	{"::ffff:0:7f00:1", "loopback"},
	{"64:ff9b::7f00:1", "loopback"},
	{"64:ff9b::a9fe:a9fe", "link-local"},
	{"64:ff9b::808:808", NULL},
	{"64:ff9b:1::808:808", "reserved"},
	{"3fff::1", "reserved"},
	{"3fff:fff:ffff::1", "reserved"},
	{"3fff:1000::1", NULL},
	{"2002:7f00:1::", "loopback"},
	{"2002:a00:1::1", "private"},
	{"2002:808:808::1", NULL},
	{"fec0::1", "private"},
	{"::ffff:169.254.169.254", "link-local"},
};

START_TEST(an_address_inside_another_counts_as_itself)
{
	struct netaddr a = parse(carried[_i].text);
	const char *why = netaddr_private(&a);

	ck_assert_msg(why == NULL ? carried[_i].why == NULL
	                          : carried[_i].why != NULL && strcmp(why, carried[_i].why) == 0,
	              "%s is %s", carried[_i].text, why != NULL ? why : "public");
}
END_TEST

static const struct {
	const char *address, *host, *item;
	bool listed;
} lists[] = {
	{"127.0.0.1", "h", "127.0.0.1:9000", true},
	{"127.0.0.1", "h", "127.0.0.1:9001", false},
	{"127.0.0.1", "h", "127.0.0.1", true},
	{"::ffff:127.0.0.1", "h", "127.0.0.1:9000", true},
	{"127.0.0.1", "h", "::ffff:7f00:1", true},
	{"::1", "h", "[::1]:9000", true},
	{"::1", "h", "[::1]:9001", false},
	{"::1", "h", "::1", true},
	{"10.1.2.3", "h", "10.0.0.0/8", true},
	{"11.1.2.3", "h", "10.0.0.0/8", false},
	{"10.1.2.3", "h", "10.1.2.2/31", true},
	{"10.1.2.4", "h", "10.1.2.2/31", false},
	{"10.1.2.3", "h", "0.0.0.0/0", true},
	{"fd00::1", "h", "fd00::/8", true},
	{"fc00::1", "h", "fd00::/8", false},
	{"fd00::1", "h", "0.0.0.0/0", false},
	{"10.1.2.3", "h", "H", true},
	{"10.1.2.3", "h", "h:9000", true},
	{"10.1.2.3", "h", "h:9001", false},
	{"10.1.2.3", "h", "hh", false},
	{"10.1.2.3", "h", "10.0.0.0/33", false},
	{"10.1.2.3", "h", "h:", false},
	{"10.1.2.3", "", "h", false},
	{"10.1.2.3", "h", "", false},
};

START_TEST(a_list_allows_what_it_names_and_nothing_else)
{
	struct netaddr a = parse(lists[_i].address);
	struct sv item = sv_of(lists[_i].item);

	ck_assert_msg(netaddr_listed(&a, sv_of(lists[_i].host), &item, 1) == lists[_i].listed, "%s by %s",
	              lists[_i].address, lists[_i].item);
}
END_TEST

Suite *
suite_netaddr(void)
{
	Suite *s = suite_create("netaddr");
	TCase *t = tcase_create("netaddr");

	tcase_add_loop_test(t, only_addresses_of_the_public_internet_are_public, 0, (int)LEN(addresses));
	tcase_add_loop_test(t, an_address_inside_another_counts_as_itself, 0, (int)LEN(carried));
	tcase_add_loop_test(t, a_list_allows_what_it_names_and_nothing_else, 0, (int)LEN(lists));
	suite_add_tcase(s, t);
	return s;
}
