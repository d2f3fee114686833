#include "base/base.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

void
fd_cleanup(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

void
give_up(const char *fmt, ...)
{
	char text[256];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	/* Without the buffers of stdio, which may want memory. */
	dprintf(STDERR_FILENO, "weir: %.*s\n", n < 0 ? 0 : (int)sizeof(text) - 1, text);
	_exit(3);
}
