/* The table of forms, and what all have in common. */
#include "expr/form.h"

#include "base/json_tree.h"

static const struct form *const forms[] = {&form_dateutil, &form_json, &form_json_schema, &form_strftime};

const struct form *
form_find(struct sv name)
{
	for (size_t i = 0; i < LEN(forms); i++)
		if (sv_is(name, forms[i]->name))
			return forms[i];
	return NULL;
}

const char *const *
form_names(struct arena *a, size_t *n)
{
	const char **names = ARENA_ARRAY(a, const char *, LEN(forms));

	for (*n = 0; *n < LEN(forms); (*n)++)
		names[*n] = forms[*n]->name;
	return names;
}

bool
form_compile(struct arena *a, struct regex_list *own, struct sv name, struct sv argument, bool has_argument,
             struct form_use *ret, struct err *err)
{
	struct form_use f = {.form = form_find(name)};

	if (f.form == NULL) {
		size_t n;
		const char *const *names = form_names(a, &n);
		struct buf hint;

		err_set(err, ERR_ARG, NOWHERE, "there is no form '" SV_FMT "'", SV_ARG(name));
		buf_init(&hint, 160);
		for (size_t i = 0; i < n; i++)
			buf_printf(&hint, "%s%s", i > 0 ? ", " : "there are ", names[i]);
		err_hint(err, "%s", buf_str(&hint));
		buf_fini(&hint);
		return false;
	}
	if (f.form->has_argument != has_argument)
		return err_set(err, ERR_ARG, NOWHERE, "the form '%s' %s", f.form->name,
		               has_argument ? "takes nothing beside" : "needs to know by which one");
	if (f.form->compile != NULL && !f.form->compile(a, own, argument, &f.compiled, err))
		return false;
	*ret = f;
	return true;
}

enum form_result
form_test(const struct form_use *f, struct value v, struct regex_scratch *scratch)
{
	if (v.kind == VALUE_TEXT)
		return f->form->test(f->compiled, v.s, scratch);
	if ((v.kind == VALUE_DATE && f->form->dates) ||
	    ((v.kind == VALUE_TIME || v.kind == VALUE_TIMETZ) && f->form->times)) {
		struct buf text;
		enum form_result ret;

		buf_init(&text, 64);
		(void)value_to_text(v, &text);
		ret = f->form->test(f->compiled, buf_sv(&text), scratch);
		buf_fini(&text);
		return ret;
	}
	return f->form->others_fail ? FORM_NO : FORM_UNDECIDED;
}

static enum form_result
json_test(const void *compiled UNUSED, struct sv text, struct regex_scratch *scratch UNUSED)
{
	struct json_scanner s;

	json_scan_init(&s, text);
	for (;;) {
		enum json_event e = json_next(&s);

		if (e == JSON_END)
			return FORM_YES;
		if (e == JSON_ERROR)
			return s.depth == JSON_DEPTH_MAX && s.p < s.end && (*s.p == '{' || *s.p == '[')
			               ? FORM_UNDECIDED
			               : FORM_NO;
	}
}

const struct form form_json = {
	.name = "json",
	.doc = "JSON by RFC 8259.",
	.others_fail = true,
	.test = json_test,
};
