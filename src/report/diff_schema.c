/* The JSON Schema of what `weir diff` writes; diff_json.c writes it. */
#include "report/diff_report.h"
#include "report/json_schema.h"

static const struct property side_properties[] = {
	{"name", TEXT, .doc = "The asset, file or table, as it was asked for."},
	{"partition", TEXT, .optional = true, .doc = "Of an asset, where one was asked for."},
	{"format", TEXT, .doc = "csv, jsonl, parquet, sqlite …"},
	{"files", WHOLE, .doc = "How many; 0 for a table."},
	{"columns", WHOLE, .doc = "All that it has, whether they are compared or not."},
	{"rows", WHOLE, .doc = "Rows that are compared: with --where those that it is true for."},
	{"malformed", WHOLE, .doc = "Records that could not be read as rows."},
	{"malformed_at", TEXT,
         .doc = "File and line of the first of them, and why; empty where it is not known."},
	{"not_compared", WHOLE,
         .doc = "Rows that were left out: a value does not fit its type, or --where cannot be computed."},
	{"repeated_keys", WHOLE, .doc = "Keys that name several rows."},
	{"repeated_rows", WHOLE, .doc = "The rows with these keys: they are compared as a whole."},
	{"explain", TEXT, .optional = true, .doc = "With --explain: what was read, how, and why."},
};
static const struct object side_object = OBJECT_OF(side_properties);

static const struct property schema_properties[] = {
	{"only_in_a", WHOLE, .doc = "Columns that the first has alone."},
	{"only_in_b", WHOLE, .doc = "Columns that the second has alone."},
	{"other_type", WHOLE, .doc = "Columns of another type."},
	{"other_order", FLAG, .doc = "The columns of both stand in another order."},
};
static const struct object schema_object = OBJECT_OF(schema_properties);

static const struct property rows_properties[] = {
	{"equal", WHOLE, .doc = "Rows that are the same on both sides."},
	{"within_tolerance", WHOLE, .doc = "Of these: their numbers differ, by no more than the tolerance."},
	{"changed", WHOLE, .doc = "Rows with the same key and another value."},
	{"only_in_a", WHOLE, .doc = "Rows that are gone."},
	{"only_in_b", WHOLE, .doc = "Rows that are new."},
};
static const struct object rows_object = OBJECT_OF(rows_properties);

static const struct property numbers_properties[] = {
	{"position", WHOLE, .doc = "In the table, from 0."},
	{"type", TEXT, .doc = "As it is declared, or was inferred."},
	{"read_as", TEXT, .doc = "As it was read for being compared."},
	{"nullable", CHOICE, NAMES(diff_nullable_names), .doc = "What the catalog says."},
	{"values", WHOLE, .doc = "Rows with a value that fits the type."},
	{"nulls", WHOLE, .doc = "Rows without a value."},
	{"misfits", WHOLE, .doc = "Rows with a value that does not fit the type."},
	{"distinct", WHOLE_OR_NULL, .doc = "Distinct values."},
	{"min", ANY, .doc = "The least number or time; null of personal data."},
	{"max", ANY, .doc = "The greatest."},
	{"sum", ANY, .doc = "Of numbers."},
	{"mean", ANY, .doc = "Of numbers."},
};
static const struct object numbers_object = OBJECT_OF(numbers_properties);

static const struct property change_properties[] = {
	{"key", ANY_OBJECT, .doc = "The key of the row, by column."},
	{"a", ANY, .doc = "The value of the first; *** of personal data."},
	{"b", ANY, .doc = "The value of the second."},
};
static const struct object change_object = OBJECT_OF(change_properties);

static const struct property column_properties[] = {
	{"name", TEXT, .doc = "Name of the column."},
	{"key", FLAG, .doc = "It is part of the key."},
	{"pii", FLAG, .doc = "Personal data: its values are masked."},
	{"same_type", FLAG, .doc = "It has the same type on both sides."},
	{"never_equal", FLAG, .doc = "No value of one type equals one of the other."},
	{"a", OBJECT, .object = &numbers_object, .optional = true,
         .doc = "In the first, if it has such a column."},
	{"b", OBJECT, .object = &numbers_object, .optional = true, .doc = "In the second, likewise."},
	{"changed", WHOLE, .doc = "Rows with the same key and another value here."},
	{"changes", LIST_OF, .object = &change_object, .doc = "Some of them, at most --limit."},
};
static const struct object column_object = OBJECT_OF(column_properties);

static const struct property only_properties[] = {
	{"times", WHOLE, .doc = "How often there is one more of it on this side."},
	{"row", ANY_OBJECT, .doc = "Its values, by column that both sides have."},
};
static const struct object only_object = OBJECT_OF(only_properties);

static const struct property repeated_properties[] = {
	{"key", ANY_OBJECT, .doc = "The key, by column."},
	{"a", WHOLE, .doc = "Rows of the first that have it."},
	{"b", WHOLE, .doc = "Rows of the second that have it."},
};
static const struct object repeated_object = OBJECT_OF(repeated_properties);

static const struct property diff_properties[] = {
	{"weir", TEXT, .doc = "Version of weir."},
	{"compared_at", TIME, .doc = "By the clock, or --now."},
	{"outcome", CHOICE, NAMES(diff_outcome_names),
         .doc = "equal, different, or error: something could not be compared."},
	{"summary", TEXT, .doc = "The outcome in words."},
	{"a", OBJECT, .object = &side_object, .doc = "The first table."},
	{"b", OBJECT, .object = &side_object, .doc = "The second table."},
	{"key", TEXTS, .doc = "The columns that name a row; none: rows were compared as a whole."},
	{"where", TEXT, .doc = "Which rows are compared; empty: all."},
	{"tolerance", NUMBER, .doc = "Numbers that differ by so much are equal."},
	{"relative", NUMBER, .doc = "Likewise, by so many percent of the larger one."},
	{"strict", FLAG, .doc = "Types and the order of columns count, too."},
	{"schema", OBJECT, .object = &schema_object, .doc = "What is different about the columns."},
	{"rows", OBJECT, .object = &rows_object, .doc = "How many rows are equal, and how many are not."},
	{"columns", LIST_OF, .object = &column_object,
         .doc = "In the order of the first, then those that only the second has."},
	{"only_in_a", LIST_OF, .object = &only_object, .doc = "Some rows that are gone, at most --limit."},
	{"only_in_b", LIST_OF, .object = &only_object, .doc = "Some rows that are new."},
	{"repeated_keys", LIST_OF, .object = &repeated_object, .doc = "Some keys that name several rows."},
	{"explain", TEXT, .optional = true, .doc = "With --explain: how the rows of both were compared."},
};
const struct object diff_object = OBJECT_OF(diff_properties);
