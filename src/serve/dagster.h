/*
 * Dagster's REST endpoints for external assets: what its webserver takes under /report_asset_materialization, /report_asset_check and
 * /report_asset_observation.  A parameter comes from the JSON body, or else from the query.
 */
#ifndef WEIR_SERVE_DAGSTER_H
#define WEIR_SERVE_DAGSTER_H

#include "catalog/catalog.h"
#include "serve/take.h"
#include "store/store.h"

struct dagster_report {
	struct sv key; /* of the asset, its parts joined by "/" */
	struct sv partition, description, data_version;
	struct sv check_name, severity; /* severity: "ERROR" where none is told */
	bool passed, passed_given;
	struct sv metadata;                /* JSON object, or empty */
	const struct event_metric *metric; /* its numbers */
	size_t nmetric;
	int64_t rows,
		updated_us; /* dagster/row_count, dagster/last_updated_timestamp; -1, TIME_NONE = not told */
};

/* What came with the request, undecoded but for percent signs; empty = it did not. */
struct dagster_given {
	struct sv path, body;
	struct sv asset_key, partition, description, data_version, check_name, severity, passed, metadata;
};

MUST_CHECK bool dagster_parse(struct arena *a, const struct dagster_given *g, struct dagster_report *ret,
                              struct faults *faults);

/* By the alias `dagster:KEY`, or by the key itself; NULL = the catalog has none. */
const struct asset *dagster_asset(struct arena *a, const struct catalog *c, struct sv key);

#endif
