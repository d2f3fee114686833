/* Profiles as JSON; the schema `profile` in json_schema.c describes it. */
#include "report/profile_report.h"

#include "config.h"
#include "metric/text_shape.h"

static void
put_values(struct json_writer *w, const struct profile_column *c)
{
	json_key(w, "values");
	json_array(w);
	for (uint32_t i = 0; i < c->nvalue && !c->pii; i++) {
		json_object_inline(w);
		value_put_json(w, "value", c->value[i], false);
		json_put_i64(w, "count", c->value_count[i]);
		json_object_end(w);
	}
	json_array_end(w);
}

static void
put_shapes(struct json_writer *w, unsigned shapes)
{
	json_key(w, "looks_like");
	json_array_inline(w);
	for (int i = 0; i < SHAPE_COUNT; i++)
		if ((shapes >> i & 1) != 0)
			json_str(w, text_shape_name((enum text_shape)i));
	json_array_end(w);
}

static void
put_quartiles(struct json_writer *w, const struct profile_column *c)
{
	json_key(w, "quartiles");
	json_array_inline(w);
	for (int i = 0; i < PROFILE_QUARTILES && !c->pii && c->quartile[i].kind != VALUE_NULL; i++)
		value_to_json(c->quartile[i], w);
	json_array_end(w);
	json_put_f64(w, "quartiles_error", c->quartile_error);
}

static void
put_column(struct json_writer *w, const struct profile_column *c)
{
	char type[TYPE_TEXT_MAX];

	json_object(w);
	json_put_sv(w, "name", c->name);
	json_put_str(w, "type", type_text(c->type, type));
	json_put_bool(w, "declared", c->declared);
	json_put_bool(w, "missing", c->missing);
	json_put_bool(w, "pii", c->pii);
	json_put_i64(w, "count", c->valid);
	json_put_i64(w, "nulls", c->nulls);
	json_put_i64(w, "misfits", c->misfits);
	json_key(w, "distinct");
	if (c->has_distinct)
		json_i64(w, c->distinct);
	else
		json_null(w);
	json_put_bool(w, "distinct_exact", c->has_distinct && !c->distinct_cut);
	json_put_bool(w, "unique", c->unique);
	value_put_json(w, "min", c->min, c->pii);
	value_put_json(w, "max", c->max, c->pii);
	value_put_json(w, "mean", c->mean, c->pii);
	value_put_json(w, "stdev", c->stdev, c->pii);
	put_quartiles(w, c);
	json_put_str(w, "order", c->order > 0 ? "rising" : c->order < 0 ? "falling" : NULL);
	json_key(w, "decimals");
	if (c->type.kind == TYPE_NUMBER && c->scale >= 0)
		json_i64(w, c->scale);
	else
		json_null(w);
	value_put_json(w, "length_min", c->length_min, c->pii);
	value_put_json(w, "length_max", c->length_max, c->pii);
	put_shapes(w, c->shapes);
	put_values(w, c);
	json_object_end(w);
}

static void
put_suggestions(struct json_writer *w, const struct profiled *p)
{
	json_key(w, "suggestions");
	json_array(w);
	for (size_t i = 0; i < p->nsuggestion; i++) {
		json_object_inline(w);
		json_put_sv(w, "check", p->suggestion[i].check);
		json_put_str(w, "severity", p->suggestion[i].warning ? "warning" : "critical");
		json_put_sv(w, "reason", p->suggestion[i].reason);
		json_key(w, "column");
		if (p->suggestion[i].column >= 0)
			json_sv(w, p->profile.column[p->suggestion[i].column].name);
		else
			json_null(w);
		json_object_end(w);
	}
	json_array_end(w);
}

static void
put_profiled(struct json_writer *w, const struct profiled *p)
{
	const struct profile *f = &p->profile;

	json_object(w);
	json_put_sv(w, "key", p->key);
	json_put_sv(w, "partition", p->partition);
	if (p->err.code != ERR_NONE) {
		json_put_err(w, "error", &p->err);
		json_object_end(w);
		return;
	}
	json_put_sv(w, "format", f->format);
	json_put_i64(w, "files", (int64_t)f->nparts);
	json_put_i64(w, "size_bytes", f->size_bytes);
	json_put_time(w, "changed_at", f->newest_us);
	json_put_i64(w, "rows", f->rows);
	json_put_i64(w, "malformed", f->malformed);
	json_key(w, "columns");
	json_array(w);
	for (uint32_t i = 0; i < f->ncolumn; i++)
		put_column(w, &f->column[i]);
	json_array_end(w);
	if (p->suggested)
		put_suggestions(w, p);
	json_object_end(w);
}

void
profiles_json(const struct profiled *p, size_t n, int64_t at_us, struct buf *b)
{
	struct json_writer w;

	json_write_init(&w, b, 2);
	json_object(&w);
	json_put_str(&w, "weir", PACKAGE_VERSION);
	json_put_time(&w, "profiled_at", at_us);
	json_key(&w, "assets");
	json_array(&w);
	for (size_t i = 0; i < n; i++)
		put_profiled(&w, &p[i]);
	json_array_end(&w);
	json_object_end(&w);
	buf_putc(b, '\n');
}
