/*
 * Thrift's compact protocol, as far as Parquet's metadata uses it: structs read by tables.
 *
 *	struct = fields, then a byte 0        field  = (id - last id) << 4 | type, or type and then the id, when the step is 0 or more than 15
 *	list   = n << 4 | type, n >= 15 behind it                          ints = zig-zag varints
 *
 * Fields that the table does not know, and known ones of another type than it says, are passed over: so newer files are read, and those of
 * writers that use an id otherwise.
 */
#ifndef WEIR_PARQUET_THRIFT_H
#define WEIR_PARQUET_THRIFT_H

#include "base/arena.h"

enum thrift_kind {
	THRIFT_BOOL,     /* bool */
	THRIFT_I32,      /* int32_t; also of i8 and i16 */
	THRIFT_I64,      /* int64_t */
	THRIFT_BINARY,   /* struct sv: a view of the bytes */
	THRIFT_STRUCT,   /* the struct itself */
	THRIFT_STRUCTS,  /* struct thrift_list of them */
	THRIFT_I32S,     /* struct thrift_list of int32_t */
	THRIFT_I64S,     /* of int64_t */
	THRIFT_BOOLS,    /* of bool */
	THRIFT_BINARIES, /* of struct sv */
	THRIFT_NOTHING   /* only `has` */
};

struct thrift_list {
	void *v;
	uint32_t n;
};

struct thrift_member {
	int16_t id; /* 1..31 */
	uint8_t kind;
	uint16_t at;                   /* offset in the struct */
	const struct thrift_table *of; /* of structs */
};

/* All structs begin with `uint32_t has`: bit i means that member i was there. */
struct thrift_table {
	const struct thrift_member *member;
	size_t n, size;
};

struct thrift_source {
	struct sv bytes;
	size_t at;     /* how far it was read; where it was wrong */
	size_t memory; /* what lists may take in all */
	const char *why;
};

/* Reads a struct into zeroed *dst.  False with in->why set: what is wrong at in->at. */
MUST_CHECK bool thrift_read(struct thrift_source *in, struct arena *a, const struct thrift_table *t,
                            void *dst);
/* in->why of bytes that end in the middle of a value, and of lists that need too much. */
extern const char thrift_short[], thrift_memory[];

static inline bool
thrift_has(uint32_t has, unsigned id)
{
	return has >> id & 1;
}

#endif
