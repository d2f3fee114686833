"""Report formats, files they go to, and stored runs: parsed back by Python's own readers, with hostile text in every place."""
import email
import email.policy
import html.parser
import json
import os
import re
import sqlite3
import stat
import subprocess
import threading
import xml.etree.ElementTree as ET

from project import WEIR, contains, same, test

FORMATS = ("text", "json", "junit", "markdown", "github", "html", "mail")
UNSAFE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufffe\uffff]")

PAYLOADS = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "\"><svg onload=alert(1)>", "'><b>bold</b>", "]]>", "-->",
    "--!>", "<!--", "<![CDATA[x]]>", "</style>", "</title>", "</failure>", "</testcase>", "<?xml version='1.0'?>", "&lt;b&gt;",
    "&#60;b&#62;", "&amp;", "&", "\x1b[31mred\x1b[0m", "\x1b]0;title\x07", "\x9b31m", "a\u202eb", "a\u2066b", "a\u2028b",
    "a\u200fb", "::error::pwned", "::error file=a,line=1::pwned", "::set-output name=x::y", "::stop-commands::x",
    "##[error]pwned", "%0A::error::pwned", "%", "%25", "%0D%0A", "a,b=c", "a:b", "|", "a|b|c", "\\|", "\\\\|", "`", "``",
    "`a`|`b`", "*bold*", "_it_", "__x__", "~~gone~~", "# heading", "#123", "- item", "1. item", "> quote", "@octocat",
    "@org/team", "a@example.com", "[x](http://evil.example)", "![x](http://evil.example/a.png)", "http://evil.example",
    "https://evil.example/?q=<b>", "www.evil.example", "<http://evil.example>", "javascript:alert(1)", "data:text/html,x",
    "$x^2$", ":smile:", "<!channel>", "<details>", "</details>", "<br>", "---", "===", "{{x}}", "${x}", "$(id)", "=1+1",
    "+1", "-1", "@SUM(A1)", "\ttab", "a\nb", "a\r\nb", "a\rb", "\n::error::pwned", "\nSubject: pwned", "\n\n<b>", "\x00",
    "a\x00b", "\ufffe", "\uffff", "\ufffd", "\ud800".encode("utf-8", "surrogatepass"), b"\xff\xfe", b"\xc0\xaf", b"\xed\xa0\xbd",
    "\U0001f600", "e\u0301", "\u0430dmin", "x" * 300, "word " * 60, "\u6f22\u5b57" * 40, "\"", "'", "\"\"", "\\", "\\n",
    "From here", ".", "..",
]


def as_bytes(payload):
    return payload if isinstance(payload, bytes) else payload.encode()


def csv_field(payload):
    return b'"' + as_bytes(payload).replace(b'"', b'""') + b'"'


def quoted(text):
    """As YAML writes it in double quotes."""
    text = text.replace("${", "$${")
    return '"%s"' % "".join(c if " " <= c <= "~" and c not in '"\\' else "\\U%08x" % ord(c) for c in text)


def reports(p, command, *args, status=None):
    """The report in every format, of one run."""
    done = p.weir(command, *args, *[w for f in FORMATS for w in ("--report", "%s=out.%s" % (f, f))])
    if status is not None:
        done.expect(status)
    texts = {}
    for f in FORMATS:
        with open(p.path("out." + f), encoding="utf-8", newline="") as file:  # strict: all of it is UTF-8
            texts[f] = file.read()
    return texts


def hostile(p):
    """Payloads as keys of assets, names of files, columns and checks, values, keys of rows, projects and owners."""
    texts = [t for t in PAYLOADS if isinstance(t, str)]
    with open(p.path("data.csv"), "wb") as f:
        f.write(b"id,v\n")
        for i, payload in enumerate(PAYLOADS):
            f.write(csv_field(payload) + b"," + csv_field(payload) + b"\n")
    lines = ["project: %s" % quoted("<b>shop</b> | ::error::x @octocat"), "assets:"]
    for i, t in enumerate(texts):
        # What a key and a glob may not hold is left out there.
        key = "k%d%s." % (i, "".join(c for c in t if c > " " and c not in "*?[]{},:|!\"'\\/\x7f"))
        name = "f" + "".join(c for c in t if c not in "*?[]{}:\\/\x00")[:60]
        lines += ["  %s:" % quoted(key),
                  "    path: %s" % (quoted(name + ".csv") if i % 3 == 0 else "data.csv"),
                  "    key: [id]",
                  "    freshness: {max_age: 1m}",
                  "    checks:",
                  "      - {in_set: {column: v, values: [fine]}, name: %s}" % quoted("n" + t),
                  "      - {in_set: {column: %s, values: [%s]}}" % (quoted(t), quoted(t)),
                  "      - {match_regex: {column: v, regex: \"^fine$\"}, severity: warning}"]
    p.catalog("\n".join(lines) + "\n")
    return reports(p, "audit", status=3)


class Page(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.tags, self.attributes, self.words, self.open = set(), [], [], []
        self.feed(text)
        self.close()

    VOID = {"meta", "br", "rect", "path"}

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += [(tag, k, v) for k, v in attrs]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += [(tag, k, v) for k, v in attrs]

    def handle_endtag(self, tag):
        same(self.open.pop(), tag, "nesting")

    def handle_data(self, data):
        self.words.append(data)

    def handle_comment(self, data):
        raise AssertionError("a comment: %r" % data)

    def handle_pi(self, data):
        raise AssertionError("a processing instruction: %r" % data)


TAGS = set("html head meta title style body header h1 h2 h3 p b svg rect path nav a main section table tr th td article code "
           "figure figcaption footer".split())
CLASSES = {"p", "w", "f", "e", "s", "t", "k", "l", "n", "h", "b", "dim"}


def check_page(text):
    page = Page(text)
    same(page.tags - TAGS, set(), "tags")
    same(page.open, [], "left open")
    for tag, k, v in page.attributes:
        if k.startswith("on") or k in ("style", "src", "action", "xlink:href"):
            raise AssertionError("attribute %s=%r of <%s>" % (k, v, tag))
        if k == "href" and not v.startswith("#"):
            raise AssertionError("an address: %r" % v)
        if k == "class":
            same(set(v.split()) - CLASSES, set(), "classes")
    if re.search(r"url\(|@import", text):
        raise AssertionError("the style sheet fetches")
    policy = [v for t, k, v in page.attributes if t == "meta" and k == "content" and "default-src" in v]
    same(len(policy), 1)
    contains(policy[0], "default-src 'none'")
    return page


def shown(text):
    """As text_plain writes it, told apart from how it is done there: only for payloads in printable ASCII."""
    return isinstance(text, str) and text.isascii() and text.isprintable() and len(text) < 60


def nothing_unsafe(texts):
    for f, text in texts.items():
        found = f != "json" and UNSAFE.search(text)  # JSON is read by programs, and escapes what it must
        if found:
            raise AssertionError("%s holds %r near %r" % (f, found.group(), text[max(0, found.start() - 40):found.start() + 40]))


@test
def hostile_text_is_text_in_html(p):
    texts = hostile(p)
    nothing_unsafe(texts)
    page = check_page(texts["html"])
    words = "".join(page.words)
    for payload in PAYLOADS:
        if shown(payload):
            contains(words, payload)


@test
def hostile_text_is_text_in_junit(p):
    root = ET.fromstring(hostile(p)["junit"])
    allowed = {"testsuites", "testsuite", "properties", "property", "testcase", "failure", "error", "skipped", "system-out"}
    same({e.tag for e in root.iter()} - allowed, set())
    names = {c.get("name") for c in root.iter("testcase")}
    for payload in PAYLOADS:
        if shown(payload):
            contains(names, "n" + payload)


def junit_counts(e):
    return [sum(1 for c in e.iter("testcase") if tag is None or c.find(tag) is not None)
            for tag in (None, "failure", "error", "skipped")]


@test
def junit_counts_what_it_holds_and_agrees_with_json(p):
    texts = hostile(p)
    root, report = ET.fromstring(texts["junit"]), json.loads(texts["json"])
    for e in [root] + root.findall("testsuite"):
        same([int(e.get(k)) for k in ("tests", "failures", "errors", "skipped")], junit_counts(e), e.get("name"))
    checks = report["summary"]["checks"]
    late = report["summary"]["fresh"]["fail"]
    stale = sum(a["staleness"]["failing"] for a in report["assets"])
    unread = sum("error" in a for a in report["assets"])
    same(int(root.get("failures")), checks["fail"] + late + stale)
    same(int(root.get("errors")), checks["error"] + unread + report["summary"]["fresh"]["unknown"])
    same(len(root.findall("testsuite")), len(report["assets"]) + (1 if report["orphans"] else 0))


def without(text, *patterns):
    for pattern in patterns:
        text = re.sub(pattern, "", text)
    return text


@test
def hostile_text_is_text_in_markdown(p):
    text = hostile(p)["markdown"]
    head, body = text.split("\n", 1)
    if not re.fullmatch(r"<!-- weir-report project=[\w.]+ env=[\w.]+ command=[\w.]+ -->", head):
        raise AssertionError("the marker is %r" % head)
    rest = without(body, r"</?(code|details|summary)>", r"<br>")
    if "<" in rest or ">" in rest:
        raise AssertionError("markup: %r" % re.search(r".{0,60}[<>].{0,60}", rest).group())
    same(set(re.findall(r"`[^`]*`", body)), {"`weir audit`"} | set(re.findall(r"`\w{26}`", body)))
    for line in body.splitlines():
        if re.match(r"\s*(#|>|===|[0-9]+\. )", line) and not line.startswith("### "):
            raise AssertionError("a block: %r" % line)
    for part, bars in zip(body.split("<summary>All assets"), (5, 6)):
        same({line.count("|") for line in part.splitlines() if "|" in line}, {bars})
    for at in re.finditer("@", body):
        contains(body[at.end():at.end() + 7], "&#8203;")
    if re.search(r"https?:/|www\.|(?<!\w):\w+:|\]\(|!\[|\\", body):
        raise AssertionError("a link: %r" % re.search(r".{0,40}(https?:/|www\.|(?<!\w):\w+:|\]\(|!\[|\\).{0,40}", body).group())


COMMAND = re.compile(r"::(error|warning)(?: (\w+=[^,:\r\n]*(?:,\w+=[^,:\r\n]*)*))?::([^\r\n]*)")


def annotations(text):
    """As the runner reads them: (level, properties, message); other lines are for the log."""
    found, log = [], []
    for line in text.splitlines():
        m = COMMAND.fullmatch(line)
        if not m:
            if "::" in line or "##[" in line:
                raise AssertionError("another command: %r" % line)
            log.append(line)
            continue
        properties = dict(kv.split("=", 1) for kv in (m.group(2) or "").split(",") if kv)
        for a, b in (("%2C", ","), ("%3A", ":"), ("%0A", "\n"), ("%0D", "\r"), ("%25", "%")):
            properties = {k: v.replace(a, b) for k, v in properties.items()}
        message = m.group(3)
        for a, b in (("%0A", "\n"), ("%0D", "\r"), ("%25", "%")):
            message = message.replace(a, b)
        found.append((m.group(1), properties, message))
    return found, log


@test
def hostile_text_is_text_in_annotations(p):
    found, log = annotations(hostile(p)["github"])
    same(len(log), 1)
    same([sum(level == x for level, _, _ in found) for x in ("error", "warning")], [10, 10])
    for level, properties, message in found:
        same(set(properties) - {"file", "line", "col", "title"}, set())


@test
def annotations_read_back_as_they_were_written(p):
    p.write("a.csv", "x,y\n50%0A%25,1\n,1\n")
    payloads = [t for t in PAYLOADS if shown(t)]
    for at in range(0, len(payloads), 10):
        some = payloads[at:at + 10]
        p.catalog("assets:\n  a:\n    path: a.csv\n    checks:\n" + "".join(
            "      - {in_set: {column: x, values: [%s]}, name: %s}\n" % (quoted("v%d" % i), quoted("n" + t)) for i, t in enumerate(some)))
        found, _ = annotations(p.weir("check", "--format", "github").expect(1).out)
        same([(properties["title"], properties["file"]) for _, properties, _ in found], [("a n" + t, "weir.yaml") for t in some])
        contains(found[0][2], "1 of 1 values are not in [v0] (100 %)\nrow 0: 50%0A%25")


@test
def annotations_are_the_worst_and_the_last_counts_the_rest(p):
    p.write("a.csv", "x\n1\n\n")
    p.catalog("assets:\n  a:\n    path: a.csv\n    checks:\n" + "".join(
        "      - {between: {column: x, min: %d}, name: c%d, severity: %s}\n" % (i + 5, i, "warning" if i % 2 else "critical")
        for i in range(40)) + "  b: {path: none.csv, checks: [not_null: x]}\n")
    found, _ = annotations(p.weir("check", "--format", "github").expect(3).out)
    same([level for level, _, _ in found], ["error"] * 10 + ["warning"] * 10)
    contains(found[0][2], "none.csv")
    contains(found[9][2], "12 more")   # 20 failed and 1 unread, 9 of them shown
    contains(found[19][2], "11 more")
    same(found[1][1], {"file": "weir.yaml", "line": "6", "col": "10", "title": "a c0"})


@test
def a_mail_is_a_mail(p):
    text = hostile(p)["mail"]
    m = email.message_from_string(text, policy=email.policy.default)
    same(sorted(k.lower() for k in m), sorted(
        ["subject", "date", "mime-version", "content-type", "content-transfer-encoding", "auto-submitted", "x-weir-run"]))
    same(m.defects, [])
    contains(m["subject"], "[weir]", "<b>shop</b>", "ERROR")
    same(m["date"].datetime.isoformat(), "2024-05-10T12:00:00+00:00")
    for line in text.split("\n"):
        if len(line) > 77 and not re.search("[^\x00-\xff]", line):
            raise AssertionError("%d columns: %r" % (len(line), line))
        if line == "." or line.startswith("From "):
            raise AssertionError("a line that mailers know: %r" % line)


@test
def a_subject_in_any_script_is_encoded(p):
    p.write("a.csv", "x\n1\n")
    p.catalog("project: 쇼핑몰 데이터 프로젝트의 아주 긴 이름과 그 밖의 것\nassets: {a: {path: a.csv, checks: [not_null: x]}}\n")
    out = p.weir("audit", "--format", "mail").expect(0).out
    subject = out.split("\nDate:")[0]
    if not subject.isascii() or max(map(len, subject.split("\n"))) > 76:
        raise AssertionError(subject)
    contains(email.message_from_string(out, policy=email.policy.default)["subject"], "쇼핑몰 데이터 프로젝트의 아주 긴 이름과 그 밖의 것")


@test
def markdown_keeps_to_its_limit_and_counts_the_rest(p):
    p.write("a.csv", "x\n" + "".join("value number %d\n" % i for i in range(30)))
    n = 1500
    p.catalog("assets:\n  a:\n    path: a.csv\n    checks:\n" +
              "".join("      - {in_set: {column: x, values: [v%d]}, name: \"check number %d\"}\n" % (i, i) for i in range(n)))
    text = p.weir("check", "--format", "markdown").expect(1).out
    if len(text) > 65536:
        raise AssertionError("%d characters" % len(text))
    table, details = text.split("<details>", 1)
    omitted = int(re.findall(r"_(\d+) more are left out", table)[-1])
    same(table.count("**fail** | <code>a</code>") + omitted, n)
    contains(details, "more are left out", "</details>")
    contains(text[-200:], "Run `")


@test
def a_page_of_500_failing_checks_is_at_most_1_mb(p):
    p.write("a.csv", "id,x\n" + "".join("%d,a somewhat long value number %d\n" % (i, i) for i in range(50)))
    p.catalog("assets:\n  a:\n    path: a.csv\n    key: [id]\n    checks:\n" +
              "".join("      - {in_set: {column: x, values: [v%d]}, name: check%d}\n" % (i, i) for i in range(500)))
    for i in range(3):
        p.write("a.csv", "id,x\n" + "".join("%d,a somewhat long value number %d\n" % (n, n) for n in range(50 + i)))
        p.weir("check").expect(1)
    page = p.weir("check", "--format", "html").expect(1).out
    check_page(page)
    if len(page.encode()) > 900000:  # some are left for a longer past
        raise AssertionError("%d bytes" % len(page.encode()))
    contains(page, "last 4 runs: 4 fail")


@test
def the_past_of_a_check_is_drawn_with_gaps(p):
    p.catalog("assets: {a: {path: a.csv, checks: [{mean: {column: x, max: 3}}]}}\n")
    for values in ("1\n2\n", "3\n4\n", None, "5\n6\n"):
        if values is None:
            os.unlink(p.path("a.csv"))
        else:
            p.write("a.csv", "x\n" + values)
        p.weir("check", now="")
    page = check_page(p.weir("report", p.weir("report", "--list").out[:26], "--format", "html").expect(0).out)
    labels = [v for t, k, v in page.attributes if k == "aria-label"]
    contains(labels, "last 4 runs: 1 pass, 2 fail, 1 error")
    contains("\n".join(labels), "1.5 to 5.5 in 3 runs, latest 5.5")
    line = [v for t, k, v in page.attributes if t == "path" and k == "d" and "h0" in v]
    same(len(line), 1)
    same(len(re.findall("M", line[0])), 2, "pieces of the line")


def luminance(colour):
    parts = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
    parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(a, b):
    a, b = sorted((luminance(a), luminance(b)), reverse=True)
    return (a + 0.05) / (b + 0.05)


@test
def colours_have_the_contrast_of_wcag_aa(p):
    p.write("a.csv", "x\n1\n")
    p.catalog("assets: {a: {path: a.csv, checks: [not_null: x]}}\n")
    schemes = [dict(re.findall(r"--(\w+):(#\w{6})", block))
               for block in re.findall(r":root\{([^}]*)\}", p.weir("check", "--format", "html").out)]
    same(len(schemes), 2)
    for s in schemes:
        for name in ("text", "dim", "pass", "warn", "fail", "error", "skip"):
            for back in ("bg", "box"):
                if contrast(s[name], s[back]) < 4.5:
                    raise AssertionError("%s on %s: %.2f" % (s[name], s[back], contrast(s[name], s[back])))


@test
def personal_data_stays_masked_in_every_format(p):
    p.write("a.csv", "id,email\n1,ana@example.org\n2,ben@example.org\n")
    p.catalog("assets:\n  a:\n    path: a.csv\n    key: [id]\n    columns: {email: {type: string, pii: true}}\n"
              "    checks: [{in_set: {column: email, values: [x]}}, {match_regex: {column: email, regex: \"^x\"}}]\n")
    texts = reports(p, "audit", status=1)
    for f in FORMATS:
        texts["stored " + f] = p.weir("report", "--format", f).expect(0).out
    for f, text in texts.items():
        if re.search("ana|ben@|example", text):
            raise AssertionError("%s shows %s" % (f, re.search(".{0,60}(ana|ben@|example).{0,60}", text).group()))
    contains(texts["html"], "***")


BROKEN = """assets:
  good/one: {path: a.csv, checks: [not_null: x, unique: x], freshness: {max_age: 1h}}
  bad/gone: {path: gone.csv, checks: [not_null: x], freshness: {max_age: 1h}}
  bad/gz: {path: broken.csv.gz, checks: [not_null: x]}
  bad/db: {source: "sqlite:broken.db", table: t, checks: [not_null: x]}
  bad/folder: {path: folder.csv, checks: [not_null: x]}
  bad/query: {source: "sqlite:fine.db", query: "SELECT nothing FROM nowhere", checks: [not_null: x]}
  bad/column: {path: a.csv, checks: [not_null: no_such_column, not_null: x]}
  bad/upstream: {path: a.csv, depends_on: [bad/gone], checks: [not_null: x]}
  good/last: {source: "sqlite:fine.db", table: t, checks: [not_null: x]}
"""


@test
def one_asset_that_cannot_be_read_never_stops_the_others(p):
    p.write("a.csv", "x\n1\n2\n")
    p.write("broken.csv.gz", b"\x1f\x8b\x08\x00nonsense")
    p.write("broken.db", b"this is no database" * 100)
    os.mkdir(p.path("folder.csv"))
    p.sqlite("fine.db", "CREATE TABLE t (x)", "INSERT INTO t VALUES (1)")
    p.catalog(BROKEN)
    for threads in (1, 4):
        done = p.json("audit", "--threads", threads).expect(3)
        report = done.json
        same([a["key"] for a in report["assets"]][:1] + sorted(a["key"] for a in report["assets"])[:0], ["good/one"])
        same(sorted(a["key"] for a in report["assets"]),
             sorted(re.findall(r"^  ([\w/]+):", BROKEN, re.M)))
        outcomes = done.outcomes()
        for good in ("good/one:not_null:x", "good/one:unique:x", "good/last:not_null:x", "bad/column:not_null:x",
                     "bad/upstream:not_null:x"):
            same(outcomes[good], "pass", good)
        for bad in ("bad/gone:not_null:x", "bad/gz:not_null:x", "bad/db:not_null:x", "bad/folder:not_null:x",
                    "bad/query:not_null:x", "bad/column:not_null:no_such_column"):
            same(outcomes[bad], "error", bad)


def two_runs(p):
    p.write("a.csv", "id,x\n1,1\n2,\n2,700\n")
    p.catalog("assets:\n  a:\n    path: a.csv\n    key: [id]\n    freshness: {max_age: 1h}\n    depends_on: [b]\n    checks:\n"
              "      - not_null: x\n      - unique: id\n      - {between: {column: x, max: 500}, severity: warning}\n"
              "  b: {path: b.csv, freshness: {cron: \"0 6 * * *\", timezone: Europe/Berlin, within: 2h}, checks: [not_null: y]}\n")
    return reports(p, "audit", "--explain", status=3)


@test
def a_stored_run_shows_what_it_showed_in_every_format(p):
    texts = two_runs(p)
    run = json.loads(texts["json"])["run_id"]
    p.write("a.csv", "id,x\n1,1\n")
    p.weir("audit")
    for f in FORMATS:
        same(p.weir("report", run, "--format", f).expect(0).out, texts[f], f)
    texts = hostile(p)
    for f in FORMATS:
        p.weir("report", "--format", f, "-o", "again").expect(0)
        with open(p.path("again"), encoding="utf-8", newline="") as file:
            for got, was in zip(file.read().split("\n"), texts[f].split("\n")):
                same(got, was, f)


@test
def gx_shows_a_stored_run_of_one_asset(p):
    p.write("a.csv", "x\n1\n\n")
    p.catalog("assets: {a: {path: a.csv, checks: [not_null: x, unique: x]}}\n")
    now = p.weir("check", "--format", "gx").expect(1).out
    same(p.weir("report", "--format", "gx").expect(0).out, now)


@test
def runs_are_listed_newest_first(p):
    p.write("a.csv", "x\n1\n")
    p.catalog("assets: {a: {path: a.csv, checks: [not_null: x]}}\n")
    p.weir("report").expect(2, "no run is stored")
    same(p.json("report", "--list").expect(0).json, [])
    ids = [p.json(c, now=t).expect(s).json["run_id"]
           for c, t, s in (("check", "2024-05-01T00:00:00Z", 0), ("audit", "2024-05-09T00:00:00Z", 0), ("check", "2024-05-10T00:00:00Z", 0))]
    runs = p.json("report", "--list").json
    same([r["run_id"] for r in runs], ids[::-1])
    same([r["command"] for r in runs], ["check", "audit", "check"])
    same([r["run_id"] for r in p.json("report", "--list", "--since", "7d").json], ids[:0:-1])
    same(runs[0]["outcome"], "pass")
    same(runs[0]["checks"]["pass"], 3)
    same(len(p.weir("report", "--list", "--limit", 2).expect(0).out.splitlines()), 2)
    same(p.json("report").json["run_id"], ids[1], "the newest audit")


@test
def a_report_that_is_gone_or_damaged_says_so(p):
    p.write("a.csv", "x\n1\n")
    p.catalog("assets: {a: {path: a.csv, checks: [not_null: x]}}\n")
    run = p.json("check").json["run_id"]
    p.weir("report", "01ARZ3NDEKTSV4RRFFQ69G5FAV").expect(2, "there is no run", "--list")
    p.weir("report", run, "--against", "nope").expect(2, "nope")
    for body, status, words in (("", 3, "not kept any more"), ("{", 3, "cannot be read"), ("[]", 3, "cannot be read"),
                                ('{"outcome": "fine"}', 3, "cannot be read"), ('{"started_at": 7}', 3, "cannot be read"),
                                ('{"assets": [{"checks": [{"result": 1}]}]}', 3, "cannot be read"),
                                ('{"assets": [{"freshness": {"policy": {"max_age": "x"}}}]}', 3, "cannot be read"),
                                ("{} {}", 3, "cannot be read")):
        db = sqlite3.connect(p.path(".weir/state.db"))
        db.execute("UPDATE run SET report = ?", (body,))
        db.commit()
        db.close()
        same(p.weir("report", run).expect(status, words).out, "", body)


@test
def two_runs_are_compared_by_check_and_asset(p):
    p.catalog("assets:\n  a:\n    path: a.csv\n    checks: [not_null: x, unique: x, {between: {column: x, max: 10}}]\n")
    p.write("a.csv", "x,y\n1,1\n1,1\n,1\n")
    before = p.json("check").expect(1).json["run_id"]
    p.write("a.csv", "x,y\n1,1\n1,1\n70,1\n")
    p.weir("check").expect(1)
    done = p.json("report", "--against", before).expect(0)
    same({i["check"]: i["change"] for i in done.json["incidents"]},
         {"a:not_null:x": "resolved", "a:unique:x": "still_open", "a:between:x": "opened"})
    line = "Problems: 1 new, 1 fixed, 1 still open"
    for f in ("text", "markdown", "html", "mail"):
        contains(p.weir("report", "--against", before, "--format", f).expect(0).out.replace("\n  ", " "), line, "between:x", "not_null:x")
    # What the later run did not look at is not fixed.
    p.weir("check", "check:a:between:x").expect(1)
    same({i["check"]: i["change"] for i in p.json("report", "--against", before).json["incidents"]}, {"a:between:x": "opened"})


@test
def reports_go_to_files_beside_the_text(p):
    p.write("a.csv", "x\n1\n\n")
    p.catalog("assets: {a: {path: a.csv, checks: [not_null: x]}}\n")
    done = p.weir("check", "--report", "junit=r.xml", "--report", "json=r.json").expect(1)
    contains(done.out, "1 of 2 values are null")
    same(len(list(ET.parse(p.path("r.xml")).getroot())), 1)
    same(p.weir("check", "-o", "out.txt").expect(1).out, "")
    with open(p.path("out.txt")) as f:
        contains(f.read(), "1 of 2 values are null")
    contains(p.weir("check", "--output", "-").expect(1).out, "1 of 2 values are null")
    os.symlink("out.txt", p.path("link"))
    p.weir("check", "-o", "link", "--format", "mail").expect(1)
    same(os.path.islink(p.path("link")), True)
    with open(p.path("out.txt")) as f:
        contains(f.read(), "Subject:")
    same([n for n in os.listdir(p.dir) if "tmp" in n], [])


@test
def a_pipe_is_written_to_and_stays(p):
    p.write("a.csv", "x\n1\n")
    p.catalog("assets: {a: {path: a.csv, checks: [not_null: x]}}\n")
    os.mkfifo(p.path("pipe"))
    got = []
    reader = threading.Thread(target=lambda: got.append(open(p.path("pipe")).read()))
    reader.start()
    p.weir("check", "--report", "mail=pipe").expect(0)
    reader.join(20)
    contains(got[0], "Subject:")
    same(stat.S_ISFIFO(os.stat(p.path("pipe")).st_mode), True)


@test
def a_file_that_cannot_be_written_is_3_and_the_others_are(p):
    p.write("a.csv", "x\n1\n")
    p.catalog("assets: {a: {path: a.csv, checks: [not_null: x]}}\n")
    done = p.weir("check", "--report", "junit=no/such/r.xml", "--report", "json=r.json").expect(3, "no/such/r.xml")
    contains(done.out, "passed")
    same(json.load(open(p.path("r.json")))["outcome"], "pass")
    os.mkdir(p.path("folder"))
    p.weir("check", "-o", "folder").expect(3, "folder")
    p.weir("check", "-o", "no/such/file").expect(3, "no/such/file")


@test
def combinations_that_make_no_sense_are_2(p):
    p.write("a.csv", "x\n1\n")
    p.catalog("assets:\n  a: {path: a.csv, checks: [not_null: x]}\n  b: {path: a.csv, checks: [not_null: x]}\n")
    p.weir("check").expect(0)
    for args in (("audit", "--format", "gx"), ("audit", "--report", "gx=x"), ("fresh", "--report", "gx=x"), ("orphans", "--format", "gx"),
                 ("check", "--format", "gx"), ("check", "--report", "gx=x"), ("report", "--format", "gx"), ("check", "--report", "junit"),
                 ("check", "--report", "junit="), ("check", "--report", "=x"), ("check", "--report", "yunit=x"),
                 ("check", "--report", "junit=x", "--report", "html=x"), ("gate", "a", "--format", "junit"), ("gate", "a", "-o", "x"),
                 ("report", "--list", "--format", "html"), ("report", "--list", "x"), ("report", "--since", "1d"),
                 ("report", "--list", "-o", "x"), ("report", "a", "b")):
        same(p.weir(*args).expect(2).out, "", " ".join(args))
        same(os.path.exists(p.path("x")), False, " ".join(args))
    for command in ("check", "fresh", "orphans", "status", "audit"):
        for f in FORMATS:
            p.weir(command, "--format", f).expect(0)


@test
def a_file_is_as_private_as_the_user_s_files(p):
    p.write("a.csv", "x\n1\n")
    p.catalog("assets: {a: {path: a.csv, checks: [not_null: x]}}\n")
    for mask in (0o022, 0o077):
        subprocess.run(["sh", "-c", "umask %o; exec \"$0\" check -o out%o" % (mask, mask), WEIR], cwd=p.dir, env=p.env, check=True)
        same(os.stat(p.path("out%o" % mask)).st_mode & 0o777, 0o666 & ~mask)


@test
def json_is_what_its_schema_allows(p):
    try:
        import jsonschema
    except ImportError:
        return "SKIP python3-jsonschema is not installed"
    p.catalog("assets: {}\n")

    def check(name, value):
        schema = json.loads(p.weir("config", "schema", name).expect(0).out)
        jsonschema.Draft202012Validator(schema).validate(value)

    check("report", json.loads(hostile(p)["json"]))
    check("runs", p.json("report", "--list").json)
    report = json.loads(two_runs(p)["json"])
    check("report", report)
    same({i["change"] for i in report["incidents"]} <= {"opened", "still_open", "resolved"}, True)
    p.weir("waive", "a:not_null:x", "--until", "2024-06-01T00:00:00Z", "--reason", "known <outage>").expect(0)
    texts = reports(p, "audit", status=3)
    waived = [c for a in json.loads(texts["json"])["assets"] for c in a["checks"] if "waived" in c]
    check("report", json.loads(texts["json"]))
    same([(c["id"], c["outcome"], c["waived"]["reason"]) for c in waived], [("a:not_null:x", "warn", "known <outage>")])
    for f in FORMATS:
        contains(texts[f].replace("\n", " ").replace("&lt;", "<").replace("&gt;", ">"), "known", "outage>", "2024-06-01")
    for f in FORMATS:
        same(p.weir("report", "--format", f).expect(0).out, texts[f], f)


@test
def partitions_that_passed_are_one_line_of_text(p):
    p.catalog("assets:\n  a:\n    path: 'a/{date:%Y-%m-%d}.csv'\n    partitions: {date: {every: day, from: 2024-05-01}}\n    checks: [not_null: x]\n")
    for day in range(1, 8):
        p.write("a/2024-05-0%d.csv" % day, "x,y\n%s,1\n" % ("" if day == 5 else "1"))
    lines = p.weir("check").expect(1).out.splitlines()
    same([l.split("   ")[0] for l in lines if l.startswith("a ")],
         ["a (4 partitions)", "a 2024-05-05", "a 2024-05-06", "a 2024-05-07"])
    contains(lines[0], "12 checks: 12 passed")
    same(len([l for l in p.weir("check", "--verbose").expect(1).out.splitlines() if l.startswith("a ")]), 7)


@test
def lists_fit_the_terminal_and_say_when_they_are_empty(p):
    p.catalog("assets:\n  a: {path: a.csv, checks: [not_null: x]}\n")
    p.write("a.csv", "x\n1\n")
    for words, said in ((("report", "--list"), "no runs yet"), (("events", "list"), "no events yet"),
                        (("waive", "--list"), "no waivers"), (("alerts", "list"), "no alerts")):
        same(p.weir(*words).expect(0).out.startswith(said), True, words)
        same(p.weir(*words, "--format", "json").expect(0).json, [], words)
    p.weir("check").expect(0)
    whole = p.weir("events", "list").expect(0).out
    p.env["COLUMNS"] = "50"
    same(p.weir("events", "list").expect(0).out, whole[:49] + "…\n")
