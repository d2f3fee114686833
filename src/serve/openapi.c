/* What the service tells of itself: OpenAPI 3.1, and the reference page, both from the table of routes. */
#include <stdio.h>
#include <string.h>

#include "base/http.h"
#include "base/json.h"
#include "config.h"
#include "serve/routes.h"
#include "serve/schemas.h"
#include "serve/tokens.h"

#define PROBLEM "application/problem+json"

/* What every route can answer beside its own: any of them, as a problem. */
static const struct {
	int status;
	const char *doc;
	bool body, args, scope; /* only of routes with a body, with parts of the path, with a scope */
} common[] = {
	{400, "The request is wrong: a header, a parameter, the body.", false, false, false},
	{401, "A token is needed, or is not valid.", false, false, true},
	{403, "The token is not good for this, or the page that asks is not the service's own.", false, false,
         false},
	{404, "There is no such thing.", false, true, false},
	{409, "A request of the same Idempotency-Key is at work, or the state is another.", true, false,
         false},
	{413, "The body, or the answer, is too long.", false, false, false},
	{415, "The body is not in JSON, or is compressed by something else than gzip.", true, false, false},
	{421, "The Host is none of the service's names.", false, false, false},
	{422, "The body is no such thing; all mistakes are listed.", true, false, false},
	{429, "Too much is asked for.", false, false, false},
	{500, "The service made a mistake.", false, false, false},
	{501, "That cannot be done here.", false, false, false},
	{503, "The service is too busy, not ready or about to stop: try again, see Retry-After.", false,
         false, false},
};

static bool
answers_itself(const struct route *r, int status)
{
	for (size_t i = 0; i < r->nanswer; i++)
		if (r->answer[i].status == status)
			return true;
	return false;
}

static void
put_media(struct json_writer *w, const char *type, const char *schema)
{
	AUTO(buf) ref = buf_new(256);

	json_key(w, type != NULL ? type : "application/json");
	json_object(w);
	json_key(w, "schema");
	json_object(w);
	if (schema != NULL) {
		buf_printf(ref, "#/components/schemas/%s", schema);
		json_put_str(w, "$ref", buf_str(ref));
	} else {
		json_put_str(w, "type", "string");
	}
	json_object_end(w);
	json_object_end(w);
}

static void
put_content(struct json_writer *w, const char *type, const char *schema)
{
	json_key(w, "content");
	json_object(w);
	put_media(w, type, schema);
	json_object_end(w);
}

/* One that is a route's own may come as the problem that every route gives, too. */
static void
put_own_content(struct json_writer *w, const struct route_answer *a)
{
	json_key(w, "content");
	json_object(w);
	put_media(w, a->type, a->schema);
	for (size_t i = 0; i < LEN(common); i++)
		if (common[i].status == a->status && (a->type == NULL || strcmp(a->type, PROBLEM) != 0))
			put_media(w, PROBLEM, "Problem");
	json_object_end(w);
}

static void
put_status(struct json_writer *w, int status)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", status);
	json_key(w, text);
}

static void
put_answers(struct json_writer *w, const struct route *r)
{
	json_key(w, "responses");
	json_object(w);
	for (size_t i = 0; i < r->nanswer; i++) {
		const struct route_answer *a = &r->answer[i];

		put_status(w, a->status);
		json_object(w);
		json_put_str(w, "description", a->doc);
		if (a->schema != NULL || a->type != NULL)
			put_own_content(w, a);
		json_object_end(w);
	}
	for (size_t i = 0; i < LEN(common); i++) {
		if (answers_itself(r, common[i].status) || (common[i].body && r->body == NULL) ||
		    (common[i].args && strchr(r->path, '{') == NULL) ||
		    (common[i].scope && r->scope == SCOPE_NONE))
			continue;
		put_status(w, common[i].status);
		json_object(w);
		json_put_str(w, "description", common[i].doc);
		put_content(w, PROBLEM, "Problem");
		json_object_end(w);
	}
	json_object_end(w);
}

static void
put_param_type(struct json_writer *w, const struct route_param *p)
{
	json_key(w, "schema");
	json_object(w);
	json_put_str(w, "type", p->type == PARAM_IS_COUNT ? "integer" : "string");
	if (p->type == PARAM_IS_COUNT)
		json_put_i64(w, "minimum", 0);
	if (p->type == PARAM_IS_TIME)
		json_put_str(w, "format", "date-time");
	if (p->type == PARAM_IS_DURATION)
		json_put_str(w, "pattern", "^([0-9]+[a-z]+)+$|^0$");
	if (p->type == PARAM_IS_FLAG || p->type == PARAM_IS_ENUM) {
		static const char *const flags[] = {"1", "0", "true", "false", "", NULL};
		const char *const *names = p->type == PARAM_IS_FLAG ? flags : p->names;

		json_key(w, "enum");
		json_array(w);
		for (size_t i = 0; names[i] != NULL; i++)
			json_str(w, names[i]);
		json_array_end(w);
	}
	json_object_end(w);
}

/* A part of the path.  That one may take all the rest is more than OpenAPI can say, hence a key of our own. */
static void
put_part(struct json_writer *w, struct sv name)
{
	const bool rest = name.p[name.n - 1] == '*';

	json_object(w);
	json_put_sv(w, "name", (struct sv){name.p, name.n - rest});
	json_put_str(w, "in", "path");
	json_put_bool(w, "required", true);
	json_put_str(w, "description",
	             rest ? "All the rest of the path, slashes too." : "Slashes in it are %2F.");
	if (rest)
		json_put_bool(w, "x-weir-rest", true);
	json_key(w, "schema");
	json_object(w);
	json_put_str(w, "type", "string");
	if (!rest)
		json_put_i64(w, "minLength", 1);
	json_object_end(w);
	json_object_end(w);
}

static void
put_params(struct json_writer *w, const struct route *r)
{
	json_key(w, "parameters");
	json_array(w);
	for (const char *p = strchr(r->path, '{'); p != NULL; p = strchr(p + 1, '{'))
		put_part(w, (struct sv){p + 1, (size_t)(strchr(p, '}') - p) - 1});
	for (size_t i = 0; i < r->nparam; i++) {
		json_object(w);
		json_put_str(w, "name", r->param[i].name);
		json_put_str(w, "in", "query");
		json_put_str(w, "description", r->param[i].doc);
		put_param_type(w, &r->param[i]);
		json_object_end(w);
	}
	json_array_end(w);
}

static void
put_security(struct json_writer *w, const struct route *r)
{
	json_key(w, "security");
	json_array(w);
	if (r->scope != SCOPE_NONE) {
		json_object(w);
		json_key(w, "token");
		json_array(w);
		for (size_t i = 0; i < LEN(scope_names); i++)
			if ((unsigned)r->scope & 1u << i)
				json_str(w, scope_names[i]);
		json_array_end(w);
		json_object_end(w);
	}
	/* On loopback. */
	json_object(w);
	json_object_end(w);
	json_array_end(w);
}

static void
put_operation(struct json_writer *w, const struct route *r)
{
	static const char *const keys[METHOD_COUNT] = {"get", "post", "delete"};

	json_key(w, keys[r->method]);
	json_object(w);
	json_put_str(w, "operationId", r->id);
	json_put_str(w, "summary", r->summary);
	if (r->doc != NULL)
		json_put_str(w, "description", r->doc);
	put_params(w, r);
	if (r->body != NULL) {
		json_key(w, "requestBody");
		json_object(w);
		json_put_bool(w, "required", true);
		put_content(w, NULL, r->body);
		json_object_end(w);
	}
	put_answers(w, r);
	put_security(w, r);
	json_object_end(w);
}

/* Without the star of a part that takes all the rest. */
static void
put_path(struct json_writer *w, const char *path)
{
	AUTO(buf) key = buf_new(1 << 10);

	for (; *path != '\0'; path++)
		if (*path != '*')
			buf_putc(key, *path);
	json_key(w, buf_str(key));
}

static void
put_components(struct json_writer *w)
{
	json_key(w, "components");
	json_object(w);
	json_key(w, "securitySchemes");
	json_object(w);
	json_key(w, "token");
	json_object(w);
	json_put_str(w, "type", "http");
	json_put_str(w, "scheme", "bearer");
	json_put_str(
		w, "description",
		"A token of `weir token add`. On a loopback address none is needed, unless the catalog asks for "
		"one.");
	json_object_end(w);
	json_object_end(w);
	json_key(w, "schemas");
	json_object(w);
	for (size_t i = 0; i < body_schema_count; i++) {
		json_key(w, body_schemas[i]->name);
		body_schema_write(w, body_schemas[i]);
	}
	json_object_end(w);
	json_object_end(w);
}

bool
routes_openapi(struct buf *b)
{
	struct json_writer w;

	json_write_init(&w, b, 0);
	json_object(&w);
	json_put_str(&w, "openapi", "3.1.0");
	json_key(&w, "info");
	json_object(&w);
	json_put_str(&w, "title", "weir");
	json_put_str(&w, "version", PACKAGE_VERSION);
	json_put_str(&w, "summary", "Data quality and freshness of what pipelines make.");
	json_object_end(&w);
	json_key(&w, "paths");
	json_object(&w);
	for (size_t i = 0; i < route_count; i++) {
		const bool first = i == 0 || strcmp(routes[i - 1]->path, routes[i]->path) != 0;
		const bool last = i + 1 == route_count || strcmp(routes[i + 1]->path, routes[i]->path) != 0;

		if (first) {
			put_path(&w, routes[i]->path);
			json_object(&w);
		}
		put_operation(&w, routes[i]);
		if (last)
			json_object_end(&w);
	}
	json_object_end(&w);
	put_components(&w);
	json_object_end(&w);
	return !b->full;
}

/* The reference page -------------------------------------------------------------------------------------------- */

static const char *
type_words(const struct route_param *p, struct buf *b)
{
	static const char *const words[] = {
		[PARAM_IS_TEXT] = "text",         [PARAM_IS_FLAG] = "flag", [PARAM_IS_COUNT] = "whole number",
		[PARAM_IS_DURATION] = "duration", [PARAM_IS_TIME] = "time",
	};

	if (p->type != PARAM_IS_ENUM)
		return words[p->type];
	buf_clear(b);
	for (size_t i = 0; p->names[i] != NULL; i++)
		buf_printf(b, "%s`%s`", i > 0 ? ", " : "", p->names[i]);
	return buf_str(b);
}

/* In a table, where `|` ends a cell. */
static void
put_cell(struct buf *b, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '|')
			buf_putc(b, '\\');
		buf_putc(b, *text);
	}
	buf_puts(b, " |\n");
}

static void
put_route(struct buf *b, const struct route *r)
{
	AUTO(buf) words = buf_new(4 << 10);
	bool any = false;

	buf_printf(b, "\n## %s %s\n\n%s%s\n", method_names[r->method], r->path, r->summary,
	           sv_ends(sv_of(r->summary), SV("?")) ? "" : ".");
	if (r->doc != NULL)
		buf_printf(b, "\n%s\n", r->doc);
	buf_puts(b, "\nScope: ");
	for (size_t i = 0; i < LEN(scope_names); i++)
		if ((unsigned)r->scope & 1u << i) {
			buf_printf(b, "%s`%s`", any ? " or " : "", scope_names[i]);
			any = true;
		}
	buf_puts(b, any ? ".\n" : "none is needed.\n");
	if (r->body != NULL)
		buf_printf(b, "\nBody: `%s`, at most %zu KiB.\n", r->body,
		           (r->body_max > 0 ? r->body_max : (size_t)BODY_MAX_DEFAULT) >> 10);
	if (r->nparam > 0)
		buf_puts(b, "\n| parameter | takes | |\n|---|---|---|\n");
	for (size_t i = 0; i < r->nparam; i++) {
		buf_printf(b, "| `%s` | %s | ", r->param[i].name, type_words(&r->param[i], words));
		put_cell(b, r->param[i].doc);
	}
	buf_puts(b, "\n| status | body | |\n|---|---|---|\n");
	for (size_t i = 0; i < r->nanswer; i++) {
		const struct route_answer *a = &r->answer[i];

		buf_printf(b, "| %d | ", a->status);
		if (a->schema != NULL)
			buf_printf(b, "`%s`", a->schema);
		else
			buf_puts(b, a->type != NULL ? a->type : "");
		buf_puts(b, " | ");
		put_cell(b, a->doc);
	}
}

static void
put_schema(struct buf *b, const struct body_schema *s)
{
	buf_printf(b, "\n### %s\n\n%s\n", s->name, s->doc != NULL ? s->doc : "");
	if (s->nfield > 0)
		buf_puts(b, "\n| field | |\n|---|---|\n");
	for (size_t i = 0; i < s->nfield; i++)
		buf_printf(b, "| `%s`%s | %s%s%s%s |\n", s->field[i].name,
		           s->field[i].optional ? " (may be absent)" : "", s->field[i].doc,
		           s->field[i].of != NULL ? " `" : "", s->field[i].of != NULL ? s->field[i].of : "",
		           s->field[i].of != NULL ? "`" : "");
}

static const char markdown_head[] =
	"# HTTP\n\n"
	"<!-- Written by `weir explain routes --format markdown`. -->\n\n"
	"What [the service](../how-to/service.md) answers. `GET /openapi.json` of a running one says the same as OpenAPI 3.1.\n\n"
	"- Slashes in a key are written `%2F`. An unknown parameter, or a value that is none of its type, is 400. A flag is `1`, `true`, `0` or\n"
	"  `false`; a duration is written as in [the catalog](catalog.md) (`90s`, `15m`); a time is RFC 3339.\n"
	"- Bodies are JSON (`Content-Type: application/json`), also compressed with `Content-Encoding: gzip`.\n"
	"- A token is sent as `Authorization: Bearer TOKEN`. On loopback none is needed, unless `service: {require_token: true}`.\n"
	"- A list has at most `limit` entries; `next` and the header `Link` lead to the next page.\n"
	"- A `POST` with an `Idempotency-Key` may be sent again: what was done the first time is not done again, and the answer is that of the\n"
	"  first time, with `Idempotency-Replayed: true`. The same key with another body is 422.\n"
	"- 2xx to what is written means that it is on disk.\n\n"
	"Errors are `application/problem+json` (`Problem`); beside those that are listed, every call can give:\n\n"
	"| status | |\n|---|---|\n";

void
routes_markdown(struct buf *b)
{
	buf_puts(b, markdown_head);
	for (size_t i = 0; i < LEN(common); i++)
		buf_printf(b, "| %d %s | %s |\n", common[i].status, http_status_text(common[i].status),
		           common[i].doc);
	for (size_t i = 0; i < route_count; i++)
		put_route(b, routes[i]);
	buf_puts(b, "\n## Bodies\n");
	for (size_t i = 0; i < body_schema_count; i++)
		put_schema(b, body_schemas[i]);
}
