/* Types of databases as ours: what columns of other tools' contracts are declared as. */
#include "import/import.h"

static const struct {
	const char *name, *type;
} types[] = {
	{"bigint", "integer"},
	{"bigserial", "integer"},
	{"binary", "binary"},
	{"blob", "binary"},
	{"bool", "boolean"},
	{"boolean", "boolean"},
	{"bpchar", "string"},
	{"byteint", "integer"},
	{"bytea", "binary"},
	{"bytes", "binary"},
	{"char", "string"},
	{"character", "string"},
	{"character varying", "string"},
	{"clob", "string"},
	{"date", "date"},
	{"datetime", "timestamp"},
	{"datetime2", "timestamp"},
	{"dec", "decimal"},
	{"decimal", "decimal"},
	{"double", "number"},
	{"double precision", "number"},
	{"float", "number"},
	{"float4", "number"},
	{"float64", "number"},
	{"float8", "number"},
	{"hugeint", "integer"},
	{"int", "integer"},
	{"int16", "integer"},
	{"int2", "integer"},
	{"int32", "integer"},
	{"int4", "integer"},
	{"int64", "integer"},
	{"int8", "integer"},
	{"integer", "integer"},
	{"json", "string"},
	{"long", "integer"},
	{"money", "number"},
	{"nchar", "string"},
	{"ntext", "string"},
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
	{"timestamptz", "timestamptz"},
	{"tinyint", "integer"},
	{"uuid", "string"},
	{"varbinary", "binary"},
	{"varchar", "string"},
	{"varchar2", "string"},
};

bool
import_type(struct arena *a, struct sv type, struct sv *ret)
{
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
