/* Who may ask, and from where: the server's settings. */
#ifndef WEIR_SERVE_ACCESS_H
#define WEIR_SERVE_ACCESS_H

#include "catalog/catalog.h"

struct access {
	bool require_token;
	bool any_host; /* of a socket in the file system, which no browser reaches */
	const struct sv
		*host; /* names by which the service may be called, beside localhost and any address */
	size_t nhost;
};

#endif
