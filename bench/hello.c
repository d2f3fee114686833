/*
 * The least that libmicrohttpd can do: one answer of a given size from memory, by epoll and a pool of threads as `weir serve` uses them.
 * What bench/service holds weir against.
 *
 *	hello BYTES THREADS     prints its port, serves until it is killed
 */
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The first call comes before the end of the request: an answer given there would end the connection. */
static enum MHD_Result
answer(void *ctx, struct MHD_Connection *c, const char *url, const char *method, const char *version,
       const char *body, size_t *body_size, void **state)
{
	(void)url, (void)method, (void)version, (void)body, (void)body_size;
	if (*state == NULL) {
		*state = c;
		return MHD_YES;
	}
	return MHD_queue_response(c, MHD_HTTP_OK, ctx);
}

int
main(int argc, char **argv)
{
	if (argc != 3)
		return 2;

	size_t n = strtoul(argv[1], NULL, 10);
	char *text = malloc(n);

	if (text == NULL)
		return 1;
	memset(text, 'x', n);

	struct MHD_Response *r = MHD_create_response_from_buffer(n, text, MHD_RESPMEM_PERSISTENT);

	MHD_add_response_header(r, "Content-Type", "application/json");

	struct MHD_Daemon *d = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL, answer, r,
	                                        MHD_OPTION_THREAD_POOL_SIZE,
	                                        (unsigned)strtoul(argv[2], NULL, 10), MHD_OPTION_END);

	if (d == NULL)
		return 1;
	printf("%u\n", (unsigned)MHD_get_daemon_info(d, MHD_DAEMON_INFO_BIND_PORT)->port);
	fflush(stdout);
	for (;;)
		pause();
}
