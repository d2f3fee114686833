/*
 * OpenLineage (specification 2-0-2): what schedulers and engines send of their runs.
 *
 * Reading is lenient where the specification asks for it: unknown facets, and known ones of another shape, are passed over.  What makes the
 * event what it is (its time, its run, the names of its datasets) must be there.
 */
#ifndef WEIR_SERVE_OPENLINEAGE_H
#define WEIR_SERVE_OPENLINEAGE_H

#include "catalog/catalog.h"
#include "serve/take.h"

enum lineage_kind { LINEAGE_RUN, LINEAGE_DATASET, LINEAGE_JOB };
enum lineage_type {
	LINEAGE_START,
	LINEAGE_RUNNING,
	LINEAGE_COMPLETE,
	LINEAGE_FAIL,
	LINEAGE_ABORT,
	LINEAGE_OTHER
};

struct lineage_dataset {
	struct sv space, name;  /* namespace, name */
	const struct sv *other; /* its symlinks, as "NAMESPACE/NAME" */
	size_t nother;
	struct sv version;   /* empty = not told */
	struct sv lifecycle; /* "CREATE", "DROP" …; empty = not told */
	int64_t rows;        /* -1 = not told */
};

struct lineage {
	enum lineage_kind kind;
	enum lineage_type type;
	int64_t at_us, nominal_end_us;                /* nominal_end_us: TIME_NONE = not told */
	struct sv run_id, job;                        /* job: "NAMESPACE/NAME" */
	struct sv trouble;                            /* why it failed, cut */
	const struct lineage_dataset *input, *output; /* of a dataset event: output */
	size_t ninput, noutput;
};

MUST_CHECK bool lineage_parse(struct arena *a, struct sv json, struct lineage *ret, struct faults *faults);

/* The asset with the alias `openlineage:NAMESPACE/NAME`, by the dataset's name or one of its symlinks; NULL = the catalog has none. */
const struct asset *lineage_asset(struct arena *a, const struct catalog *c, const struct lineage_dataset *d);
/* Does writing it as this event says leave new data behind?  Not when it was dropped, emptied or given another name. */
bool lineage_is_refresh(const struct lineage_dataset *d);

#endif
