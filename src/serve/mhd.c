#include "serve/mhd.h"

#include <dlfcn.h>
#include <string.h>

#define LIBRARY "libmicrohttpd.so.12"

/* The library stays loaded: taking it out again would pull the floor from under its own threads. */
bool
mhd_load(struct mhd *ret, struct err *err)
{
	void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	const char *missing = NULL;

	if (library == NULL) {
		err_set(err, ERR_UNSUPPORTED, NOWHERE,
		        "%s cannot be loaded, and without it nothing can be served", LIBRARY);
		return err_hint(err,
		                "Install the package libmicrohttpd12 (apt-get install libmicrohttpd12).");
	}
	/* POSIX promises that a function's address fits in a void *; the language does not, hence memcpy. */
#define LOOK_UP(name)                                     \
	do {                                              \
		void *at_ = dlsym(library, "MHD_" #name); \
		if (at_ == NULL)                          \
			missing = "MHD_" #name;           \
		memcpy(&ret->name, &at_, sizeof(at_));    \
	} while (0);
	MHD_FUNCTIONS(LOOK_UP)
#undef LOOK_UP
	dlclose(library);
	if (missing == NULL) {
		ret->lenient = ret->get_version()[0] == '0';
		return true;
	}
	err_set(err, ERR_UNSUPPORTED, NOWHERE, "%s has no function %s", LIBRARY, missing);
	return err_hint(err, "Install libmicrohttpd 0.9.75 or later (package libmicrohttpd12).");
}
