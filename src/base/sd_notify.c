#include "base/sd_notify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/num.h"

void
sd_notify_send(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	const size_t n = path != NULL ? strlen(path) : 0;

	if ((n > 0 && path[0] != '/' && path[0] != '@') || n == 0 || n >= sizeof(at.sun_path))
		return;
	memcpy(at.sun_path, path, n);
	if (path[0] == '@') /* an abstract one */
		at.sun_path[0] = '\0';

	AUTO_FD fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	/* Who does not listen any more is not told; there is nothing else that could be done. */
	if (fd >= 0)
		(void)!sendto(fd, state, strlen(state), MSG_NOSIGNAL | MSG_DONTWAIT, (struct sockaddr *)&at,
		              (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n));
}

void
sd_notify_reloading(void)
{
	char text[64];

	snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%lld", (long long)clock_mono_ns() / 1000);
	sd_notify_send(text);
}

int64_t
sd_notify_watchdog_us(void)
{
	const char *us = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
	int64_t v;

	if (us == NULL || !num_i64(sv_of(us), &v) || v <= 0)
		return 0;
	/* Of another process: it is inherited. */
	if (pid != NULL) {
		int64_t who;

		if (!num_i64(sv_of(pid), &who) || who != (int64_t)getpid())
			return 0;
	}
	return v;
}
