/* weir worker: internal.  The service starts it for its children (serve/forker.h); without the service's socket it refuses. */
#include <stdlib.h>
#include <sys/socket.h>

#include "alert/secret.h"
#include "cmd/workspace.h"
#include "serve/forker.h"
#include "serve/project.h"

static const struct option_def worker_options[] = {
	{"socket", 0, OPT_INT, "FD", NULL, "The service's socket, by its number."},
	{"loaded", 0, OPT_INT, "US", NULL,
         "When the service loaded its catalog, in microseconds since 1970."},
};

static bool
is_socket(int64_t fd)
{
	int type = 0;
	socklen_t n = sizeof(type);

	return fd > 2 && fd < 1024 && getsockopt((int)fd, SOL_SOCKET, SO_TYPE, &type, &n) == 0 &&
	       type == SOCK_SEQPACKET;
}

static int
worker_run(struct options *o)
{
	const struct catalog_options co = opened_catalog_options(o);
	const int64_t fd = opt_number(o, "socket", -1);
	struct project *p;
	struct diags d;
	struct err err = {0};

	if (!is_socket(fd)) {
		err_set(&err, ERR_USAGE, NOWHERE, "weir worker is started by weir serve, and by nobody else");
		return output_failure(&err);
	}
	opened_log(o);
	if (!opened_log_format(sv_of(getenv("WEIR_LOG_FORMAT") != NULL ? getenv("WEIR_LOG_FORMAT") : ""),
	                       &err))
		return output_failure(&err);
	diags_init(&d, o->a);
	p = project_load(&co, opt_number(o, "loaded", clock_now_us(&clock_system)), &d);
	if (p == NULL) {
		diags_sort(&d);
		diags_log(&d);
		return 2;
	}
	secrets_forget(p->catalog);
	if (!forker_serve(p, (int)fd, &err)) {
		project_unref(p);
		return output_failure(&err);
	}
	project_unref(p);
	return 0;
}

const struct command cmd_worker = {
	.name = "worker",
	.group = GROUP_UPKEEP,
	.synopsis = "--socket FD",
	.summary = "Internal: what weir serve starts for its children",
	.option = worker_options,
	.noption = LEN(worker_options),
	.max_args = 0,
	.run = worker_run,
};
