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

static const char page[] =
	"<!doctype html>\n"
	"<html lang=\"en\">\n"
	"<head>\n"
	"<meta charset=\"utf-8\">\n"
	"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	"<title>weir</title>\n"
	"<link rel=\"stylesheet\" href=\"/app.css\">\n"
	"<script src=\"/app.js\" defer></script>\n"
	"</head>\n"
	"<body>\n"
	"<main>\n"
	"<h1>Assets</h1>\n"
	"<form id=\"login\" hidden><label>Token <input id=\"token\" type=\"password\" "
	"autocomplete=\"off\"></label> <button>Show</button></form>\n"
	"<p id=\"note\" role=\"status\">Loading …</p>\n"
	"<table id=\"assets\" hidden>\n"
	"<thead><tr><th scope=\"col\">Asset</th><th scope=\"col\">Outcome</th><th scope=\"col\">Freshness</th>"
	"<th scope=\"col\">Staleness</th><th scope=\"col\">Produced</th></tr></thead>\n"
	"<tbody></tbody>\n"
	"</table>\n"
	"<noscript><p>This page needs its script; <code>weir status --server</code> shows the same.</p></noscript>\n"
	"</main>\n"
	"</body>\n"
	"</html>\n";

static const char style[] =
	":root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }\n"
	"main { max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }\n"
	"table { border-collapse: collapse; width: 100%; }\n"
	"th, td { text-align: left; padding: .4rem .8rem .4rem 0; border-bottom: 1px solid #8884; }\n"
	"td { overflow-wrap: anywhere; }\n"
	".pass { color: #1a7f37; } .warn { color: #9a6700; } .fail, .error { color: #cf222e; font-weight: 600; }\n"
	"@media (prefers-color-scheme: dark) {\n"
	"  .pass { color: #3fb950; } .warn { color: #d29922; } .fail, .error { color: #ff7b72; }\n"
	"}\n";

static const char script[] =
	"'use strict';\n"
	"const note = document.getElementById('note');\n"
	"const table = document.getElementById('assets');\n"
	"const login = document.getElementById('login');\n"
	"let token = '';\n"
	"\n"
	"function cell(row, text, kind) {\n"
	"  const td = row.insertCell();\n"
	"  td.textContent = text === null || text === undefined ? '–' : String(text);\n"
	"  if (['pass', 'warn', 'fail', 'error'].includes(kind)) td.className = kind;\n"
	"}\n"
	"\n"
	"async function ask(path) {\n"
	"  const headers = token ? {Authorization: 'Bearer ' + token} : {};\n"
	"  const answer = await fetch(path, {headers, cache: 'no-store', credentials: 'omit'});\n"
	"  if (answer.status === 401) login.hidden = false;\n"
	"  const body = await answer.json();\n"
	"  if (!answer.ok) throw new Error(body.detail || answer.statusText);\n"
	"  return body;\n"
	"}\n"
	"\n"
	"async function show() {\n"
	"  try {\n"
	"    let all = [], next = '/v1/assets?limit=500';\n"
	"    while (next && all.length < 5000) {\n"
	"      const page = await ask(next);\n"
	"      all = all.concat(page.assets);\n"
	"      next = page.next;\n"
	"    }\n"
	"    const body = document.createElement('tbody');\n"
	"    for (const a of all) {\n"
	"      const row = body.insertRow();\n"
	"      cell(row, a.key);\n"
	"      cell(row, a.outcome, a.outcome);\n"
	"      cell(row, a.freshness && a.freshness.status);\n"
	"      cell(row, a.staleness && a.staleness.status);\n"
	"      cell(row, a.freshness && a.freshness.produced_at);\n"
	"    }\n"
	"    table.tBodies[0].replaceWith(body);\n"
	"    table.hidden = false;\n"
	"    login.hidden = true;\n"
	"    note.textContent = all.length + (all.length === 1 ? ' asset' : ' assets') + ', ' + new "
	"Date().toLocaleTimeString();\n"
	"  } catch (e) {\n"
	"    note.textContent = 'Not shown: ' + e.message;\n"
	"  }\n"
	"}\n"
	"\n"
	"login.addEventListener('submit', (e) => {\n"
	"  e.preventDefault();\n"
	"  token = document.getElementById('token').value.trim();\n"
	"  show();\n"
	"});\n"
	"show();\n"
	"setInterval(() => { if (login.hidden) show(); }, 30000);\n";

struct prepared *
fixed_make(enum fixed which)
{
	AUTO(buf) text = buf_new((size_t)8 << 20);

	switch (which) {
	case FIXED_OPENAPI:
		return routes_openapi(text) ? prepared_new(200, "application/json", buf_sv(text), INT64_MAX)
		                            : NULL;
	case FIXED_PAGE:
		return prepared_new(200, "text/html; charset=utf-8", (struct sv){page, sizeof(page) - 1},
		                    INT64_MAX);
	case FIXED_SCRIPT:
		return prepared_new(200, "text/javascript; charset=utf-8",
		                    (struct sv){script, sizeof(script) - 1}, INT64_MAX);
	case FIXED_STYLE:
		return prepared_new(200, "text/css; charset=utf-8", (struct sv){style, sizeof(style) - 1},
		                    INT64_MAX);
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
