/* Inside the importer of SodaCL: one check. */
#ifndef WEIR_IMPORT_SODACL_H
#define WEIR_IMPORT_SODACL_H

#include "import/soda.h"

/* Where a check stands. */
struct sodacl_place {
	struct importing *im;
	struct import_asset *asset;
	const struct node *config; /* `configurations for` of the table, or NULL */
	struct sv where;           /* of the section's filter, or empty */
	struct sv broken;          /* why that filter cannot be used, or empty */
};
/* An item of a list of checks. */
void sodacl_check(const struct sodacl_place *p, const struct node *n);

/* A check that is being read. */
struct sodacl {
	const struct sodacl_place *p;
	struct import_item *it;
	struct sv rest;         /* of its text */
	const struct node *cfg; /* what is written below it, or NULL */
	struct soda_levels levels;
};
/* sodacl_more.c: schema, references, changes, and what needs Soda's cloud; false if it is none of these. */
bool sodacl_more(struct sodacl *c);
/* A metric by its name, arguments and the rest of the text: as expectation and arguments; false and a refusal if it is not known. */
MUST_CHECK bool sodacl_observed(struct sodacl *c, struct sv metric, const struct sv *arg, size_t n,
                                const char **expectation, struct node *args);
/* What stands behind the metric, and the levels below it; false and a refusal if they contradict each other. */
MUST_CHECK bool sodacl_settle(struct sodacl *c);
/* `name(a, b)`, `name`: the name and its arguments, at most n of them. */
MUST_CHECK bool sodacl_metric(struct sv *rest, struct sv *name, struct sv *arg, size_t *n);
enum { SODACL_ARGS_MAX = 16 };

#endif
