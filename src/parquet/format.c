#include "parquet/format.h"

#include <stdio.h>

#define M(number, what, type, member)                                                                \
	{                                                                                            \
		.id = (number), .kind = THRIFT_##what, .at = (uint16_t)offsetof(struct type, member) \
	}
#define S(number, what, type, member, table)                                                          \
	{                                                                                             \
		.id = (number), .kind = THRIFT_##what, .at = (uint16_t)offsetof(struct type, member), \
		.of = &(table)                                                                        \
	}
/* A struct without members that matter: that it is there says it all. */
#define HERE(number)                                   \
	{                                              \
		.id = (number), .kind = THRIFT_NOTHING \
	}
#define TABLE(members, type)                                                        \
	{                                                                           \
		.member = (members), .n = LEN(members), .size = sizeof(struct type) \
	}

static const struct thrift_member three[] = {HERE(1), HERE(2), HERE(3)};
static const struct thrift_table union_table = TABLE(three, pq_union);

static const struct thrift_member decimal[] = {
	M(1, I32, pq_decimal, scale),
	M(2, I32, pq_decimal, precision),
};
static const struct thrift_table decimal_table = TABLE(decimal, pq_decimal);

static const struct thrift_member time_members[] = {
	M(1, BOOL, pq_time, utc),
	S(2, STRUCT, pq_time, unit, union_table),
};
static const struct thrift_table time_table = TABLE(time_members, pq_time);

static const struct thrift_member integer[] = {
	M(1, I32, pq_integer, bits),
	M(2, BOOL, pq_integer, is_signed),
};
static const struct thrift_table integer_table = TABLE(integer, pq_integer);

static const struct thrift_member logical[] = {
	HERE(1),
	HERE(2),
	HERE(3),
	HERE(4),
	S(5, STRUCT, pq_logical, decimal, decimal_table),
	HERE(6),
	S(7, STRUCT, pq_logical, time, time_table),
	S(8, STRUCT, pq_logical, timestamp, time_table),
	S(10, STRUCT, pq_logical, integer, integer_table),
	HERE(11),
	HERE(12),
	HERE(13),
	HERE(14),
	HERE(15),
	HERE(16),
	HERE(17),
	HERE(18),
	HERE(19),
};
static const struct thrift_table logical_table = TABLE(logical, pq_logical);

static const struct thrift_member schema[] = {
	M(1, I32, pq_schema, type),
	M(2, I32, pq_schema, type_length),
	M(3, I32, pq_schema, repetition),
	M(4, BINARY, pq_schema, name),
	M(5, I32, pq_schema, kids),
	M(6, I32, pq_schema, converted),
	M(7, I32, pq_schema, scale),
	M(8, I32, pq_schema, precision),
	S(10, STRUCT, pq_schema, logical, logical_table),
};
static const struct thrift_table schema_table = TABLE(schema, pq_schema);

static const struct thrift_member stats[] = {
	M(1, BINARY, pq_stats, old_max), M(2, BINARY, pq_stats, old_min), M(3, I64, pq_stats, nulls),
	M(5, BINARY, pq_stats, max),     M(6, BINARY, pq_stats, min),     M(7, BOOL, pq_stats, max_exact),
	M(8, BOOL, pq_stats, min_exact), M(9, I64, pq_stats, nans),
};
static const struct thrift_table stats_table = TABLE(stats, pq_stats);

static const struct thrift_member encoding_stats[] = {
	M(1, I32, pq_encoding_stats, page_type),
	M(2, I32, pq_encoding_stats, encoding),
	M(3, I32, pq_encoding_stats, count),
};
static const struct thrift_table encoding_stats_table = TABLE(encoding_stats, pq_encoding_stats);

static const struct thrift_member column[] = {
	M(1, I32, pq_column, type),
	M(4, I32, pq_column, codec),
	M(5, I64, pq_column, values),
	M(6, I64, pq_column, unpacked),
	M(7, I64, pq_column, packed),
	M(9, I64, pq_column, data_at),
	M(11, I64, pq_column, dictionary_at),
	S(12, STRUCT, pq_column, stats, stats_table),
	S(13, STRUCTS, pq_column, encoding_stats, encoding_stats_table),
	M(14, I64, pq_column, bloom_at),
};
static const struct thrift_table column_table = TABLE(column, pq_column);

static const struct thrift_member chunk[] = {
	M(1, BINARY, pq_chunk, file_path),
	S(3, STRUCT, pq_chunk, meta, column_table),
	M(4, I64, pq_chunk, offsets_at),
	M(5, I32, pq_chunk, offsets_bytes),
	M(6, I64, pq_chunk, bounds_at),
	M(7, I32, pq_chunk, bounds_bytes),
	HERE(8),
};
static const struct thrift_table chunk_table = TABLE(chunk, pq_chunk);

static const struct thrift_member group[] = {
	S(1, STRUCTS, pq_group, columns, chunk_table),
	M(3, I64, pq_group, rows),
};
static const struct thrift_table group_table = TABLE(group, pq_group);

static const struct thrift_member file[] = {
	S(2, STRUCTS, pq_file, schema, schema_table), M(3, I64, pq_file, rows),
	S(4, STRUCTS, pq_file, groups, group_table),  M(6, BINARY, pq_file, created_by),
	S(7, STRUCTS, pq_file, orders, union_table),  HERE(8),
};
const struct thrift_table pq_file_table = TABLE(file, pq_file);

static const struct thrift_member data_page[] = {
	M(1, I32, pq_data_page, values),
	M(2, I32, pq_data_page, encoding),
	M(3, I32, pq_data_page, definition),
	M(4, I32, pq_data_page, repetition),
};
static const struct thrift_table data_page_table = TABLE(data_page, pq_data_page);

static const struct thrift_member dictionary_page[] = {
	M(1, I32, pq_dictionary_page, values),
	M(2, I32, pq_dictionary_page, encoding),
};
static const struct thrift_table dictionary_page_table = TABLE(dictionary_page, pq_dictionary_page);

static const struct thrift_member data_page_v2[] = {
	M(1, I32, pq_data_page_v2, values),
	M(2, I32, pq_data_page_v2, nulls),
	M(3, I32, pq_data_page_v2, rows),
	M(4, I32, pq_data_page_v2, encoding),
	M(5, I32, pq_data_page_v2, definition_bytes),
	M(6, I32, pq_data_page_v2, repetition_bytes),
	M(7, BOOL, pq_data_page_v2, packed),
};
static const struct thrift_table data_page_v2_table = TABLE(data_page_v2, pq_data_page_v2);

static const struct thrift_member page[] = {
	M(1, I32, pq_page, type),
	M(2, I32, pq_page, unpacked),
	M(3, I32, pq_page, packed),
	M(4, I32, pq_page, crc),
	S(5, STRUCT, pq_page, data, data_page_table),
	S(7, STRUCT, pq_page, dictionary, dictionary_page_table),
	S(8, STRUCT, pq_page, data_v2, data_page_v2_table),
};
const struct thrift_table pq_page_table = TABLE(page, pq_page);

static const struct thrift_member bloom[] = {
	M(1, I32, pq_bloom, bytes),
	S(2, STRUCT, pq_bloom, algorithm, union_table),
	S(3, STRUCT, pq_bloom, hash, union_table),
	S(4, STRUCT, pq_bloom, compression, union_table),
};
const struct thrift_table pq_bloom_table = TABLE(bloom, pq_bloom);

static const struct thrift_member page_place[] = {
	M(1, I64, pq_page_place, at),
	M(2, I32, pq_page_place, bytes),
	M(3, I64, pq_page_place, first_row),
};
static const struct thrift_table page_place_table = TABLE(page_place, pq_page_place);

static const struct thrift_member offset_index[] = {
	S(1, STRUCTS, pq_offset_index, pages, page_place_table),
};
const struct thrift_table pq_offset_index_table = TABLE(offset_index, pq_offset_index);

static const struct thrift_member column_index[] = {
	M(1, BOOLS, pq_column_index, null_page), M(2, BINARIES, pq_column_index, min),
	M(3, BINARIES, pq_column_index, max),    M(4, I32, pq_column_index, order),
	M(5, I64S, pq_column_index, nulls),      M(8, I64S, pq_column_index, nans),
};
const struct thrift_table pq_column_index_table = TABLE(column_index, pq_column_index);

const char *
pq_type_name(int32_t type)
{
	static const char *const names[PQ_TYPES] = {
		"BOOLEAN", "INT32", "INT64", "INT96", "FLOAT", "DOUBLE", "BYTE_ARRAY", "FIXED_LEN_BYTE_ARRAY",
	};

	return type >= 0 && type < PQ_TYPES ? names[type] : "no type at all";
}

const char *
pq_encoding_name(int32_t encoding, char dst[24])
{
	static const char *const names[] = {
		[ENCODING_PLAIN] = "PLAIN",
		[ENCODING_PLAIN_DICTIONARY] = "PLAIN_DICTIONARY",
		[ENCODING_RLE] = "RLE",
		[ENCODING_BIT_PACKED] = "BIT_PACKED",
		[ENCODING_DELTA_BINARY_PACKED] = "DELTA_BINARY_PACKED",
		[ENCODING_DELTA_LENGTH_BYTE_ARRAY] = "DELTA_LENGTH_BYTE_ARRAY",
		[ENCODING_DELTA_BYTE_ARRAY] = "DELTA_BYTE_ARRAY",
		[ENCODING_RLE_DICTIONARY] = "RLE_DICTIONARY",
		[ENCODING_BYTE_STREAM_SPLIT] = "BYTE_STREAM_SPLIT",
		[10] = "ALP",
	};

	if (encoding >= 0 && encoding < (int32_t)LEN(names) && names[encoding] != NULL)
		return names[encoding];
	snprintf(dst, 24, "number %d", (int)encoding);
	return dst;
}
