/* A check with other arguments, to try what it would say: read again from what it says now. */
#include <string.h>

#include "base/map.h"
#include "catalog/node.h"
#include "expect/args.h"
#include "expect/check.h"

struct changing {
	struct arena *a;
	const struct check *c;
	const struct check_setting *set;
	size_t n;
	struct diags *d;
};

/* The setting of an argument by any of its names; the last one counts. */
static const struct check_setting *
setting_of(const struct changing *x, int argument, const char *common)
{
	for (size_t i = x->n; i > 0; i--) {
		const struct check_setting *s = &x->set[i - 1];

		if (argument >= 0 ? args_find(x->c->expectation, s->key) == argument
		                  : common != NULL && args_find(x->c->expectation, s->key) < 0 &&
		                            sv_is(s->key, common))
			return s;
	}
	return NULL;
}

/* As YAML, so that 5 is a number; nothing takes the argument away. */
static void
put_value(const struct changing *x, const struct check_setting *s, struct json_writer *w)
{
	const struct node *n = s->value.n > 0 ? node_parse_yaml(x->a, "--set", s->value, x->d) : NULL;

	if (n != NULL)
		node_to_json(n, w);
	else
		json_null(w);
}

static void
put_arguments(const struct changing *x, struct json_writer *w)
{
	json_key(w, x->c->expectation->name);
	json_object(w);
	for (uint32_t i = 0; i < x->c->expectation->nparams; i++) {
		const struct check_setting *s = setting_of(x, (int)i, NULL);
		const struct arg *arg = &x->c->arg[i];

		if ((s != NULL && s->value.n == 0) || (s == NULL && (!arg->given || arg->node == NULL)))
			continue;
		json_key(w, x->c->expectation->params[i].name);
		if (s != NULL)
			put_value(x, s, w);
		else
			node_to_json(arg->node, w);
	}
	json_object_end(w);
}

static void
put_text(const struct changing *x, const char *key, struct sv now, struct json_writer *w)
{
	const struct check_setting *s = setting_of(x, -1, key);

	if (s != NULL && s->value.n > 0)
		json_put_sv(w, key, s->value);
	else if (s == NULL && now.n > 0)
		json_put_sv(w, key, now);
}

/* What stands beside; of thresholds and filters the text. */
static void
put_beside(const struct changing *x, struct json_writer *w)
{
	const struct check_setting *mostly = setting_of(x, -1, "mostly");

	put_text(x, "name", x->c->name, w);
	put_text(x, "where", x->c->where, w);
	put_text(x, "warn", x->c->warn.text, w);
	put_text(x, "fail", x->c->fail.text, w);
	put_text(x, "severity", sv_of(severity_names[x->c->severity]), w);
	if (mostly != NULL && mostly->value.n > 0) {
		json_key(w, "mostly");
		put_value(x, mostly, w);
	} else if (mostly == NULL && x->c->mostly_given) {
		json_put_f64(w, "mostly", x->c->mostly);
	}
}

static bool
keys_are_known(const struct changing *x)
{
	static const char *const beside[] = {"where", "warn", "fail", "severity", "mostly"};
	size_t before = x->d->errors;

	for (size_t i = 0; i < x->n; i++) {
		bool known = args_find(x->c->expectation, x->set[i].key) >= 0;
		size_t n;

		for (size_t k = 0; k < LEN(beside); k++)
			known = known || sv_is(x->set[i].key, beside[k]);
		if (known)
			continue;
		diag_error(x->d, NOWHERE, "'" SV_FMT "' has no argument '" SV_FMT "'",
		           SV_ARG(x->c->written_name), SV_ARG(x->set[i].key));
		const char *const *names = args_names(x->a, x->c->expectation, &n);
		diag_suggest(x->d, x->set[i].key, names, n);
	}
	return x->d->errors == before;
}

bool
check_changed(struct arena *a, const struct catalog *catalog, const struct check *c,
              const struct check_setting *set, size_t n, struct check *ret, struct diags *d)
{
	struct changing x = {.a = a, .c = c, .set = set, .n = n, .d = d};
	struct check_list l = {.args = {.a = a, .catalog = catalog}, .asset = c->asset, .d = d};
	AUTO(buf) text = buf_new(1 << 24);
	struct json_writer w;
	const struct node *node;

	*ret = *c;
	if (n == 0)
		return true;
	if (!keys_are_known(&x))
		return false;
	json_write_init(&w, text, 0);
	json_object(&w);
	put_arguments(&x, &w);
	put_beside(&x, &w);
	json_object_end(&w);
	node = node_parse_json(a, "--set", arena_sv(a, buf_sv(text)), d);
	if (node == NULL || d->errors > 0)
		return false;
	check_add_node(&l, node);
	if (d->errors > 0 || l.out.n != 1)
		return false;
	*ret = l.out.v[0];
	ret->id = c->id;
	ret->enabled = true;
	return true;
}
