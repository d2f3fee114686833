/* What is used of libmicrohttpd.  It is loaded when the service starts, so that commands which serve nothing do without it. */
#ifndef WEIR_SERVE_MHD_H
#define WEIR_SERVE_MHD_H

#include <microhttpd.h>

#include "base/err.h"

#define MHD_FUNCTIONS(X)               \
	X(start_daemon)                \
	X(stop_daemon)                 \
	X(quiesce_daemon)              \
	X(get_version)                 \
	X(suspend_connection)          \
	X(resume_connection)           \
	X(get_connection_info)         \
	X(get_connection_values_n)     \
	X(lookup_connection_value_n)   \
	X(create_response_from_buffer) \
	X(add_response_header)         \
	X(queue_response)              \
	X(destroy_response)

struct mhd {
#define MEMBER(name) __typeof__(MHD_##name) *name;
	MHD_FUNCTIONS(MEMBER)
#undef MEMBER
	bool lenient; /* before 1.0: see head.c */
};

MUST_CHECK bool mhd_load(struct mhd *ret, struct err *err);

#endif
