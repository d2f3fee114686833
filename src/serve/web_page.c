/* The page of the service: its frame, which the script fills. */
#include "serve/web.h"

/* One line of text is one line here. */
/* clang-format off */
static const char text[] =
	"<!doctype html>\n"
	"<html lang=\"en\">\n"
	"<head>\n"
	"<meta charset=\"utf-8\">\n"
	"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	"<meta name=\"color-scheme\" content=\"light dark\">\n"
	"<title>weir</title>\n"
	"<link rel=\"stylesheet\" href=\"/app.css\">\n"
	"<script src=\"/app.js\" defer></script>\n"
	"</head>\n"
	"<body>\n"
	"<header><a href=\"#/\" class=\"name\">weir</a> <span class=\"what\">is the data right, and is it up to date?</span>\n"
	"<span id=\"note\">Loading …</span></header>\n"
	"<form id=\"login\" hidden><label>This service asks for a token: <input id=\"token\" type=\"password\" autocomplete=\"off\"></label>\n"
	"<button>Show</button> <span>(<code>weir token add NAME --scope read</code> makes one)</span></form>\n"
	"<main id=\"main\"></main>\n"
	"<noscript><p>This page needs its script; <code>weir status --server URL</code> shows the same.</p></noscript>\n"
	"</body>\n"
	"</html>\n";
/* clang-format on */

const struct sv web_page = {text, sizeof(text) - 1};
