/*
 * Where the data of a catalog's assets lies, with all links followed, so that whoever writes can tell whether it would be data.  What counts is the
 * file that a name leads to, not the name.
 */
#ifndef WEIR_EXPECT_DATA_PLACES_H
#define WEIR_EXPECT_DATA_PLACES_H

#include "catalog/catalog.h"

struct data_places;

/* As links lead now; in the arena. */
struct data_places *data_places_new(struct arena *a, const struct catalog *c);
/*
 * The asset that what is written to a file, or to a table of a database, would be data of; NULL: none.  *file is what is written, under its one name: a
 * file is renamed to its name, whatever that leads to; a database is opened through links.
 */
const struct asset *data_places_at(struct data_places *p, struct arena *a, struct sv to, struct sv table,
                                   struct sv *file);

#endif
