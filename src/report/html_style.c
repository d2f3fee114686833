/*
 * The style sheet of the page.  Text has a contrast of at least 4.5 to 1, marks 3 to 1, on light and on dark: a test computes it from the
 * variables below, which come in pairs of light and dark.
 */
#include "report/html.h"

const char html_style[] =
	":root{color-scheme:light "
        "dark;--bg:#ffffff;--text:#1c1e21;--dim:#55595f;--line:#d5d8dc;--box:#f5f6f7;"
	"--pass:#00704f;--warn:#8f5c00;--fail:#b34700;--error:#8a2f80;--skip:#666b72}"
	"@media(prefers-color-scheme:dark){:root{--bg:#15181c;--text:#e7e9ec;--dim:#a7adb5;--line:#3a4048;--"
        "box:#1d2126;"
	"--pass:#3fc79a;--warn:#efb64d;--fail:#ff8f52;--error:#dc92d4;--skip:#a0a6ae}}"
	"body{margin:0 auto;max-width:70rem;padding:1rem;background:var(--bg);color:var(--text);"
	"font:16px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}"
	"h1{font-size:1.5rem;margin:.5rem 0}h2{font-size:1.2rem;margin:2rem 0 .5rem;border-bottom:1px solid "
        "var(--line)}"
	"h3{font-size:1rem;margin:0}p{margin:.3rem 0}code,td.n{font:0.9em ui-monospace,monospace}"
	".dim{color:var(--dim)}b.p,td.p{color:var(--pass)}b.w,td.w{color:var(--warn)}b.f,td.f{color:var(--"
        "fail)}"
	"b.e,td.e{color:var(--error)}b.s,td.s{color:var(--skip)}td.p,td.w,td.f,td.e,td.s{white-space:nowrap}"
	"svg{display:block;max-width:100%;margin:.2rem 0}svg .p{fill:var(--pass)}svg .w{fill:var(--warn)}"
	"svg .f{fill:var(--fail)}svg .e{fill:var(--error)}svg .s{fill:var(--skip)}svg .t{fill:var(--line)}"
	"svg .k{stroke:var(--text);stroke-width:2}"
	"svg .l{fill:none;stroke:var(--text);stroke-width:2;stroke-linecap:round;stroke-linejoin:round}"
	"article{border:1px solid var(--line);border-left:4px solid "
        "var(--dim);background:var(--box);padding:.5rem .8rem;"
	"margin:.6rem "
        "0;break-inside:avoid}article.w{border-left-color:var(--warn)}article.f{border-left-color:var(--fail)"
        "}"
	"article.e{border-left-color:var(--error)}"
	"table{border-collapse:collapse;margin:.4rem "
        "0;font-size:.9rem}th,td{text-align:left;vertical-align:top;"
	"padding:.15rem .9rem .15rem 0;border-bottom:1px solid "
        "var(--line)}th{color:var(--dim);font-weight:600}"
	"td.n{white-space:pre-wrap}figure{margin:.4rem 0}figcaption{font-size:.85rem;color:var(--dim)}"
	"a{color:inherit}nav a{margin-right:1rem}"
	"@media print{body{max-width:none;font-size:11px}nav{display:none}tr{break-inside:avoid}"
	"*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}";
