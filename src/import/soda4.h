/* Inside the importer of contracts of Soda 4: one check. */
#ifndef WEIR_IMPORT_SODA4_H
#define WEIR_IMPORT_SODA4_H

#include "import/soda.h"

struct contract {
	struct importing *im;
	struct import_asset *asset;
	const struct node *column; /* that is being read, or NULL */
	struct sv broken;          /* why the filter of the whole cannot be used, or empty */
	const struct node *scopes; /* by name, or NULL */
};

/* A check that is being read. */
struct soda4 {
	struct contract *c;
	struct import_item *it;
	struct sv column; /* or empty */
	struct sv type;
	const struct node *body; /* a map, or NULL */
	struct soda_levels levels;
	bool percent;
	struct sv unit; /* of the first threshold; a second may have its own */
	bool open;      /* the first threshold says no number */
	bool warns;     /* and is a warning */
};

/* soda4_threshold.c: reads `threshold`, and what is said beside it in `additional`. */
void soda4_threshold(struct soda4 *s);
/* Then, by what a check without one means: none may be there; at least one must be; it needs one. */
void soda4_none_by_default(struct soda4 *s);
void soda4_some_by_default(struct soda4 *s);
void soda4_needs_threshold(struct soda4 *s);

/* soda4_check.c: what a check of the type s->type becomes; false and a refusal if there is none. */
void soda4_check(struct soda4 *s);
/* soda4_schema.c: the columns of the contract, as a check of the table's own. */
void soda4_schema(struct soda4 *s);

#endif
