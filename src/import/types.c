/* Types of databases as ours: what columns of other tools' contracts are declared as. */
#include "import/import.h"

static const struct {
	const char *name, *type;
} types[] = {
	{"bigdecimal", "decimal"},
	{"bigint", "integer"},
	{"bignumeric", "decimal"},
	{"bigserial", "integer"},
	{"binary", "binary"},
	{"blob", "binary"},
	{"bool", "boolean"},
	{"boolean", "boolean"},
	{"bpchar", "string"},
	{"bytea", "binary"},
	{"byteint", "integer"},
	{"bytes", "binary"},
	{"char", "string"},
	{"character", "string"},
	{"character varying", "string"},
	{"citext", "string"},
	{"clob", "string"},
	{"date", "date"},
	{"date32", "date"},
	{"datetime", "timestamp"},
	{"datetime2", "timestamp"},
	{"datetime64", "timestamp"},
	{"dec", "decimal"},
	{"decimal", "decimal"},
	{"double", "number"},
	{"double precision", "number"},
	{"fixedstring", "string"},
	{"float", "number"},
	{"float32", "number"},
	{"float4", "number"},
	{"float64", "number"},
	{"float8", "number"},
	{"hugeint", "integer"},
	{"int", "integer"},
	{"int128", "integer"},
	{"int16", "integer"},
	{"int2", "integer"},
	{"int256", "integer"},
	{"int32", "integer"},
	{"int4", "integer"},
	{"int64", "integer"},
	{"int8", "integer"},
	{"integer", "integer"},
	{"json", "string"},
	{"long", "integer"},
	{"longtext", "string"},
	{"mediumint", "integer"},
	{"mediumtext", "string"},
	{"money", "number"},
	{"name", "string"},
	{"nchar", "string"},
	{"ntext", "string"},
	{"number", "decimal"},
	{"numeric", "decimal"},
	{"nvarchar", "string"},
	{"real", "number"},
	{"serial", "integer"},
	{"short", "integer"},
	{"smallint", "integer"},
	{"smallmoney", "number"},
	{"string", "string"},
	{"text", "string"},
	{"timestamp", "timestamp"},
	{"timestamp with time zone", "timestamptz"},
	{"timestamp without time zone", "timestamp"},
	{"timestamp_ltz", "timestamptz"},
	{"timestamp_ntz", "timestamp"},
	{"timestamp_tz", "timestamptz"},
	{"timestampntz", "timestamp"},
	{"timestamptz", "timestamptz"},
	{"tinyint", "integer"},
	{"tinytext", "string"},
	{"ubigint", "integer"},
	{"uint128", "integer"},
	{"uint16", "integer"},
	{"uint256", "integer"},
	{"uint32", "integer"},
	{"uint64", "integer"},
	{"uint8", "integer"},
	{"uinteger", "integer"},
	{"usmallint", "integer"},
	{"utinyint", "integer"},
	{"uuid", "string"},
	{"varbinary", "binary"},
	{"varchar", "string"},
	{"varchar2", "string"},
};

/* ClickHouse's types around types, which say nothing of the values. */
static struct sv
unwrap(struct sv type)
{
	static const char *const wraps[] = {"Nullable(", "LowCardinality("};

	for (size_t i = 0; i < LEN(wraps); i++)
		if (sv_starts(type, sv_of(wraps[i])) && sv_ends(type, SV(")")))
			return unwrap((struct sv){type.p + strlen(wraps[i]), type.n - strlen(wraps[i]) - 1});
	return type;
}

bool
import_type(struct arena *a, struct sv type, struct sv *ret)
{
	type = unwrap(sv_trim(type));

	const ptrdiff_t open = sv_find(type, '(');
	const struct sv base = sv_trim(open >= 0 ? (struct sv){type.p, (size_t)open} : type);
	const struct sv rest = open >= 0 ? sv_skip(type, (size_t)open) : (struct sv){0};

	for (size_t i = 0; i < LEN(types); i++) {
		if (!sv_ieq(base, sv_of(types[i].name)))
			continue;
		*ret = sv_of(types[i].type);
		if (strcmp(types[i].type, "decimal") != 0)
			return true;
		/* Without digits of its own it may have any. */
		*ret = rest.n > 0 ? arena_svf(a, "decimal" SV_FMT, SV_ARG(rest)) : SV("number");
		return true;
	}
	return false;
}
