/*
 * The structs of parquet.thrift that are read, by its names.  Enumerations stay numbers, as files may hold any; what was there says
 * thrift_has(x.has, id).
 */
#ifndef WEIR_PARQUET_FORMAT_H
#define WEIR_PARQUET_FORMAT_H

#include "parquet/thrift.h"

enum { PQ_BOOLEAN, PQ_INT32, PQ_INT64, PQ_INT96, PQ_FLOAT, PQ_DOUBLE, PQ_BYTE_ARRAY, PQ_FIXED, PQ_TYPES };
enum { PQ_REQUIRED, PQ_OPTIONAL, PQ_REPEATED };
enum {
	CONVERTED_UTF8,
	CONVERTED_MAP,
	CONVERTED_MAP_KEY_VALUE,
	CONVERTED_LIST,
	CONVERTED_ENUM,
	CONVERTED_DECIMAL,
	CONVERTED_DATE,
	CONVERTED_TIME_MILLIS,
	CONVERTED_TIME_MICROS,
	CONVERTED_TIMESTAMP_MILLIS,
	CONVERTED_TIMESTAMP_MICROS,
	CONVERTED_UINT_8,
	CONVERTED_UINT_16,
	CONVERTED_UINT_32,
	CONVERTED_UINT_64,
	CONVERTED_INT_8,
	CONVERTED_INT_16,
	CONVERTED_INT_32,
	CONVERTED_INT_64,
	CONVERTED_JSON,
	CONVERTED_BSON,
	CONVERTED_INTERVAL
};
/* Members of the union LogicalType. */
enum {
	LOGICAL_STRING = 1,
	LOGICAL_MAP,
	LOGICAL_LIST,
	LOGICAL_ENUM,
	LOGICAL_DECIMAL,
	LOGICAL_DATE,
	LOGICAL_TIME,
	LOGICAL_TIMESTAMP,
	LOGICAL_INTEGER = 10,
	LOGICAL_UNKNOWN,
	LOGICAL_JSON,
	LOGICAL_BSON,
	LOGICAL_UUID,
	LOGICAL_FLOAT16,
	LOGICAL_MAX = 19
};
enum { UNIT_MILLIS = 1, UNIT_MICROS, UNIT_NANOS };
enum { PAGE_DATA, PAGE_INDEX, PAGE_DICTIONARY, PAGE_DATA_V2 };
enum {
	ENCODING_PLAIN,
	ENCODING_PLAIN_DICTIONARY = 2,
	ENCODING_RLE,
	ENCODING_BIT_PACKED,
	ENCODING_DELTA_BINARY_PACKED,
	ENCODING_DELTA_LENGTH_BYTE_ARRAY,
	ENCODING_DELTA_BYTE_ARRAY,
	ENCODING_RLE_DICTIONARY,
	ENCODING_BYTE_STREAM_SPLIT
};
/* Members of the union ColumnOrder. */
enum { ORDER_TYPE = 1, ORDER_IEEE754 = 2 };

struct pq_union {
	uint32_t has; /* of which the members say all there is to say */
};

struct pq_decimal {
	uint32_t has; /* 1 scale, 2 precision */
	int32_t scale, precision;
};

struct pq_time {
	uint32_t has; /* 1 utc, 2 unit */
	bool utc;
	struct pq_union unit;
};

struct pq_integer {
	uint32_t has; /* 1 bits, 2 is_signed */
	int32_t bits;
	bool is_signed;
};

struct pq_logical {
	uint32_t has; /* LOGICAL_* */
	struct pq_decimal decimal;
	struct pq_time time, timestamp;
	struct pq_integer integer;
};

struct pq_schema {
	uint32_t
		has; /* 1 type, 2 type_length, 3 repetition, 4 name, 5 kids, 6 converted, 7 scale, 8 precision, 10 logical */
	int32_t type, type_length, repetition, kids, converted, scale, precision;
	struct sv name;
	struct pq_logical logical;
};

struct pq_stats {
	uint32_t has; /* 1 old_max, 2 old_min, 3 nulls, 5 max, 6 min, 7 max_exact, 8 min_exact, 9 nans */
	struct sv old_max, old_min, max, min;
	int64_t nulls, nans;
	bool max_exact, min_exact;
};

struct pq_encoding_stats {
	uint32_t has; /* 1 page_type, 2 encoding, 3 count */
	int32_t page_type, encoding, count;
};

struct pq_column {
	uint32_t
		has; /* 1 type, 4 codec, 5 values, 6 unpacked, 7 packed, 9 data_at, 11 dictionary_at, 12 stats, 13 encoding_stats, 14 bloom_at */
	int32_t type, codec;
	int64_t values;           /* entries of levels: nulls and empty lists too */
	int64_t unpacked, packed; /* bytes, with the headers of pages */
	int64_t data_at, dictionary_at, bloom_at;
	struct pq_stats stats;
	struct thrift_list encoding_stats; /* struct pq_encoding_stats */
};

struct pq_chunk {
	uint32_t
		has; /* 1 file_path, 3 meta, 4 offsets_at, 5 offsets_bytes, 6 bounds_at, 7 bounds_bytes, 8 crypto */
	struct sv file_path;
	struct pq_column meta;
	int64_t offsets_at, bounds_at; /* the page index, see below */
	int32_t offsets_bytes, bounds_bytes;
};

struct pq_group {
	uint32_t has;               /* 1 columns, 3 rows */
	struct thrift_list columns; /* struct pq_chunk */
	int64_t rows;
};

struct pq_file {
	uint32_t has;              /* 2 schema, 3 rows, 4 groups, 6 created_by, 7 orders, 8 encryption */
	struct thrift_list schema; /* struct pq_schema */
	int64_t rows;
	struct thrift_list groups; /* struct pq_group */
	struct sv created_by;
	struct thrift_list orders; /* struct pq_union: ORDER_* */
};
extern const struct thrift_table pq_file_table;

struct pq_data_page {
	uint32_t has; /* 1 values, 2 encoding, 3 definition, 4 repetition */
	int32_t values, encoding, definition, repetition;
};

struct pq_dictionary_page {
	uint32_t has; /* 1 values, 2 encoding */
	int32_t values, encoding;
};

struct pq_data_page_v2 {
	uint32_t
		has; /* 1 values, 2 nulls, 3 rows, 4 encoding, 5 definition_bytes, 6 repetition_bytes, 7 packed */
	int32_t values, nulls, rows, encoding, definition_bytes, repetition_bytes;
	bool packed;
};

struct pq_page {
	uint32_t has; /* 1 type, 2 unpacked, 3 packed, 4 crc, 5 data, 7 dictionary, 8 data_v2 */
	int32_t type, unpacked, packed, crc;
	struct pq_data_page data;
	struct pq_dictionary_page dictionary;
	struct pq_data_page_v2 data_v2;
};
extern const struct thrift_table pq_page_table;

struct pq_bloom {
	uint32_t has; /* 1 bytes, 2 algorithm, 3 hash, 4 compression */
	int32_t bytes;
	struct pq_union algorithm, hash, compression; /* 1 each: split blocks, XXH64, none */
};
extern const struct thrift_table pq_bloom_table;

/* The page index: a list of all data pages of a chunk, and what is known of each. */
struct pq_page_place {
	uint32_t has;      /* 1 at, 2 bytes, 3 first_row */
	int64_t at;        /* of its header */
	int32_t bytes;     /* with the header */
	int64_t first_row; /* in the row group */
};
struct pq_offset_index {
	uint32_t has;             /* 1 pages */
	struct thrift_list pages; /* struct pq_page_place */
};
extern const struct thrift_table pq_offset_index_table;

enum { BOUNDARY_UNORDERED, BOUNDARY_ASCENDING, BOUNDARY_DESCENDING };
struct pq_column_index {
	uint32_t has;                   /* 1 null_page, 2 min, 3 max, 4 order, 5 nulls, 8 nans */
	struct thrift_list null_page;   /* bool: all of its values are null */
	struct thrift_list min, max;    /* struct sv; of null pages they mean nothing */
	int32_t order;                  /* BOUNDARY_* */
	struct thrift_list nulls, nans; /* int64_t */
};
extern const struct thrift_table pq_column_index_table;

const char *pq_type_name(int32_t type);
const char *pq_encoding_name(int32_t encoding, char dst[24]);

#endif
