/* The data of one asset or of one of its partitions, and how to read it: what an engine opens. */
#ifndef WEIR_SOURCE_DATASET_H
#define WEIR_SOURCE_DATASET_H

#include "catalog/catalog.h"
#include "source/source.h"

struct dataset {
	struct sv key;    /* asset, for messages */
	struct sv format; /* "csv", "jsonl", "sqlite" … */
	struct loc loc;   /* of the data in the catalog */
	/* file-like formats */
	struct parts parts;
	const struct source_driver *driver;
	struct csv_format csv;
	/* databases: exactly one of table and query; where: the partition's filter, SQL */
	struct sv database;
	struct sv table, query, where;
	/* declared columns */
	const struct column_decl *column;
	size_t ncolumn;
	const struct tz *zone; /* of zone-less columns that name none */
};

#endif
