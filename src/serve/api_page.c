/*
 * The page, its script and its style; and /openapi.json.
 *
 * The page holds no data: the script asks the API, with the token that is typed in, and shows what comes as text only, so that no name of
 * an asset can become markup.
 */
#include "serve/fixed.h"
#include "serve/request.h"
#include "serve/routes.h"
#include "serve/schemas.h"
#include "serve/web.h"

struct prepared *
fixed_make(enum fixed which)
{
	AUTO(buf) text = buf_new((size_t)8 << 20);

	switch (which) {
	case FIXED_OPENAPI:
		return routes_openapi(text) ? prepared_new(200, "application/json", buf_sv(text), INT64_MAX)
		                            : NULL;
	case FIXED_PAGE:
		return prepared_new(200, "text/html; charset=utf-8", web_page, INT64_MAX);
	case FIXED_SCRIPT:
		return prepared_new(200, "text/javascript; charset=utf-8", web_script, INT64_MAX);
	case FIXED_STYLE:
		return prepared_new(200, "text/css; charset=utf-8", web_style, INT64_MAX);
	case FIXED_COUNT:
		break;
	}
	return NULL;
}

static bool
answer_openapi(struct service *s UNUSED, struct request *q)
{
	request_prepared(q, fixed_of(q, FIXED_OPENAPI));
	return true;
}

static const struct route_answer openapi_answers[] = {
	{.status = 200, .schema = "Anything", .doc = "This description."},
	{.status = 304, .doc = "It is what the client has."},
};

const struct route route_openapi = {
	.method = METHOD_GET,
	.path = "/openapi.json",
	.id = "describe",
	.summary = "Describes all calls as OpenAPI 3.1",
	.answer = openapi_answers,
	.nanswer = LEN(openapi_answers),
	.quick = answer_openapi,
};

static bool
answer_page(struct service *s UNUSED, struct request *q)
{
	request_prepared(q, fixed_of(q, FIXED_PAGE));
	return true;
}

static const struct route_answer page_answers[] = {
	{.status = 200, .type = "text/html; charset=utf-8", .doc = "The page."},
	{.status = 304, .doc = "It is what the client has."},
};

const struct route route_page = {
	.method = METHOD_GET,
	.path = "/",
	.id = "page",
	.summary = "Shows the assets and how they are, for people",
	.answer = page_answers,
	.nanswer = LEN(page_answers),
	.quick = answer_page,
};

static bool
answer_script(struct service *s UNUSED, struct request *q)
{
	request_prepared(q, fixed_of(q, FIXED_SCRIPT));
	return true;
}

static const struct route_answer script_answers[] = {
	{.status = 200, .type = "text/javascript; charset=utf-8", .doc = "The script."},
	{.status = 304, .doc = "It is what the client has."},
};

const struct route route_page_script = {
	.method = METHOD_GET,
	.path = "/app.js",
	.id = "pageScript",
	.summary = "The script of the page",
	.answer = script_answers,
	.nanswer = LEN(script_answers),
	.quick = answer_script,
};

static bool
answer_style(struct service *s UNUSED, struct request *q)
{
	request_prepared(q, fixed_of(q, FIXED_STYLE));
	return true;
}

static const struct route_answer style_answers[] = {
	{.status = 200, .type = "text/css; charset=utf-8", .doc = "The style."},
	{.status = 304, .doc = "It is what the client has."},
};

const struct route route_page_style = {
	.method = METHOD_GET,
	.path = "/app.css",
	.id = "pageStyle",
	.summary = "The style of the page",
	.answer = style_answers,
	.nanswer = LEN(style_answers),
	.quick = answer_style,
};
