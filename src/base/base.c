#include "base/base.h"

#include <unistd.h>

void
fd_cleanup(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}
