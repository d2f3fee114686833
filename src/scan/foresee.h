/*
 * Interval evaluation: what an expression comes to in rows of which only bounds, counts and dictionaries are known.  Whatever is not
 * certain is possible, an error too.
 */
#ifndef WEIR_SCAN_FORESEE_H
#define WEIR_SCAN_FORESEE_H

#include "scan/eval.h"

struct foresight {
	const struct preview *v;
	struct eval *e;    /* for dictionaries */
	bool pages;        /* filters and dictionaries may be looked at, which reads them */
	enum pass_how how; /* the dearest of what told something */
	struct err *err;
	bool failed; /* with *err */
};

void foresee(struct foresight *f, const struct expr *x, struct outlook *ret);

#endif
