"""Schedules that were missed: one check makes up for them, and it is said."""
import sqlite3
import time

from project import contains, same, test
from service import Service
from service_work import until


def project(p, cron="0 6 * * *", more=""):
    p.write("a.csv", "x\n1\n")
    p.catalog("service: {probe_every: off}\nassets:\n  a: {path: a.csv, exposed: true, checks: [row_count: {min: 1}],\n"
              "      schedule: {cron: '%s', on: never%s}}\n" % (cron, more))


def runs(s):
    return [r["id"] for r in s.get("/v1/runs", kind="check").expect(200).json["runs"]]


def ticks(p):
    with sqlite3.connect(p.path(".weir/state.db")) as db:
        return db.execute("SELECT asset, schedule FROM tick").fetchall()


def first_days(p):
    """It is set up, and checks once at its time."""
    with Service(p, now="2027-01-04T05:59:57Z") as s:
        same(runs(s), [])
        until(lambda: len(runs(s)) == 1)
        until(lambda: s.get("/v1/runs/" + runs(s)[0]).json["state"] == "done")
        time.sleep(1.5)
        assert "missed" not in s.logged, s.logged


def settled(s, n):
    until(lambda: len(runs(s)) >= n)
    time.sleep(0.7)
    same(len(runs(s)), n)


@test
def what_was_missed_while_the_service_was_away_is_checked_once(p):
    project(p)
    first_days(p)
    same(ticks(p), [("a", "0 6 * * * UTC")])
    # Nothing was missed until the next morning.
    with Service(p, now="2027-01-05T05:00:00Z") as s:
        settled(s, 1)
    # Three mornings were.
    with Service(p, now="2027-01-07T09:00:00Z") as s:
        settled(s, 2)
        contains(s.logged, "the check of 'a' that was due at 2027-01-07T06:00:00Z (0 6 * * *) was missed")
        time.sleep(1)
    with Service(p, now="2027-01-07T10:00:00Z") as s:
        settled(s, 2)
        assert "missed" not in s.logged, s.logged


@test
def one_that_was_cut_off_in_the_middle_was_missed(p):
    project(p)
    first_days(p)
    s = Service(p, now="2027-01-05T05:59:58Z")
    time.sleep(1)
    s.kill()
    with Service(p, now="2027-01-05T06:05:00Z") as s:
        settled(s, 2)
        contains(s.logged, "was due at 2027-01-05T06:00:00Z")


@test
def a_schedule_that_is_new_or_another_has_missed_nothing(p):
    project(p)
    with Service(p, now="2027-01-04T12:00:00Z") as s:
        settled(s, 0)
        time.sleep(1)
    project(p, "0 5 * * *")
    with Service(p, now="2027-01-06T12:00:00Z") as s:
        settled(s, 0)


@test
def what_shall_not_be_made_up_for_waits_for_its_next_tick(p):
    project(p, more=", catch_up: false")
    first_days(p)
    with Service(p, now="2027-01-07T09:00:00Z") as s:
        settled(s, 1)


@test
def a_record_of_a_clock_that_was_years_ahead_stops_nothing(p):
    project(p)
    with Service(p, now="2047-01-04T05:00:00Z") as s:
        time.sleep(1.5)
    with Service(p, now="2027-01-04T05:59:57Z") as s:
        settled(s, 1)
        time.sleep(1)
    with Service(p, now="2027-01-05T09:00:00Z") as s:
        settled(s, 2)


@test
def a_reload_makes_up_for_nothing_and_forgets_nothing(p):
    project(p)
    first_days(p)
    with Service(p, now="2027-01-04T07:00:00Z") as s:
        s.reload()
        assert s.wait_log("loaded anew"), s.logged
        settled(s, 1)
    with Service(p, now="2027-01-05T07:00:00Z") as s:
        settled(s, 2)


@test
def catch_up_without_cron_is_refused(p):
    p.write("a.csv", "x\n1\n")
    p.catalog("assets: {a: {path: a.csv, exposed: true, schedule: {on: never, catch_up: true}}}\n")
    p.weir("validate").expect(2, "'catch_up' means nothing without 'cron'")
