/* How values as they are stored become values as expectations see them: a row for each pair of meaning and physical type. */
#ifndef WEIR_PARQUET_CONVERSION_H
#define WEIR_PARQUET_CONVERSION_H

#include "parquet/file.h"

/* Values as they are stored, without nulls, in the order of bytes of the file. */
struct raw {
	const uint8_t *p;      /* leaf->width bytes each; booleans: a byte each */
	const struct sv *text; /* of BYTE_ARRAY */
};

enum bounds_trust {
	BOUNDS_NEVER,   /* so it is where texts are made, which would have to be kept somewhere */
	BOUNDS_ORDERED, /* if the file says that they follow the type's order */
	BOUNDS_PLAIN    /* always, the old fields too: all orders there ever were agree */
};

struct conversion {
	enum rep rep;
	uint8_t size;   /* bytes of a result: 1 (REP_BITS), 8 or 16 */
	uint8_t texts;  /* bytes of text to provide for each value; 0 = none */
	bool as_stored; /* results are the bytes as they are stored, or views of them */
	uint8_t trust;  /* enum bounds_trust */
	/* n values to dst.  NULL, or what is wrong with one of them. */
	const char *(*run)(const struct leaf *l, const struct raw *r, uint32_t n, void *dst, char *texts);
};

/* Decides on type, how and refused from what the schema says; physical and width are set. */
void conversion_choose(struct leaf *l, const struct pq_schema *s);

#endif
