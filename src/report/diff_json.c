/* Differences as JSON; the schema `diff` in diff_schema.c describes it. */
#include "config.h"
#include "report/diff_report.h"

static const char *const sides[] = {"a", "b"};

static void
put_side(struct json_writer *w, const struct diff_side *s)
{
	json_object(w);
	json_put_sv(w, "name", s->name);
	if (s->partition.n > 0)
		json_put_sv(w, "partition", s->partition);
	json_put_sv(w, "format", s->format);
	json_put_i64(w, "files", (int64_t)s->nparts);
	json_put_i64(w, "columns", s->ncolumn);
	json_put_i64(w, "rows", s->rows);
	json_put_i64(w, "malformed", s->malformed);
	json_put_sv(w, "malformed_at", s->malformed_at);
	json_put_i64(w, "not_compared", s->unread);
	json_put_i64(w, "repeated_keys", s->repeated_keys);
	json_put_i64(w, "repeated_rows", s->repeated_rows);
	if (s->explain.n > 0)
		json_put_sv(w, "explain", s->explain);
	json_object_end(w);
}

static void
put_column_side(struct json_writer *w, const struct diff_column *c, int s)
{
	char type[TYPE_TEXT_MAX];

	if (!c->there[s])
		return;
	json_key(w, sides[s]);
	json_object(w);
	json_put_i64(w, "position", c->at[s]);
	json_put_str(w, "type", type_text(c->type[s], type));
	json_put_str(w, "read_as", type_text(c->read[s], type));
	json_put_str(w, "nullable", diff_nullable_names[c->nullable[s]]);
	for (int k = 0; k < DIFF_NUMBERS; k++)
		value_put_json(w, diff_number_names[k], diff_number(&c->numbers[s], k),
		               diff_number_hidden(c, k));
	json_object_end(w);
}

static void
put_key(struct json_writer *w, const struct diff *f, const struct value *key)
{
	json_key(w, "key");
	json_object_inline(w);
	for (size_t i = 0; i < f->nkey; i++) {
		json_key_sv(w, f->column[f->key[i]].name);
		value_to_json(key[i], w);
	}
	json_object_end(w);
}

static void
put_column(struct json_writer *w, const struct diff *f, const struct diff_column *c)
{
	json_object(w);
	json_put_sv(w, "name", c->name);
	json_put_bool(w, "key", c->key);
	json_put_bool(w, "pii", c->pii);
	json_put_bool(w, "same_type", c->there[0] && c->there[1] && type_eq(c->type[0], c->type[1]));
	json_put_bool(w, "never_equal", c->foreign);
	for (int s = 0; s < 2; s++)
		put_column_side(w, c, s);
	json_put_i64(w, "changed", c->changed);
	json_key(w, "changes");
	json_array(w);
	for (size_t i = 0; i < c->nsample; i++) {
		json_object_inline(w);
		put_key(w, f, c->sample[i].key);
		for (int s = 0; s < 2; s++)
			value_put_json(w, sides[s], c->sample[i].value[s], false);
		json_object_end(w);
	}
	json_array_end(w);
	json_object_end(w);
}

static void
put_only(struct json_writer *w, const struct diff *f, int s)
{
	json_key(w, s == 0 ? "only_in_a" : "only_in_b");
	json_array(w);
	for (size_t i = 0; i < f->only[s].nsample; i++) {
		const struct diff_row *row = &f->only[s].sample[i];

		json_object_inline(w);
		json_put_i64(w, "times", row->times);
		json_key(w, "row");
		json_object_inline(w);
		for (size_t k = 0; k < f->ncolumn; k++)
			if (f->column[k].there[0] && f->column[k].there[1]) {
				json_key_sv(w, f->column[k].name);
				value_to_json(row->value[k], w);
			}
		json_object_end(w);
		json_object_end(w);
	}
	json_array_end(w);
}

static void
put_repeated(struct json_writer *w, const struct diff *f)
{
	json_key(w, "repeated_keys");
	json_array(w);
	for (size_t i = 0; i < f->nrepeated; i++) {
		json_object_inline(w);
		put_key(w, f, f->repeated[i].key);
		for (int s = 0; s < 2; s++)
			json_put_i64(w, sides[s], f->repeated[i].times[s]);
		json_object_end(w);
	}
	json_array_end(w);
}

static void
put_rows(struct json_writer *w, const struct diff *f)
{
	json_key(w, "rows");
	json_object(w);
	json_put_i64(w, "equal", f->same);
	json_put_i64(w, "within_tolerance", f->within);
	json_put_i64(w, "changed", f->changed);
	json_put_i64(w, "only_in_a", f->only[0].n);
	json_put_i64(w, "only_in_b", f->only[1].n);
	json_object_end(w);
}

static void
put_schema(struct json_writer *w, const struct diff *f)
{
	json_key(w, "schema");
	json_object(w);
	json_put_i64(w, "only_in_a", (int64_t)f->only_columns[0]);
	json_put_i64(w, "only_in_b", (int64_t)f->only_columns[1]);
	json_put_i64(w, "other_type", (int64_t)f->types);
	json_put_bool(w, "other_order", f->moved);
	json_object_end(w);
}

void
diff_json(const struct diff *f, int64_t at_us, struct buf *b)
{
	AUTO(buf) summary = buf_new(1 << 16);
	struct json_writer w;

	diff_summary(f, summary);
	json_write_init(&w, b, 2);
	json_object(&w);
	json_put_str(&w, "weir", PACKAGE_VERSION);
	json_put_time(&w, "compared_at", at_us);
	json_put_str(&w, "outcome", diff_outcome_names[f->outcome]);
	json_put_sv(&w, "summary", buf_sv(summary));
	for (int s = 0; s < 2; s++) {
		json_key(&w, sides[s]);
		put_side(&w, &f->side[s]);
	}
	json_key(&w, "key");
	json_array_inline(&w);
	for (size_t i = 0; i < f->nkey; i++)
		json_sv(&w, f->column[f->key[i]].name);
	json_array_end(&w);
	json_put_sv(&w, "where", f->where);
	json_put_f64(&w, "tolerance", f->absolute);
	json_put_f64(&w, "relative", f->relative * 100);
	json_put_bool(&w, "strict", f->strict);
	put_schema(&w, f);
	put_rows(&w, f);
	json_key(&w, "columns");
	json_array(&w);
	for (size_t i = 0; i < f->ncolumn; i++)
		put_column(&w, f, &f->column[i]);
	json_array_end(&w);
	put_only(&w, f, 0);
	put_only(&w, f, 1);
	put_repeated(&w, f);
	if (f->explain.n > 0)
		json_put_sv(&w, "explain", f->explain);
	json_object_end(&w);
	buf_putc(b, '\n');
}
