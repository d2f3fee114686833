"""The life of incidents: what people and time do with them, and that whoever was told of something is told what became of it.

The last test does things at random over simulated days and holds every step against rules of its own, which know nothing of how weir decides:
only what was broken, muted and said when, and what arrived."""
import json
import os
import random
import time
from datetime import datetime, timedelta, timezone

from project import contains, same, test
from service import Service

ALERTS = """alerts:
  enabled: true
  channels:
    ops: {type: command, command: [sh, -c, "cat >> ops.log; echo >> ops.log"]}
    oncall: {type: command, command: [sh, -c, "cat >> oncall.log; echo >> oncall.log"]}
  routes: [{to: ops%s}]
%s"""
GOOD, BAD = "id,n\n1,1\n2,1\n", "id,n\n1,1\n,1\n"


def told(p, channel="ops"):
    """(change, asset) of all that arrived, in order."""
    return [(i["change"], i["asset"]) for m in messages(p, channel) for i in m["data"]["incidents"]]


def messages(p, channel):
    if not os.path.exists(p.path(channel + ".log")):
        return []
    with open(p.path(channel + ".log")) as f:
        return [json.loads(line) for line in f if line.strip()]


def shop(p, route="", rest="", assets="a"):
    p.catalog(ALERTS % (route, rest) + "assets:\n" + "".join(
        "  %s: {path: %s.csv, exposed: true, owners: [team:%s], checks: [not_null: id]}\n" % (a, a, a) for a in assets))
    for a in assets:
        p.write(a + ".csv", GOOD)
    p.now = "2024-05-20T00:00:00Z"


def at(p, clock):
    p.now = "2024-05-%sZ" % clock


def incidents(p, *args):
    return p.json("incidents", "list", *args).expect(0).json


@test
def who_acknowledges_ends_repeats_and_escalations_and_everybody_hears_of_it(p):
    shop(p, route=", repeat_every: 2h, escalate: [{after: 30m, to: [oncall]}, {after: 3h, to: oncall}]", assets="ab")
    p.write("a.csv", BAD)
    p.write("b.csv", BAD)
    p.weir("check").expect(1)
    for time in ("20T00:29:00", "20T00:31:00", "20T00:45:00"):
        at(p, time)
        p.weir("alerts", "send").expect(0)
    same(sorted(told(p, "oncall")), [("escalated", "a"), ("escalated", "b")])
    a = [i["id"] for i in incidents(p) if i["asset"] == "a"][0]
    p.weir("incidents", "ack", a.lower(), "--who", "ann", "--note", "on it").expect(0)
    for time in ("20T03:05:00", "20T06:10:00", "20T06:11:00"):
        at(p, time)
        p.weir("alerts", "send").expect(0)
    same([c for c in told(p, "oncall") if c[1] == "a"], [("escalated", "a"), ("acknowledged", "a")])
    same([c for c in told(p, "oncall") if c[1] == "b"], [("escalated", "b"), ("escalated", "b")])
    same([c for c in told(p) if c[1] == "a"], [("opened", "a"), ("acknowledged", "a")])
    same([c for c in told(p) if c[1] == "b"], [("opened", "b"), ("still_open", "b"), ("still_open", "b")])
    one = p.json("incidents", "show", a).expect(0).json
    same((one["state"], one["acknowledged_by"], one["note"]), ("acknowledged", "ann", "on it"))
    same([e["kind"] for e in one["events"]], ["opened", "told", "told", "acknowledged", "told", "told"])
    for f in ("a.csv", "b.csv"):
        p.write(f, GOOD)
    p.weir("check").expect(0)
    for channel in ("ops", "oncall"):
        same(sorted(told(p, channel)[-2:]), [("resolved", "a"), ("resolved", "b")])
    p.weir("incidents", "ack", a).expect(2, "is resolved since")


@test
def a_snooze_is_quiet_until_it_ends_or_things_get_worse(p):
    shop(p, route=", repeat_every: 1h")
    p.write("a.csv", BAD)
    p.weir("check").expect(1)
    id = incidents(p)[0]["id"]
    p.weir("incidents", "snooze", id, "--for", "5h").expect(0)
    for hour in range(1, 5):
        at(p, "20T%02d:00:00" % hour)
        p.weir("check").expect(1)
    same(told(p), [("opened", "a"), ("snoozed", "a")])
    at(p, "20T05:00:00")
    p.weir("alerts", "send").expect(0)
    same(told(p)[2:], [("still_open", "a")])
    for bad in (["--for", "0s"], ["--for", "367d"], []):
        p.weir("incidents", "snooze", id, *bad).expect(2)


@test
def what_is_resolved_by_hand_and_still_there_is_the_same_incident_again(p):
    shop(p)
    p.write("a.csv", BAD)
    p.weir("check").expect(1)
    id = incidents(p)[0]["id"]
    p.weir("incidents", "resolve", id).expect(2, "needs --reason")
    p.weir("incidents", "resolve", id, "--reason", "a false alarm", "--who", "ann").expect(0)
    at(p, "20T01:00:00")
    p.weir("check").expect(1)
    same([(i["id"], i["state"]) for i in incidents(p, "--all")], [(id, "open")])
    same(told(p), [("opened", "a"), ("resolved", "a"), ("reopened", "a")])
    # Found gone once, it is over: what comes later is another one.
    p.weir("incidents", "resolve", id, "--reason", "mended").expect(0)
    p.write("a.csv", GOOD)
    p.weir("check").expect(0)
    p.write("a.csv", BAD)
    p.weir("check").expect(1)
    same([i["state"] for i in incidents(p, "--all")], ["open", "resolved"])


@test
def what_comes_and_goes_is_told_once_and_in_the_end_as_it_is(p):
    for end in (GOOD, BAD):
        if os.path.exists(p.path("ops.log")):
            os.remove(p.path("ops.log"))
            os.remove(p.path(".weir/state.db"))
        shop(p, rest="  flapping: {changes: 2, within: 1h, quiet: 30m}\n")
        for minute in range(0, 40, 4):
            at(p, "20T00:%02d:00" % minute)
            p.write("a.csv", BAD)
            p.weir("check").expect(1)
            at(p, "20T00:%02d:00" % (minute + 2))
            p.write("a.csv", GOOD)
            p.weir("check").expect(0)
        p.write("a.csv", end)
        at(p, "20T00:40:00")
        p.weir("check")
        twice = [("opened", "a"), ("resolved", "a")] * 2
        same(told(p), twice + [("flapping", "a")])
        at(p, "20T01:07:00")
        p.weir("alerts", "send").expect(0)
        same(told(p), twice + [("flapping", "a")])
        at(p, "20T01:11:00")
        p.weir("alerts", "send").expect(0)
        same(told(p)[5:], [("resolved" if end == GOOD else "still_open", "a")])
        same(len(incidents(p, "--all")), 3)


@test
def in_maintenance_nobody_is_told_but_of_what_is_over(p):
    shop(p, rest='  maintenance: [{match: {asset: [a, c]}, cron: "0 2 * * *", for: 3h, reason: nightly}]\n', assets="abc")
    p.write("a.csv", BAD)
    p.weir("check").expect(1)
    same(told(p), [("opened", "a")])
    at(p, "20T02:00:00")
    for name, text in (("a", GOOD), ("b", BAD), ("c", BAD)):
        p.write(name + ".csv", text)
    p.weir("check").expect(1)
    same(sorted(told(p)[1:]), [("opened", "b"), ("resolved", "a")])
    same({i["asset"]: i["muted_reason"] for i in incidents(p)}, {"b": "", "c": "nightly"})
    at(p, "20T04:59:59")
    p.weir("alerts", "send").expect(0)
    same(len(told(p)), 3)
    at(p, "20T05:00:00")
    p.weir("alerts", "send").expect(0)
    same(told(p)[3:], [("opened", "c")])


@test
def a_mute_holds_back_until_it_ends_or_is_taken_back(p):
    shop(p, assets="ab")
    for bad in (["--match", "asset"], ["--match", "kind=lat"], ["--match", "colour=red"], []):
        p.weir("incidents", "mute", *bad, "--for", "1h", "--reason", "x").expect(2)
    mute = p.json("incidents", "mute", "--match", "owner=team:a", "--match", "severity=critical", "--for", "2h", "--reason", "moving").expect(0).json
    same(mute["match"], ["owner=team:a", "severity=critical"])
    p.write("a.csv", BAD)
    p.write("b.csv", BAD)
    p.weir("check").expect(1)
    same(told(p), [("opened", "b")])
    at(p, "20T01:00:00")
    p.weir("incidents", "unmute", mute["id"][:20]).expect(0)
    same(told(p)[1:], [("opened", "a")])
    same(p.json("incidents", "mutes").expect(0).json, [])
    same([m["state"] for m in p.json("incidents", "mutes", "--all").expect(0).json], ["ended"])
    p.weir("incidents", "unmute", mute["id"]).expect(2, "over already")


def partitions(p, bad):
    for day in range(1, 9):
        p.write("d/2024-05-%02d.csv" % day, BAD if day in bad else GOOD)
    p.catalog(ALERTS % ("", "") + """assets:
  t: {path: "d/{day:%Y-%m-%d}.csv", partitions: {day: {every: day, from: "2024-05-01"}}, exposed: true, checks: [not_null: id]}
""")
    p.now = "2024-05-20T00:00:00Z"


@test
def many_partitions_that_fail_at_once_share_an_incident_until_the_last_is_well(p):
    partitions(p, {1})
    p.weir("check").expect(1)
    partitions(p, range(1, 9))
    p.weir("check").expect(1)
    # What was open on its own stays so.
    found = {i["partition"]: i for i in incidents(p)}
    same(sorted(found), ["", "2024-05-01"])
    group = found[""]
    same((group["partition_count"], [x["partition"] for x in group["partitions"]]), (7, ["2024-05-%02d" % d for d in range(2, 9)]))
    partitions(p, {5, 8})
    p.weir("check", "--partition", "2024-05-02..2024-05-06").expect(1)
    same({i["id"]: i["partition_count"] for i in incidents(p)}, {group["id"]: 3, found["2024-05-01"]["id"]: 0})
    p.weir("check").expect(1)
    same({i["id"]: i["partition_count"] for i in incidents(p)}, {group["id"]: 2})
    # One more joins it; nobody looks like another problem.
    partitions(p, {2, 8})
    p.weir("check").expect(1)
    same([(i["id"], [x["partition"] for x in i["partitions"]]) for i in incidents(p)], [(group["id"], ["2024-05-02", "2024-05-08"])])
    partitions(p, ())
    p.weir("check").expect(0)
    same(incidents(p), [])
    same(told(p), [("opened", "t"), ("opened", "t"), ("resolved", "t"), ("resolved", "t")])


@test
def who_owns_a_symptom_hears_of_its_root(p):
    p.catalog("""alerts:
  enabled: true
  channels: {ops: {type: command, command: [sh, -c, "cat >> ops.log; echo >> ops.log"]}}
  routes: [{match: {owner: "team:mart"}, to: ops}]
assets:
  raw: {freshness: {max_age: 1d}, exposed: true, owners: ["team:raw"]}
  mart: {depends_on: [raw], freshness: {max_age: 1d}, exposed: true, owners: ["team:mart"]}
""")
    for asset in ("raw", "mart"):
        p.weir("events", "add", asset, "--at", "2024-05-01T00:00:00Z", now="2024-05-01T00:00:00Z").expect(0)
    p.weir("audit", now="2024-05-03T00:00:00Z").expect(1)
    same(told(p), [("opened", "raw")])


@test
def the_service_lists_and_changes_incidents(p):
    shop(p, assets="ab")
    p.write("a.csv", BAD)
    p.write("b.csv", BAD)
    p.weir("check", now="").expect(1)
    with Service(p) as s:
        page = s.get("/v1/incidents?limit=1").expect(200).json
        same((len(page["incidents"]), page["next"] is None), (1, False))
        rest = s.get(page["next"]).expect(200).json
        same(rest["next"], None)
        same(sorted(i["asset"] for i in page["incidents"] + rest["incidents"]), ["a", "b"])
        for query, count in (("state=resolved", 0), ("state=all", 2), ("asset=a", 1), ("owner=team:b", 1), ("owner=team:c", 0),
                             ("kind=late", 0), ("severity=critical", 2)):
            same(len(s.get("/v1/incidents?" + query).expect(200).json["incidents"]), count, query)
        s.get("/v1/incidents?cursor=x").expect(400)
        id = s.get("/v1/incidents?asset=a").json["incidents"][0]["id"]
        one = s.post("/v1/incidents/%s/ack" % id, {"note": "on it"}).expect(200).json
        same((one["state"], one["note"], one["acknowledged_by"]), ("acknowledged", "on it", "local"))
        s.post("/v1/incidents/%s/snooze" % id, {}).expect(422)
        s.post("/v1/incidents/%s/snooze" % id, {"for": "1h", "until": "2030-01-01T00:00:00Z"}).expect(422)
        same(s.post("/v1/incidents/%s/snooze" % id, {"for": "1h"}).expect(200).json["state"], "snoozed")
        s.post("/v1/incidents/%s/resolve" % id, {}).expect(422)
        same(s.post("/v1/incidents/%s/resolve" % id, {"reason": "mended"}).expect(200).json["state"], "resolved")
        s.post("/v1/incidents/%s/ack" % id, {}).expect(409)
        s.get("/v1/incidents/nothing").expect(404)
        same([e["kind"] for e in s.get("/v1/incidents/" + id).expect(200).json["events"] if e["kind"] != "told"],
             ["opened", "acknowledged", "snoozed", "resolved"])
        s.post("/v1/mutes", {"match": ["colour=red"], "for": "1h", "reason": "x"}).expect(422)
        mute = s.post("/v1/mutes", {"match": ["asset=b"], "for": "1h", "reason": "moving"}).expect(201).json
        same(s.get("/v1/incidents?asset=b").json["incidents"][0]["muted_reason"], "moving")
        same(len(s.get("/v1/mutes").expect(200).json["mutes"]), 1)
        s.ask("DELETE", "/v1/mutes/" + mute["id"]).expect(204)
        s.ask("DELETE", "/v1/mutes/" + mute["id"]).expect(404)
        same(len(s.get("/v1/mutes").expect(200).json["mutes"]), 0)
        same(len(s.get("/v1/mutes?all").expect(200).json["mutes"]), 1)


@test
def the_service_tells_what_is_still_wrong_when_a_mute_ends(p):
    shop(p, assets="ab")
    with Service(p) as s:
        mute = s.post("/v1/mutes", {"match": ["asset=a"], "for": "1h", "reason": "moving"}).expect(201).json
        for name in "ab":
            p.write(name + ".csv", BAD)
            s.post("/v1/runs", {"asset": name}).expect(202)
        wait_for(lambda: told(p) == [("opened", "b")] and len(s.get("/v1/incidents").json["incidents"]) == 2)
        s.ask("DELETE", "/v1/mutes/" + mute["id"]).expect(204)
        wait_for(lambda: told(p)[1:] == [("opened", "a")])


def wait_for(what):
    end = time.monotonic() + 60
    while not what():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.1)


# At random -------------------------------------------------------------------------------------------------------

OPEN_WORDS = ("opened", "reopened", "still_open", "flapping", "escalated")
PAUSES = (1, 1, 2, 5, 20, 45, 90, 300, 700, 1500)  # minutes
STEPS = int(os.environ.get("WEIR_LIVES_STEPS", "30"))
SEEDS = [int(s) for s in os.environ.get("WEIR_LIVES_SEEDS", "1 2").split()]


class World:
    """What is true, and what was asked for."""

    def __init__(self, p, seed):
        self.p, self.random = p, random.Random(seed)
        self.now = datetime(2024, 5, 20, tzinfo=timezone.utc)
        self.bad = {"a": False, "b": False, "c": False}  # as the last look at it saw
        self.mutes = {}  # id: (asset, until)
        self.seen = {}  # id: it was seen open by a step while nothing held it

    def run(self, *args):
        return self.p.weir(*args, now=self.now.strftime("%Y-%m-%dT%H:%M:%SZ"))

    def held(self, asset):
        return (asset == "b" and 2 <= self.now.hour < 5) or any(a == asset and until > self.now for a, until in self.mutes.values())

    def all(self):
        done = self.run("incidents", "list", "--all", "--limit", "10000", "--format", "json").expect(0)
        return done.json

    def step(self):
        self.now += timedelta(minutes=self.random.choice(PAUSES))
        asset = self.random.choice("abc")
        open = [i for i in self.all() if i["resolved_at"] is None]
        what = self.random.choice(["look"] * 7 + ["all", "send", "ack", "snooze", "resolve", "mute", "mute", "unmute"])
        if what == "look":
            self.bad[asset] = self.random.random() < 0.5
            self.p.write(asset + ".csv", BAD if self.bad[asset] else GOOD)
            self.run("check", asset).expect(int(self.bad[asset]))
        elif what == "all":
            self.run("check").expect(int(any(self.bad.values())))
        elif what == "mute":
            hours = self.random.choice((1, 3, 30))
            mute = self.run("incidents", "mute", "--match", "asset=" + asset, "--for", "%dh" % hours, "--reason", "x", "--format", "json").expect(0)
            self.mutes[mute.json["id"]] = (asset, self.now + timedelta(hours=hours))
        elif what == "unmute" and [m for m, (_, until) in self.mutes.items() if until > self.now]:
            id = self.random.choice([m for m, (_, until) in self.mutes.items() if until > self.now])
            self.run("incidents", "unmute", id).expect(0)
            del self.mutes[id]
        elif what in ("ack", "snooze", "resolve") and open:
            more = {"ack": [], "snooze": ["--for", "3h"], "resolve": ["--reason", "x"]}[what]
            self.run("incidents", what, self.random.choice(open)["id"], *more).expect(0)
        self.run("alerts", "send").expect(0)
        return what, asset

    def check_rules(self):
        known = {i["id"]: i for i in self.all()}
        for asset, bad in self.bad.items():
            mine = [i for i in known.values() if i["asset"] == asset and i["resolved_at"] is None]
            by_hand = any(i["asset"] == asset and i["resolved_by"] for i in known.values())
            if bad:
                same(len(mine) == 1 or by_hand, True, "one incident of %s is open" % asset)
            else:
                same(mine, [], asset + " is well")
        for channel in ("ops", "oncall"):
            said = {}
            for m in messages(self.p, channel):
                for i in m["data"]["incidents"]:
                    said.setdefault(i["id"], []).append((i["change"], m["timestamp"]))
            for id, i in known.items():
                self.check_one(channel, i, said.get(id, []))

    def check_one(self, channel, i, said):
        where = "%s, %s %s at %s: %s" % (channel, i["asset"], i["id"], self.now, said)
        knows = False
        for change, _ in said:
            # Never an end, or what somebody did, before a beginning; no beginning twice.
            if change in ("resolved", "acknowledged", "snoozed"):
                assert knows, "%s out of place; %s" % (change, where)
            if change in ("opened", "reopened"):
                assert not knows, "%s twice; %s" % (change, where)
            knows = change != "resolved" and (knows or change in OPEN_WORDS)
        if i["resolved_at"] is not None:
            assert not knows or i["state"] == "flapping", "its end was not told; " + where
            return
        if channel != "ops" or self.held(i["asset"]):
            return
        if i["snoozed_until"] is None or i["snoozed_until"] <= self.now.strftime("%Y-%m-%dT%H:%M:%SZ"):
            assert knows, "it was not told; " + where


def live(p, seed):
    shop(p, route=", repeat_every: 6h, escalate: [{after: 45m, to: oncall}]", assets="abc",
         rest='  flapping: {changes: 3, within: 2h, quiet: 20m}\n  maintenance: [{match: {asset: b}, cron: "0 2 * * *", for: 3h}]\n')
    w = World(p, seed)
    done = []
    try:
        for _ in range(STEPS):
            done.append((str(w.now),) + w.step())
            w.check_rules()
        # All calm: what was told last is how it stands.
        w.now += timedelta(days=3)
        w.now = w.now.replace(hour=12)
        w.run("check")
        w.now += timedelta(hours=1)
        w.run("alerts", "send").expect(0)
        w.check_rules()
        for i in w.all():
            assert i["state"] != "flapping", i
    except AssertionError as e:
        raise AssertionError("seed %d, after %s: %s" % (seed, done[-6:], e))


def each_seed(seed):
    def whatever_happens_the_last_thing_told_is_how_it_stands(p):
        live(p, seed)
    return test(whatever_happens_the_last_thing_told_is_how_it_stands)


for one_seed in SEEDS:
    each_seed(one_seed)
