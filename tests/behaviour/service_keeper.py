"""What the service does by itself: deadlines, looks, schedules, reloads, its start and its end."""
import datetime
import os
import re
import signal
import socket
import sqlite3
import threading
import time

from project import contains, same, test
from receiver import Receiver
from service import Service, key
from service_work import until

MINUTE = 60


def ago(seconds, zone=datetime.timezone.utc):
    return (datetime.datetime.now(zone) - datetime.timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")


def hooked(p, receiver, text):
    p.catalog("alerts:\n  enabled: true\n  allow_private: ['127.0.0.1:%d']\n"
              "  channels: {hook: {type: webhook, url: '%s'}}\n  routes: [{to: [hook]}]\n%s" % (receiver.port, receiver.url(), text))


def told(receiver):
    return [r.json["data"]["incidents"][0]["kind"] for r in receiver.requests if r.json["type"] == "incident.opened"]


@test
def a_deadline_passes_by_itself_and_somebody_is_told_within_a_second(p):
    with Receiver() as receiver:
        hooked(p, receiver, "assets:\n  due: {exposed: true, freshness: {max_age: 1m}}\n")
        with Service(p) as s:
            deadline = time.time() + 2
            s.post("/v1/events", {"asset": "due", "at": ago(MINUTE - 2)}).expect(201)
            until(lambda: s.get("/v1/assets/due").json["freshness"]["status"] == "pass")
            until(lambda: s.get("/v1/assets/due").json["freshness"]["status"] == "fail")
            assert -0.1 < time.time() - deadline < 1, time.time() - deadline
            until(lambda: "late" in told(receiver))
            assert time.time() - deadline < 2, time.time() - deadline
            s.post("/v1/events", {"asset": "due"}).expect(201)
            same(s.get("/v1/assets/due").json["freshness"]["status"], "pass")
            until(lambda: any(r.json["type"] == "incident.resolved" for r in receiver.requests))


@test
def what_was_late_before_a_restart_is_not_told_again(p):
    with Receiver() as receiver:
        hooked(p, receiver, "assets:\n  due: {exposed: true, freshness: {max_age: 1m, never_seen: pass}}\n")
        with Service(p) as s:
            s.post("/v1/events", {"asset": "due", "at": ago(2 * MINUTE)}).expect(201)
            until(lambda: told(receiver).count("late") == 1)
        with Service(p) as s:
            time.sleep(1)
            same(s.get("/v1/assets/due").json["freshness"]["status"], "fail")
            same(told(receiver).count("late"), 1)


@test
def a_second_service_on_the_same_state_is_refused(p):
    p.catalog("assets: {a: {exposed: true}}\n")
    with Service(p) as s:
        p.weir("serve", "--listen", "127.0.0.1:0").expect(3, "another service (process %d)" % s.process.pid, "--store PATH")
        s.get("/v1/assets").expect(200)
    with Service(p):
        pass


@test
def a_killed_service_leaves_no_lock_behind(p):
    p.catalog("assets: {a: {exposed: true}}\n")
    s = Service(p)
    s.post("/v1/events", {"asset": "a", "version": "7"}).expect(201)
    s.kill()
    with Service(p) as s:
        same(s.get("/v1/assets/a").json["data_version"], "7")


@test
def a_reload_takes_the_new_catalog_and_tells_of_mistakes(p):
    p.catalog("assets: {a: {exposed: true}}\n")
    with Service(p) as s:
        p.catalog("assets: {a: {exposed: true}, b: {exposed: true, freshness: {max_age: 1d}}}\n")
        s.reload()
        until(lambda: s.get("/v1/assets/b").status == 200)
        assert s.wait_log(r"loaded anew: \S*weir.yaml: 2 assets, 0 checks, environment default; alerts off"), s.logged
        s.post("/v1/events", {"asset": "b"}).expect(201)
        p.catalog("assets: {a: {exposd: true}}\n")
        s.reload()
        assert s.wait_log("stays in use"), s.logged
        contains(s.logged, "weir.yaml:", "exposd", "did you mean 'exposed'?")
        same(s.get("/v1/assets/b").expect(200).json["freshness"]["status"], "pass")
        s.get("/readyz").expect(200)


@test
def a_catalog_with_mistakes_starts_nothing(p):
    p.catalog("assets: {a: {exposd: true}}\n")
    p.weir("serve", "--listen", "127.0.0.1:0").expect(2, "did you mean 'exposed'?")


@test
def its_start_tells_what_is_served_to_whom_and_who_is_told(p):
    p.write("a.csv", "id\n1\n")
    p.catalog("assets: {z: {exposed: true}, a: {path: a.csv, checks: [{not_null: id}, {unique: id}]}}\n")
    n = re.search(r"(2 assets, \d+ checks)", p.weir("validate").expect(0).out).group(1)
    with Service(p) as s:
        assert s.wait_log(r"serving \S*weir.yaml: " + n + r", environment default; alerts off; "
                          r"asks for no token"), s.logged


@test
def what_keeps_it_from_listening_is_told_with_a_remedy(p):
    p.catalog("assets: {a: {exposed: true}}\n")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        for where, words in (("127.0.0.1:%d" % taken.getsockname()[1], ("in use", "choose another")),
                             ("192.0.2.1:0", ("Cannot assign", "no such address")),
                             ("unix:%s/no/such/folder" % p.dir, ("No such file", "has to be there"))):
            p.weir("serve", "--listen", where).expect(3, *words)


@test
def reloads_under_load_lose_no_request(p):
    p.catalog("assets: {a: {exposed: true}}\n")
    with Service(p) as s:
        stop, wrong, count = threading.Event(), [], [0]

        def work():
            c = s.connection()
            while not stop.is_set():
                n = count[0] = count[0] + 1
                answer = s.raw("POST", "/v1/events", b'{"asset": "a", "version": "%d"}' % n, {"Content-Type": "application/json"}, c)
                if answer.status != 201:
                    wrong.append(answer.text)
            c.close()

        threads = [threading.Thread(target=work) for _ in range(4)]
        for t in threads:
            t.start()
        for i in range(20):
            p.catalog("assets: {a: {exposed: true}, b%d: {exposed: true}}\n" % i)
            s.signal(signal.SIGHUP)
            time.sleep(0.05)
        stop.set()
        for t in threads:
            t.join()
        same(wrong, [])
        until(lambda: s.get("/v1/assets/b19").status == 200)


@test
def a_stop_under_load_keeps_all_that_was_acknowledged(p):
    p.catalog("assets: {a: {exposed: true}}\n")
    s = Service(p)
    acknowledged = []

    def work():
        c = s.connection()
        while True:
            try:
                answer = s.raw("POST", "/v1/events", b'{"asset": "a"}', {"Content-Type": "application/json"}, c)
            except (OSError, AssertionError, __import__("http").client.HTTPException):
                return
            if answer.status != 201:
                return
            acknowledged.append(answer.json["events"][0]["id"])

    threads = [threading.Thread(target=work) for _ in range(4)]
    for t in threads:
        t.start()
    time.sleep(0.5)
    s.stop()
    for t in threads:
        t.join()
    with sqlite3.connect(os.path.join(p.dir, ".weir/state.db")) as db:
        kept = {row[0] for row in db.execute("SELECT id FROM event")}
    assert len(acknowledged) > 10, len(acknowledged)
    same(set(acknowledged) - kept, set())


@test
def a_look_finds_new_data_and_its_checks_run(p):
    p.catalog("service: {probe_every: 1s}\nassets:\n  a: {path: a.csv, exposed: true, checks: [row_count: {min: 2}]}\n"
              "  quiet: {path: a.csv, exposed: true, schedule: {on: never}, checks: [row_count: {min: 2}]}\n")
    with Service(p) as s:
        p.write("a.csv", "x\n1\n")
        until(lambda: s.get("/v1/assets/a").json["outcome"] == "fail")
        p.write("a.csv", "x\n1\n2\n")
        until(lambda: s.get("/v1/assets/a").json["outcome"] == "pass")
        same({c["outcome"] for c in s.get("/v1/assets/quiet").json["checks"]}, {"skipped"})
        runs = [v["run_id"] for v in s.get("/v1/assets/a/history").expect(200).json["verdicts"]]
        same(len(set(runs)), 2)


@test
def what_came_while_the_service_was_away_is_checked_at_its_start(p):
    p.write("a.csv", "x\n1\n")
    p.catalog("service: {probe_every: 1h}\nassets:\n  a: {path: a.csv, exposed: true, checks: [row_count: {min: 2}]}\n")
    with Service(p) as s:
        until(lambda: s.get("/v1/assets/a").json["outcome"] == "fail")
    p.write("a.csv", "x\n1\n2\n")
    with Service(p) as s:
        until(lambda: s.get("/v1/assets/a").json["outcome"] == "pass")


@test
def nobody_is_told_that_data_is_late_before_somebody_has_looked(p):
    """The state is a day old, and the file is new."""
    with Receiver() as receiver:
        hooked(p, receiver, "assets:\n  a: {path: a.csv, exposed: true, freshness: {max_age: 1h}}\n")
        p.write("a.csv", "x\n1\n")
        os.utime(os.path.join(p.dir, "a.csv"), (time.time() - 30 * MINUTE,) * 2)
        p.weir("audit", now=ago(0)).expect(0)
        with Service(p, now=ago(-2 * 60 * MINUTE)) as s:
            until(lambda: told(receiver) == ["late"])
        os.utime(os.path.join(p.dir, "a.csv"))
        with Service(p) as s:
            until(lambda: s.get("/v1/assets/a").json["freshness"]["status"] == "pass")
            time.sleep(0.5)
        same(told(receiver), ["late"])


@test
def a_schedule_runs_checks_at_its_time_in_its_zone(p):
    """Half past two on the day when Berlin's clocks go forward: there is no such time, so that it is three o'clock."""
    p.write("a.csv", "x\n1\n")
    p.catalog("service: {probe_every: off}\nassets:\n  a: {path: a.csv, exposed: true, checks: [row_count: {min: 1}],\n"
              "      schedule: {cron: '30 2 * * *', timezone: Europe/Berlin, on: never}}\n")
    with Service(p, now="2027-03-28T00:59:57Z") as s:
        same({c["outcome"] for c in s.get("/v1/assets/a").json["checks"]}, {"skipped"})
        until(lambda: s.get("/v1/assets/a/history").json["verdicts"])
        at = s.get("/v1/assets/a/history").json["verdicts"][0]["at"]
        same(at[:17], "2027-03-28T01:00:")


@test
def a_command_line_beside_the_service_is_seen_at_once(p):
    p.catalog("assets: {a: {exposed: true, freshness: {max_age: 1d}}}\n")
    with Service(p) as s:
        same(s.get("/v1/assets/a").json["freshness"]["status"], "unknown")
        p.weir("events", "add", "a", now=ago(0)).expect(0)
        same(s.get("/v1/assets/a").json["freshness"]["status"], "pass")


@test
def lists_of_assets_come_in_pages_and_by_filters(p):
    p.catalog("assets:\n" + "".join("  raw/a%d: {exposed: true, owners: ['team:%s'], tags: {tier: %s}}\n" % (
        i, "x" if i % 2 else "y", "gold" if i < 3 else "tin") for i in range(7)) +
        "  marts/b: {exposed: true, depends_on: [raw/a1], freshness: {max_age: 1d}}\n")
    with Service(p) as s:
        found, target = [], "/v1/assets?limit=3"
        while target:
            answer = s.get(target).expect(200)
            found += [a["key"] for a in answer.json["assets"]]
            target = answer.json["next"]
            same(answer.header("Link"), '<%s>; rel="next"' % target if target else None)
        same(found, ["raw/a%d" % i for i in range(7)] + ["marts/b"])
        for query, want in (({"prefix": "marts/"}, ["marts/b"]), ({"owner": "team:x", "tag": "tier=gold"}, ["raw/a1"]),
                            ({"tag": "tier=gold"}, ["raw/a0", "raw/a1", "raw/a2"]), ({"fresh": "unknown"}, ["marts/b"]),
                            ({"select": "raw/a1+"}, ["raw/a1", "marts/b"]), ({"outcome": "error"}, ["marts/b"]), ({"stale": "1"}, [])):
            same([a["key"] for a in s.get("/v1/assets", **query).expect(200).json["assets"]], want, query)
        for query in ({"cursor": "%%%"}, {"cursor": "AAAA"}, {"select": "nothing"}, {"fresh": "blue"}, {"limit": "x"}, {"colour": "x"}):
            s.get("/v1/assets", **query).expect(400)
        for path in ("", "/history", "/partitions"):
            s.get("/v1/assets/%s%s" % (key("raw/zz"), path)).expect(404)


@test
def an_unchanged_asset_is_not_sent_again(p):
    p.catalog("assets: {a: {exposed: true}}\n")
    with Service(p) as s:
        first = s.get("/v1/assets/a").expect(200)
        etag = first.header("ETag")
        same(s.ask("GET", "/v1/assets/a", headers={"If-None-Match": etag}).status, 304)
        s.post("/v1/events", {"asset": "a", "version": "2"}).expect(201)
        same(s.ask("GET", "/v1/assets/a", headers={"If-None-Match": etag}).expect(200).json["data_version"], "2")


@test
def partitions_are_listed_with_those_that_are_missing(p):
    for day in ("2026-01-01", "2026-01-02"):
        p.write("in/%s.csv" % day, "x\n1\n")
    p.catalog("service: {probe_every: 1s}\nassets:\n  a: {path: 'in/{date:%Y-%m-%d}.csv', exposed: true,\n"
              "      partitions: {date: {every: day, from: 2026-01-01}}, freshness: {max_age: 10d}}\n")
    with Service(p, now="2026-01-05T12:00:00Z") as s:
        until(lambda: len(s.get("/v1/assets/a/partitions").json["partitions"]) == 2)
        page = s.get("/v1/assets/a/partitions", limit=1).expect(200).json
        same([x["partition"] for x in page["partitions"]], ["2026-01-01"])
        same([x["partition"] for x in s.get(page["next"]).expect(200).json["partitions"]], ["2026-01-02"])
        same((page["missing"], page["missing_count"]), (["2026-01-03", "2026-01-04"], 2))


@test
def a_heartbeat_goes_out_while_the_service_is_well(p):
    with Receiver() as receiver:
        p.catalog("alerts: {allow_private: ['127.0.0.1:%d']}\nservice: {heartbeat: {url: {env: BEAT}, every: 1s}}\n"
                  "assets: {a: {exposed: true}}\n" % receiver.port)
        with Service(p, env={"BEAT": receiver.url("/beat")}) as s:
            until(lambda: len(receiver.requests) >= 2)
            assert receiver.url("/beat") not in s.logged
        same({(r.method, r.path) for r in receiver.requests}, {("POST", "/beat")})


@test
def the_service_manager_hears_of_start_reload_watchdog_and_end(p):
    import socket
    path = os.path.join(p.dir, "notify")
    p.catalog("assets: {a: {exposed: true}}\n")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(path)
        manager.settimeout(10)

        def heard():
            return manager.recv(4096).decode().split("\n")

        with Service(p, env={"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "400000"}) as s:
            same(heard(), ["READY=1"])
            same(heard(), ["WATCHDOG=1"])
            s.reload()
            words = heard()
            while words == ["WATCHDOG=1"]:
                words = heard()
            same(words[0], "RELOADING=1")
            assert words[1].startswith("MONOTONIC_USEC="), words
            while words != ["READY=1"]:
                words = heard()
        while words != ["STOPPING=1"]:
            words = heard()
