/* Dates in paths: what makes `orders-2024-01-31.csv` a partition. */
#ifndef WEIR_RUN_DISCOVER_DATE_H
#define WEIR_RUN_DISCOVER_DATE_H

#include "catalog/catalog.h"

struct path_date {
	size_t at, n;        /* where it stands in the path */
	const char *pattern; /* "%Y-%m-%d" */
	enum partition_every every;
	char from[16]; /* "2024-01-31"; of a month its first day */
};

/* The first date in the file's name, else in its folders; false if there is none, or a time of day follows that would be lost. */
bool path_date_find(struct sv path, struct path_date *ret);

#endif
