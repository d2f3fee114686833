"""Each type of channel against a receiver that knows the service's rules: what it may send at most, and what data must not become."""
import datetime
import email
import email.policy
import json
import shutil
import subprocess
import time

from alerts import HOOK, bad, catalog, certificate, good, local, messages, only
from mailbox import Mailbox
from project import WEIR, contains, same, test
from receiver import Receiver
from service import Service

EVIL = "<!channel> @everyone `*x*` [ok](https:e.vil) é\u202e"
LATER = "2024-05-10T13:00:00Z"


def hostile(p, n=1):
    """Assets with names that would like to be more than text, at places that are not there, whose names are told."""
    with open(p.path("weir.yaml"), "a", encoding="utf-8") as f:
        for i in range(n):
            f.write("  \"h%d_@everyone_%s\": {path: %s, exposed: true,"
                    " owners: [\"user:o%d@example.com\"], checks: [not_null: x]}\n" % (i, "n" * 200, json.dumps(EVIL + "v" * 1000 + ".csv"), i))


def wait_for(what, limit_s=40):
    end = time.monotonic() + limit_s
    while not what():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def texts(value):
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [t for k in value for t in texts(value[k])]
    return [t for v in value for t in texts(v)] if isinstance(value, list) else []


def no_controls(value):
    for t in texts(value):
        assert not any(ord(c) < 32 and c != "\n" or c in "\x7f\u202e\u2028" for c in t), repr(t)


@test
def teams_gets_a_card_in_which_data_is_only_text(p):
    with Receiver() as r:
        r.script["/t"] = ["202"]
        catalog(p, {"ops": "type: teams, url: \"%s\"" % r.url("/t")}, local(r))
        p.catalog(open(p.path("weir.yaml"), encoding="utf-8").read().replace("version: 1\n", "", 1)
                  .replace("routes: [{to: [\"ops\"]}]", "routes: [{to: [\"ops\"], group_by: [route]}]"))
        hostile(p, 40)
        bad(p)
        p.weir("check")
        assert r.requests
        for q in r.requests:
            assert len(q.body) <= 28 * 1024, len(q.body)
            same((q.json["type"], len(q.json["attachments"])), ("message", 1))
            attachment = q.json["attachments"][0]
            same(attachment["contentType"], "application/vnd.microsoft.card.adaptive")
            card = attachment["content"]
            same((card["type"], card["version"]), ("AdaptiveCard", "1.4"))
            # Text blocks would read markdown; runs of rich text do not.
            for block in card["body"]:
                same((block["type"], [i["type"] for i in block["inlines"]]), ("RichTextBlock", ["TextRun"]))
                assert block["inlines"][0]["text"]
            no_controls(card)
        same({m["state"] for m in messages(p)}, {"sent"})
        same({m["outcome"] for m in messages(p)}, {"202 Accepted"})


@test
def teams_is_not_told_by_a_retired_connector(p):
    catalog(p, {"ops": "type: teams, url: \"https://x.webhook.office.com/webhookb2/1\""})
    p.weir("validate").expect(2, "connectors of Office 365 are retired")
    catalog(p, {"ops": "type: teams, url: \"https://x.logic.azure.com/workflows/1?sig=abc\""})
    p.weir("validate").expect(0, "whoever reads this URL can post to the channel")


@test
def pagerduty_has_one_alert_for_each_incident(p):
    with Receiver() as r:
        r.script["/pd"] = ["202"]
        p.env["PD"] = "R" * 32
        channel = "type: pagerduty, routing_key: {env: PD}, url: \"%s\"" % r.url("/pd")
        catalog(p, {"ops": channel}, local(r))
        hostile(p)
        bad(p)
        p.weir("check")
        opened = [q.json for q in r.requests]
        same([e["event_action"] for e in opened], ["trigger"] * 2)
        for e in opened:
            same((e["routing_key"], e["payload"]["severity"] in ("critical", "error", "warning", "info")), ("R" * 32, True))
            assert 0 < len(e["dedup_key"]) <= 255 and len(e["payload"]["summary"].encode()) <= 1024 and e["payload"]["source"]
            assert len(json.dumps(e)) < 512 * 1024
            no_controls(e["payload"]["summary"])
        same(len({e["dedup_key"] for e in opened}), 2)
        good(p)
        p.weir("check", now=LATER)
        last = r.requests[-1].json
        same(sorted(last), ["dedup_key", "event_action", "routing_key"])
        same(last["event_action"], "resolve")
        assert last["dedup_key"] in {e["dedup_key"] for e in opened}
        # What it refuses it will always refuse; what it cannot take now is tried again.
        r.script["/pd"] = ["202", "400"]
        bad(p)
        p.weir("check", now="2024-05-10T14:00:00Z")
        same(messages(p)[-1]["state"], "dead")
        p.weir("alerts", "list").expect(0)
        same("R" * 32 in p.weir("alerts", "list", "--format", "json").out, False)


@test
def pagerduty_gets_an_event_for_each_incident_of_a_digest(p):
    with Receiver() as r:
        r.script["/pd"] = ["202"]
        p.env["PD"] = "R" * 32
        catalog(p, {"ops": "type: pagerduty, routing_key: {env: PD}, url: \"%s\"" % r.url("/pd")}, local(r))
        hostile(p, 60)
        bad(p)
        p.weir("check")
        stored = messages(p)
        same(len(stored), 1, "messages")
        incidents = stored[0]["incidents"]
        assert len(incidents) >= 60
        # Not all of them fit in the message: none of them is lost.
        same(sorted(q.json["dedup_key"] for q in r.requests), sorted(incidents))
        p.weir("alerts", "test", "ops").expect(0)
        same([q.json["event_action"] for q in r.requests[-2:]], ["trigger", "resolve"])


@test
def alertmanager_fires_until_told_otherwise_and_resolves(p):
    with Receiver() as r:
        catalog(p, {"am": "type: alertmanager, url: \"%s\", labels: {team: data, env: over}" % r.url("/")}, local(r))
        text = open(p.path("weir.yaml"), encoding="utf-8").read()
        p.catalog(text.replace("version: 1\n", "", 1).replace("routes: [{to: [\"am\"]}]", "routes: [{to: [\"am\"], repeat_every: 1h}]"))
        bad(p)
        p.weir("check").expect(1)
        fired, = r.requests
        same(fired.path, "/api/v2/alerts")
        alert, = fired.json
        same({k: alert["labels"][k] for k in ("alertname", "project", "env", "asset", "severity", "team")},
             {"alertname": "weir_check_failed", "project": "shop", "env": "over", "asset": "t", "severity": "critical", "team": "data"})
        assert all(alert["labels"].values()) and alert["annotations"]["summary"]
        instant = lambda t: datetime.datetime.fromisoformat(t.replace("Z", "+00:00"))
        same((instant(alert["endsAt"]) - instant(p.now)).total_seconds(), 3 * 3600.0)
        good(p)
        p.weir("check", now=LATER).expect(0)
        over, = r.requests[-1].json
        # The same alert, and over.
        same(over["labels"], alert["labels"])
        same(over["startsAt"], alert["startsAt"])
        assert instant(over["endsAt"]) <= instant(LATER)
        r.script["/api/v2/alerts"] = ["400"]
        bad(p)
        p.weir("check", now="2024-05-10T14:00:00Z").expect(1, "400 Bad Request")
        same(messages(p)[-1]["state"], "dead")


@test
def slack_that_is_gone_is_not_asked_again(p):
    with Receiver() as r:
        r.script["/s"] = ["404=no_service"]
        catalog(p, {"ops": "type: slack, url: \"%s\"" % r.url("/s")}, local(r))
        bad(p)
        p.weir("check").expect(1)
        same((only(p)["state"], only(p)["outcome"]), ("dead", "404 Not Found: no_service"))


def mail_of(m):
    return email.message_from_bytes(m.data, policy=email.policy.default)


def mailing(box, more=""):
    return "type: email, url: \"smtp://127.0.0.1:%d\", from: \"Weir é <weir@example.com>\", to: [ops@example.com, \"{owner}\"]%s" % (
        box.port, more)


@test
def mail_is_whole_and_data_in_it_is_only_text(p):
    with Mailbox() as box:
        catalog(p, {"mail": mailing(box, ", tls: off")}, ["127.0.0.1:%d" % box.port])
        hostile(p)
        bad(p)
        p.weir("check")
        same(len(box.mails), 2)
        same(sorted(m.recipients for m in box.mails), [["ops@example.com"], ["ops@example.com", "o0@example.com"]])
        for m in box.mails:
            same(m.sender, "weir@example.com")
            assert all(len(line) <= 998 for line in m.data.split(b"\r\n")) and b"\n" not in m.data.replace(b"\r\n", b"")
            q = mail_of(m)
            same(len(q.defects), 0, q.defects)
            same((str(q["From"].addresses[0].display_name), q["From"].addresses[0].addr_spec), ("Weir é", "weir@example.com"))
            same([a.addr_spec for a in q["To"].addresses], m.recipients)
            same((q["Auto-Submitted"], q["MIME-Version"]), ("auto-generated", "1.0"))
            same(q["Date"].datetime.isoformat(), "2024-05-10T12:00:00+00:00")
            assert 0 < len(q["Subject"]) <= 210 and "\u202e" not in q["Subject"]
            # Nothing of the data became a header.
            same(sorted(q.keys()), sorted(["From", "To", "Subject", "Date", "Message-ID", "References", "Auto-Submitted",
                                           "MIME-Version", "Content-Type"]))
            plain, html = q.iter_parts()
            same([plain.get_content_type(), html.get_content_type()], ["text/plain", "text/html"])
            assert "<!channel>" not in html.get_content() and "<!channel" not in html.get_content()
            no_controls(plain.get_content().replace("\r", ""))
        stored = {m["id"] for m in messages(p)}
        same({mail_of(m)["Message-ID"] for m in box.mails}, {"<%s@example.com>" % i for i in stored})


@test
def copies_of_a_mail_are_told_apart_by_nothing(p):
    with Mailbox(answers={"DATA": "451 later"}) as box:
        catalog(p, {"mail": mailing(box, ", tls: off")}, ["127.0.0.1:%d" % box.port])
        bad(p)
        p.weir("check").expect(1, "the server says 451")
        same(only(p)["state"], "pending")
        box.answers = {}
        p.weir("alerts", "send", now=LATER).expect(0, "1 sent")
        same(mail_of(box.mails[0])["Message-ID"], "<%s@example.com>" % only(p)["id"])
        same(mail_of(box.mails[0])["Date"].datetime.isoformat(), "2024-05-10T12:00:00+00:00")


@test
def mail_goes_by_tls_or_not_at_all(p):
    if shutil.which("openssl") is None:
        return "SKIP there is no openssl to make certificates with"
    p.env["SMTP_PASSWORD"] = "hush-hush"
    right, wrong = certificate(p, "right", "IP:127.0.0.1"), certificate(p, "wrong", "DNS:example.com")
    late = certificate(p, "late", "IP:127.0.0.1", "-1")
    with Mailbox(right, auth=True) as a, Mailbox(right, implicit=True) as b, Mailbox(wrong) as c, Mailbox(late) as d, Mailbox() as e:
        ca = ", ca_file: ca.pem, timeout: 5s"
        channels = {"start": mailing(a, ca + ", user: weir, password: {env: SMTP_PASSWORD}"),
                    "implicit": mailing(b, ca).replace("smtp://", "smtps://"), "wrong": mailing(c, ca), "late": mailing(d, ca),
                    "unknown": mailing(a, ", timeout: 5s"), "clear": mailing(e, ca)}
        catalog(p, channels, ["127.0.0.1:%d" % x.port for x in (a, b, c, d, e)])
        p.weir("alerts", "test", "start").expect(0, "250 accepted")
        same([(m.tls, m.user) for m in a.mails], [(True, "weir")])
        p.weir("alerts", "test", "implicit").expect(0)
        same([m.tls for m in b.mails], [True])
        for name, said in (("wrong", "subject name"), ("late", "expired"), ("unknown", "certificate"), ("clear", "STARTTLS")):
            done = p.weir("alerts", "test", name).expect(1, said)
            assert "hush" not in done.out + done.err
        same([len(x.mails) for x in (c, d, e)], [0, 0, 0])
    return None


@test
def mail_without_tls_stays_on_the_machine(p):
    for url in ("smtp://mail.example.com:25", "smtps://127.0.0.1:465"):
        catalog(p, {"mail": "type: email, url: \"%s\", from: a@b.example, to: c@d.example, tls: off" % url})
        p.weir("validate").expect(2, "without TLS mail goes to a server on this machine only")
    for words, said in (("from: nobody, to: c@d.example", "'from' is no address of mail"),
                        ("from: a@b.example, to: [\"x y@d.example\"]", "is no address of mail"),
                        ("from: a@b.example, to: c@d.example, user: me", "'user' and 'password' go together"),
                        ("from: a@b.example, to: c@d.example, password: open", "'password'")):
        catalog(p, {"mail": "type: email, url: \"smtp://mail.example.com:587\", " + words})
        p.weir("validate").expect(2, said)


@test
def one_address_that_is_wrong_does_not_keep_the_mail_from_the_others(p):
    with Mailbox(refused=("ops@example.com",)) as box:
        catalog(p, {"mail": mailing(box, ", tls: off").replace("\"{owner}\"", "else@example.com")}, ["127.0.0.1:%d" % box.port])
        bad(p)
        p.weir("check").expect(1)
        same([m.recipients for m in box.mails], [["else@example.com"]])
        catalog(p, {"mail": mailing(box, ", tls: off").replace(", \"{owner}\"", "")}, ["127.0.0.1:%d" % box.port])
        p.weir("alerts", "test", "mail").expect(1, "the server says 550")


@test
def airflow_runs_once_for_what_is_opened(p):
    with Receiver() as r:
        path = "/api/v2/dags/mend%20it/dagRuns"
        r.script[path] = ["503", "409"]
        p.env["TOKEN"] = "tok"
        catalog(p, {"mend": "type: trigger, start: airflow, url: \"%s\", dag: \"mend it\", token: {env: TOKEN}, conf: {a: 1}" % r.url("/")},
                local(r))
        bad(p)
        p.weir("check").expect(1, "503")
        # It was started the first time after all: the copy says so, and that is fine.
        p.weir("alerts", "send", now=LATER).expect(0, "1 sent")
        one, two = r.to(path)
        same((one.method, one.headers["authorization"], one.body), ("POST", "Bearer tok", two.body))
        same(sorted(one.json), ["conf", "dag_run_id", "logical_date", "note"])
        same((one.json["dag_run_id"], one.json["logical_date"], one.json["conf"]["a"]), ("weir-" + only(p)["id"], None, 1))
        same([i["asset"] for i in one.json["conf"]["weir"]["incidents"]], ["t"])
        good(p)
        p.weir("check", now="2024-05-10T14:00:00Z").expect(0)
        same(len(r.requests), 2, "what is over starts nothing")
        same(messages(p)[-1]["outcome"], "nothing to start for incident.resolved")


@test
def a_trigger_cools_down_and_has_an_end(p):
    with Receiver() as r:
        words = "type: trigger, url: \"%s\", method: PUT, template: '{\"id\": \"{{ id }}\"}'" % r.url("/go")
        catalog(p, {"go": words + ", cooldown: 1h, max: 2, per: 12h"}, local(r))
        outcomes = []
        for hour, minute in ((0, 0), (0, 30), (2, 0), (4, 0), (13, 0)):
            bad(p)
            p.weir("check", now="2024-05-11T%02d:%02d:00Z" % (hour, minute)).expect(1)
            outcomes.append(messages(p)[-1]["outcome"])
            good(p)
            p.weir("check", now="2024-05-11T%02d:%02d:00Z" % (hour, minute + 10)).expect(0)
        same(outcomes, ["200 OK", "not started: the last start was 1800 s ago (cooldown)", "200 OK",
                        "not started: there were 2 starts already (max)", "200 OK"])
        same([(q.method, list(q.json)) for q in r.requests], [("PUT", ["id"])] * 3)


@test
def dagster_says_in_the_answer_whether_a_run_was_launched(p):
    answers = {"LaunchRunSuccess": "sent", "RunConfigValidationInvalid": "dead", "UnauthorizedError": "pending", "PythonError": "pending"}
    for name, state in answers.items():
        with Receiver() as r:
            r.script["/graphql"] = ["200=" + json.dumps({"data": {"launchRun": {"__typename": name}}})]
            catalog(p, {"d": "type: trigger, start: dagster, url: \"%s\", location: code, job: mend, conf: {ops: {}},"
                             " tags: {\"dagster/partition\": \"{{ data.project }}\"}" % r.url("/")}, local(r))
            shutil.rmtree(p.path(".weir"), ignore_errors=True)
            bad(p)
            p.weir("check").expect(1)
            same(only(p)["state"], state, name)
            sent = r.requests[0].json
            contains(sent["query"], "launchRun(executionParams: $p)")
            same(sent["variables"]["p"]["selector"], {"repositoryLocationName": "code", "repositoryName": "__repository__", "jobName": "mend"})
            same(sent["variables"]["p"]["runConfigData"], {"ops": {}})
            same(sent["variables"]["p"]["executionMetadata"]["tags"][1], {"key": "dagster/partition", "value": "shop"})


@test
def a_trigger_takes_only_what_its_start_knows(p):
    for words, said in (("start: airflow, url: \"http://a.example/\"", "needs 'dag'"),
                        ("start: dagster, url: \"http://a.example/\", job: j", "needs 'location'"),
                        ("url: \"http://a.example/\", dag: d", "takes no 'dag'"),
                        ("url: \"http://a.example/\", max: 101", "'max' is at most 100"),
                        ("url: \"http://a.example/\", start: cron", "start")):
        catalog(p, {"go": "type: trigger, " + words})
        p.weir("validate").expect(2, said)


DISCORD = """{"content": "**{{ title|120 }}**\\n{{# incidents|4 }}{{ asset|60 }}: {{ message|120 }}\\n{{/ incidents }}",
 "allowed_mentions": {"parse": []}}"""
CHAT = """{"text": "{{ title|200 }}", "thread": {"threadKey": "{{# incidents|1 }}{{ asset|80 }}{{/ incidents }}"}}"""


@test
def discord_and_google_chat_get_what_their_templates_say(p):
    with Receiver() as r:
        r.script["/d"] = ["204"]
        # In one line, as the catalog of the other tests is written.
        catalog(p, {name: "type: webhook, values: %s, url: \"%s\", template: %s" % (name, r.url(path), json.dumps(text.replace("\n", "")))
                    for name, path, text in (("discord", "/d", DISCORD), ("google_chat", "/g", CHAT))}, local(r))
        p.catalog(open(p.path("weir.yaml"), encoding="utf-8").read().replace("version: 1\n", "", 1)
                  .replace("\"google_chat\"]}]", "\"google_chat\"], group_by: [route]}]"))
        hostile(p, 12)
        bad(p)
        p.weir("check")
        same({m["state"] for m in messages(p)}, {"sent"})
        assert r.to("/d") and r.to("/g")
        for q in r.to("/d"):
            same(q.json["allowed_mentions"], {"parse": []})
            assert 0 < len(q.json["content"]) <= 2000, len(q.json["content"])
            # Every mark that came from data has a backslash before it.
            for mark in "<@*[`":
                whole = q.json["content"].replace("**", "")
                assert all(i > 0 and whole[i - 1] == "\\" for i, c in enumerate(whole) if c == mark), (mark, whole)
        for q in r.to("/g"):
            assert len(q.body) <= 32000 and "<" not in q.json["text"] and q.json["thread"]["threadKey"]


@test
def a_service_sends_while_it_runs_and_ends_in_time(p):
    with Receiver() as r, Receiver() as silent:
        r.script["/h"] = ["500", "200"]
        silent.script["/s"] = ["silence"]
        catalog(p, {"hook": HOOK % r.url("/h"), "quiet": HOOK % silent.url("/s")}, local(r, silent))
        bad(p)
        p.now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        first = subprocess.Popen([WEIR, "check", "--now", p.now], cwd=p.dir, env=p.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        # The check waits for the silent one, and what is written is there meanwhile.
        wait_for(lambda: r.to("/h") and silent.to("/s"))
        first.kill()
        first.wait()
        with Service(p) as service:
            wait_for(lambda: len(r.to("/h")) >= 2)
            wait_for(lambda: len(silent.to("/s")) >= 2)
            same(len({q.id for q in r.to("/h")}), 1, "the same message again")
            started = time.monotonic()
            service.stop()
            assert time.monotonic() - started < 20, "a silent receiver keeps the service"
        states = {m["channel"]: (m["state"], m["attempts"]) for m in messages(p)}
        # Broken off is not tried: it is sent again after the next start.
        same(states["quiet"][0], "pending")
        same(states["hook"][0], "sent")


@test
def messages_on_one_incident_arrive_in_order(p):
    with Receiver() as r:
        catalog(p, {"hook": HOOK % r.url("/h")}, local(r))
        r.script["/h"] = ["503"]
        for i in range(3):
            bad(p)
            p.weir("check", now="2024-05-10T1%d:00:00Z" % (2 * i)).expect(1)
            good(p)
            p.weir("check", now="2024-05-10T1%d:00:00Z" % (2 * i + 1)).expect(0)
        waiting = messages(p)
        same({m["state"] for m in waiting}, {"pending"})
        r.requests.clear()
        r.script["/h"] = ["200"]
        with Service(p, now="2024-05-12T12:00:00Z") as service:
            wait_for(lambda: len(r.to("/h")) >= len(waiting))
            service.stop()
        told = {}
        for q in r.requests:
            for i in q.json["data"]["incidents"]:
                told.setdefault(i["id"], []).append(q.json["type"])
        assert all(t == ["incident.opened", "incident.resolved"] for t in told.values()), told
        same(len(r.requests), len({q.id for q in r.requests}), "nothing came twice")


@test
def a_channel_of_one_form_takes_no_template(p):
    for words in ("type: pagerduty, routing_key: {env: A}", "type: alertmanager, url: \"http://a.example/\""):
        catalog(p, {"x": words + ", template: \"{{ title }}\""})
        p.weir("validate").expect(2, "template")


@test
def a_name_that_resolves_to_nothing_is_told(p):
    catalog(p, {"hook": HOOK % "http://no-such-host.invalid/h", "mail": "type: email, url: \"smtp://no-such-host.invalid:587\","
                " from: a@b.example, to: c@d.example"})
    for name in ("hook", "mail"):
        p.weir("alerts", "test", name).expect(1, "no-such-host.invalid")
