#include "serve/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/base.h"
#include "base/netaddr.h"
#include "base/num.h"

union address {
	struct sockaddr sa;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	struct sockaddr_un un;
};

static bool
bad(struct sv text, struct err *err)
{
	err_set(err, ERR_USAGE, NOWHERE, "'" SV_FMT "' is no address to listen at", SV_ARG(text));
	return err_hint(err, "Like 127.0.0.1:8484, [::1]:8484, 0.0.0.0:8484 or unix:/run/weir/weir.sock.");
}

static bool
inet_parse(struct sv text, union address *ret, socklen_t *n, struct err *err)
{
	struct sv host = text, port = text;
	char name[64];
	int64_t number;

	while (port.n > 0 && sv_find(port, ':') >= 0)
		(void)sv_cut(&port, ':');
	if (port.n == text.n || !num_i64(port, &number) || number < 0 || number > UINT16_MAX)
		return bad(text, err);
	host.n = text.n - port.n - 1;
	if (host.n > 1 && host.p[0] == '[' && host.p[host.n - 1] == ']')
		host = (struct sv){host.p + 1, host.n - 2};
	else if (sv_find(host, ':') >= 0)
		return bad(text, err);
	if (sv_is(host, "localhost"))
		host = SV("127.0.0.1");
	if (host.n >= sizeof(name))
		return bad(text, err);
	snprintf(name, sizeof(name), SV_FMT, SV_ARG(host));
	*ret = (union address){0};
	if (inet_pton(AF_INET, name, &ret->v4.sin_addr) == 1) {
		ret->v4.sin_family = AF_INET;
		ret->v4.sin_port = htons((uint16_t)number);
		*n = sizeof(ret->v4);
		return true;
	}
	if (inet_pton(AF_INET6, name, &ret->v6.sin6_addr) != 1)
		return bad(text, err);
	ret->v6.sin6_family = AF_INET6;
	ret->v6.sin6_port = htons((uint16_t)number);
	*n = sizeof(ret->v6);
	return true;
}

/* By errno. */
static bool
refused(struct sv where, struct err *err)
{
	static const struct {
		int code;
		const char *remedy;
	} of[] = {
		{EADDRINUSE, "Another program has it; choose another one with --listen."},
		{EADDRNOTAVAIL,
	         "This machine has no such address; 0.0.0.0 or [::] stands for all that it has."},
		{EACCES,
	         "Ports below 1024, and folders of others, need more rights: choose another one with --listen."},
		{ENOENT, "The folder of the socket has to be there."},
		{ENOTDIR, "The folder of the socket has to be there."},
	};
	const int why = errno;

	err_set(err, ERR_IO, NOWHERE, "cannot listen at " SV_FMT ": %m", SV_ARG(where));
	for (size_t i = 0; i < LEN(of); i++)
		if (of[i].code == why)
			return err_hint(err, "%s", of[i].remedy);
	return false;
}

static bool
inet_open(struct sv text, struct listener *l, struct err *err)
{
	union address addr;
	socklen_t n = 0;
	struct netaddr bound;
	char host[NETADDR_MAX];
	const char *private;
	int one = 1;

	if (!inet_parse(text, &addr, &n, err))
		return false;
	l->fd = socket(addr.sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (l->fd < 0)
		return err_set(err, ERR_IO, NOWHERE, "cannot make a socket: %m");
	/* A service that is started anew gets its port although old connections linger on it. */
	(void)setsockopt(l->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(l->fd, &addr.sa, n) != 0)
		return refused(text, err);
	if (getsockname(l->fd, &addr.sa, &(socklen_t){sizeof(addr)}) != 0 || !netaddr_of(&addr.sa, &bound))
		return err_set(err, ERR_IO, NOWHERE, "cannot tell what is listened at: %m");
	netaddr_text(&bound, host);
	private = netaddr_private(&bound);
	l->local = private != NULL && strcmp(private, "loopback") == 0;
	snprintf(l->address, sizeof(l->address),
	         strchr(host, ':') != NULL ? "http://[%s]:%u" : "http://%s:%u", host, bound.port);
	return true;
}

/* A socket that is left over from a process that was killed is replaced; one that is served is not. */
static bool
is_left_over(const struct sockaddr_un *un)
{
	AUTO_FD fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct stat st;

	return fd >= 0 && lstat(un->sun_path, &st) == 0 && S_ISSOCK(st.st_mode) &&
	       connect(fd, (const struct sockaddr *)un, sizeof(*un)) != 0 && errno == ECONNREFUSED;
}

static bool
unix_open(struct sv path, struct listener *l, struct err *err)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};

	if (path.n == 0 || path.n >= sizeof(un.sun_path) || memchr(path.p, 0, path.n) != NULL)
		return err_set(err, ERR_USAGE, NOWHERE, "the path of a socket has 1 to %zu bytes",
		               sizeof(un.sun_path) - 1);
	memcpy(un.sun_path, path.p, path.n);
	l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (l->fd < 0)
		return err_set(err, ERR_IO, NOWHERE, "cannot make a socket: %m");
	if (is_left_over(&un))
		(void)unlink(un.sun_path);
	/* The file takes the mode of the socket, so that there is no moment in which others may connect; a umask is of all threads. */
	if (fchmod(l->fd, 0600) != 0)
		return err_set(err, ERR_IO, NOWHERE, "cannot set the rights of a socket: %m");
	if (bind(l->fd, (struct sockaddr *)&un, sizeof(un)) != 0)
		return refused(path, err);
	memcpy(l->path, un.sun_path, sizeof(l->path));
	l->local = true;
	snprintf(l->address, sizeof(l->address), "unix:%s", l->path);
	return true;
}

bool
listener_open(struct sv text, struct listener *ret, struct err *err)
{
	struct listener l = {.fd = -1};
	bool ok = sv_starts(text, SV("unix:")) ? unix_open(sv_skip(text, 5), &l, err)
	                                       : inet_open(text, &l, err);

	if (ok && listen(l.fd, 1024) != 0)
		ok = err_set(err, ERR_IO, NOWHERE, "cannot listen at " SV_FMT ": %m", SV_ARG(text));
	if (!ok) {
		listener_close(&l);
		return false;
	}
	*ret = l;
	return true;
}

void
listener_close(struct listener *l)
{
	if (l->fd >= 0)
		close(l->fd);
	if (l->path[0] != '\0')
		(void)unlink(l->path);
	l->fd = -1;
}
