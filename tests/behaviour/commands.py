"""Exit statuses, options, selectors: section 3 of the contract."""
import json
import os

from project import contains, same, test

ONE = """assets:
  raw/a: {path: a.csv, checks: [not_null: x], tags: {tier: gold}, owners: ["team:data"]}
  raw/b: {path: b.csv, depends_on: [raw/a], checks: [{not_null: x, name: filled, severity: warning}]}
  marts/c: {path: c.csv, depends_on: [raw/b], checks: [unique: x]}
"""


def three(p, a="x\n1\n", b="x\n1\n", c="x\n1\n"):
    for name, text in (("a.csv", a), ("b.csv", b), ("c.csv", c)):
        if text is not None:
            p.write(name, text)
    p.catalog(ONE)


@test
def all_well_is_0(p):
    three(p)
    p.weir("check").expect(0)


@test
def a_failed_critical_check_is_1(p):
    three(p, a="x,y\n,1\n")
    p.weir("check").expect(1, "raw/a")


@test
def a_failed_warning_is_0_and_1_when_strict(p):
    three(p, b="x,y\n,1\n")
    p.weir("check").expect(0)
    p.weir("check", "--strict").expect(1)


@test
def what_cannot_be_evaluated_is_3_and_beats_1(p):
    three(p, a="x,y\n,1\n", c=None)
    p.weir("check").expect(3)
    p.weir("check", "marts/c").expect(3, "c.csv")
    p.weir("check", "raw/a").expect(1)


@test
def skip_exit_replaces_1_and_nothing_else(p):
    three(p, a="x,y\n,1\n")
    p.weir("check", "raw/a", "--skip-exit", 99).expect(99)
    p.weir("check", "raw/b", "--skip-exit", 99).expect(0)
    p.weir("check", "raw/nothing", "--skip-exit", 99).expect(2)
    os.unlink(p.path("c.csv"))
    p.weir("check", "--skip-exit", 99).expect(3)
    p.weir("gate", "raw/b", "--skip-exit", 99, "--run").expect(99)


@test
def nothing_selected_is_2_with_empty_stdout(p):
    three(p)
    for selector in ("raw/z", "tag:none", "owner:nobody", "check:none*", "marts/c,raw/a", "zzz/*"):
        for form in ("text", "json"):
            same(p.weir("check", selector, "--format", form).expect(2).out, "", selector)
    contains(p.weir("check", "raw/aa").err, "raw/aa", "did you mean", "raw/a")


@test
def no_checks_is_2_with_empty_stdout(p):
    p.write("a.csv", "x\n1\n")
    p.catalog("assets: {a: {path: a.csv}}\n")
    same(p.json("check").expect(2).out, "")
    p.write("empty.yaml", "checks: []\n")
    same(p.json("check", "--source", "a.csv", "--suite", "empty.yaml").expect(2).out, "")
    p.write("empty.json", '{"name": "s", "expectations": []}')
    same(p.json("check", "--source", "a.csv", "--suite", "empty.json").expect(2).out, "")


@test
def a_wrong_command_line_is_2_with_a_suggestion(p):
    three(p)
    for words, hint in ((("check", "--formt", "json"), "--format"), (("chek",), "check"), (("check", "--format", "jsn"), "json"),
                        (("fresh", "--strct"), "--strict"), (("check", "--result-format", "COMPLET"), "COMPLETE")):
        done = p.weir(*words).expect(2, "did you mean", hint)
        same(done.out, "")
    for words in (("check", "--threads", "many"), ("check", "--now", "yesterday"), ("gate",), ("gate", "raw/a", "raw/b"), (),
                  ("events", "add"), ("events", "remove", "raw/a"), ("check", "--source", "a.csv"), ("check", "--suite", "x"),
                  ("check", "--memory", "lots"), ("check", "--now"), ("gate", "raw/a", "--override", "why"),
                  ("check", "--skip-exit", "-1"), ("check", "--store", "")):
        same(p.weir(*words, now="").expect(2).out, "", " ".join(words))


@test
def a_gate_on_an_unknown_asset_is_2(p):
    three(p)
    p.weir("gate", "raw/bb").expect(2, "id you mean 'raw/b'")


@test
def the_format_gx_is_for_one_asset(p):
    three(p)
    same(p.weir("check", "--format", "gx").expect(2).out, "")
    same(p.weir("check", "raw/a", "--format", "gx").expect(0).json["success"], True)
    same(p.weir("fresh", "--format", "gx").expect(2).out, "")
    same(p.weir("audit", "--format", "gx").expect(2).out, "")


@test
def a_wrong_catalog_is_2_for_every_command(p):
    p.catalog("assets: {a: {pth: a.csv}}\n")
    for words in (("validate",), ("check",), ("fresh",), ("orphans",), ("status",), ("audit",), ("gate", "a"),
                  ("events", "list"), ("events", "add", "a"), ("config", "show")):
        same(p.weir(*words).expect(2, "weir.yaml:2:14", "did you mean 'path'").out, "", words[0])


@test
def no_catalog_is_2(p):
    p.weir("check").expect(2, "weir.yaml")
    p.weir("check", "-C", "nowhere").expect(2)


@test
def selectors_choose_as_in_dbt(p):
    three(p)
    for words, keys in ((("raw/a",), "a"), (("raw/*",), "ab"), (("+raw/b",), "ab"), (("raw/b+",), "bc"), (("1+marts/c",), "bc"),
                        (("tag:gold",), "a"), (("tag:tier=gold",), "a"), (("owner:team:data",), "a"), (("raw/*", "!raw/a"), "b"),
                        (("!raw/a",), "bc"), (("raw/a", "marts/c"), "ac"), (("+marts/c,raw/*",), "ab"), (("**/c",), "c")):
        got = {a["key"][-1] for a in p.json("check", *words).expect(0).json["assets"]}
        same(got, set(keys), " ".join(words))


@test
def check_selectors_choose_checks(p):
    three(p)
    same(set(p.json("check", "check:filled").expect(0).outcomes()), {"raw/b:filled"})
    same(set(p.json("check", "check:not_null*").expect(0).outcomes()), {"raw/a:not_null:x"})
    same(set(p.json("check", "check:raw/a:*").expect(0).outcomes()), {"raw/a:not_null:x", "raw/a:not_empty", "raw/a:well_formed"})
    same(set(p.json("check", "raw/*,check:filled").expect(0).outcomes()), {"raw/b:filled"})
    same(set(p.json("check", "check:unique:x", "check:filled").expect(0).outcomes()), {"raw/b:filled", "marts/c:unique:x"})


@test
def the_clock_is_set_with_now(p):
    p.write("a.csv", "x\n1\n", at=3600)
    p.catalog("assets: {a: {path: a.csv, freshness: {max_age: 2h, warn_after: 90m}}}\n")
    for now, status, word in (("2024-05-10T12:00:00Z", 0, "pass"), ("2024-05-10T12:29:59Z", 0, "pass"),
                              ("2024-05-10T12:30:00Z", 0, "warn"), ("2024-05-10T12:59:59Z", 0, "warn"),
                              ("2024-05-10T13:00:00Z", 1, "fail"), ("2024-05-10T22:00:00+09:00", 1, "fail")):
        done = p.json("fresh", now=now).expect(status)
        same(done.asset("a")["freshness"]["status"], word, now)
    p.weir("fresh", "--strict", now="2024-05-10T12:30:00Z").expect(1)


@test
def unknown_freshness_under_a_policy_is_3(p):
    p.catalog("assets: {a: {freshness: {max_age: 2h}}, b: {path: b.csv, freshness: {max_age: 2h, never_seen: fail}}}\n")
    same(p.json("fresh", "a").expect(3).asset("a")["freshness"]["status"], "unknown")
    p.weir("fresh", "b").expect(1)


@test
def staleness_fails_only_past_fail_after(p):
    p.catalog("assets:\n  a: {exposed: true}\n  b: {depends_on: [a], exposed: true, staleness: {fail_after: 1h}}\n"
              "  c: {depends_on: [a], exposed: true}\n  d: {depends_on: [a], exposed: true, staleness: off}\n")
    for asset in "abcd":
        p.weir("events", "add", asset, "--at", "2024-05-10T08:00:00Z").expect(0)
    p.weir("fresh").expect(0)
    p.weir("events", "add", "a", "--at", "2024-05-10T09:00:00Z").expect(0)
    done = p.json("fresh", now="2024-05-10T09:30:00Z").expect(0)
    same([done.asset(x)["staleness"]["status"] for x in "bc"], ["stale", "stale"])
    same(p.json("fresh", now="2024-05-10T10:00:01Z").expect(1).json["summary"]["stale"], 2)


@test
def orphans_are_0_and_1_when_strict(p):
    p.catalog("assets: {a: {}, b: {depends_on: [a, gone], exposed: true}}\n")
    done = p.json("orphans").expect(0)
    same([(o["kind"], o["key"], o["wanted_by"]) for o in done.json["orphans"]], [("dangling", "gone", ["b"])])
    p.weir("orphans", "--strict").expect(1)


@test
def nothing_but_the_json_is_on_stdout(p):
    three(p, a="x,y\n,1\n", c=None)
    for words in (("check",), ("audit",), ("fresh",), ("orphans",), ("status",), ("check", "-v"), ("check", "--explain"),
                  ("gate", "raw/b"), ("events", "list"), ("check", "raw/a", "--format", "gx")):
        done = p.weir(*words, *([] if "--format" in words else ["--format", "json"]))
        json.loads(done.out)
        assert done.out.endswith("\n"), words


@test
def results_that_cannot_be_written_are_3(p):
    three(p)
    with open("/dev/full", "w", encoding="ascii") as full:
        import subprocess
        import project
        done = subprocess.run([project.WEIR, "check"], cwd=p.dir, env=p.env, stdout=full, stderr=subprocess.PIPE, check=False)
    same(done.returncode, 3)


@test
def another_folder_is_chosen_with_C(p):
    p.write("sub/weir.yaml", "version: 1\nstore: sqlite:x.db\nassets: {a: {path: a.csv, checks: [not_null: x]}}\n")
    p.write("sub/a.csv", "x\n1\n")
    p.write("sub/deeper/still/.keep", "")
    os.mkdir(p.path("elsewhere"))
    p.weir("check", "-C", "../sub", cwd=p.path("elsewhere")).expect(0)
    p.weir("check", "-C", p.path("sub/weir.yaml"), cwd=p.path("elsewhere")).expect(0)
    p.weir("check", cwd=p.path("sub/deeper/still")).expect(0)
    same(os.listdir(p.path("elsewhere")), [])
    assert os.path.exists(p.path("sub/x.db")), os.listdir(p.path("sub"))
    assert not os.path.exists(p.path("sub/.weir")), "a second store"
    # What the command line names is relative to where it was typed.
    p.weir("check", "-C", "../sub", "--store", "mine.db", cwd=p.path("elsewhere")).expect(0)
    assert os.path.exists(p.path("elsewhere/mine.db"))


@test
def a_store_in_memory_keeps_nothing(p):
    three(p)
    p.weir("check", "--store", ":memory:").expect(0)
    assert not os.path.exists(p.path(".weir")), "something was kept"
    p.catalog("store: ':memory:'\n" + ONE)
    p.weir("check").expect(0)
    same(sorted(os.listdir(p.dir)), ["a.csv", "b.csv", "c.csv", "weir.yaml"])


@test
def help_is_0_and_says_what_there_is(p):
    contains(p.weir("--help", now="").expect(0).out, "check", "gate", "audit")
    contains(p.weir("check", "--help", now="").expect(0).out, "--source", "--format", "--strict")
    contains(p.weir("--version", now="").expect(0).out, "weir 0.")


@test
def options_of_all_commands_may_stand_before_the_command(p):
    three(p)
    elsewhere = os.path.dirname(p.dir)
    p.weir("-C", p.dir, "check", cwd=elsewhere).expect(0)
    p.weir("--directory", p.dir, "-q", "--format=json", "check", cwd=elsewhere).expect(0, '"outcome"')
    p.weir("-C", p.dir, "chek", cwd=elsewhere).expect(2, "'chek'", "'check'")
    p.weir("-C", p.dir, cwd=elsewhere).expect(2)
    p.weir("--bogus", "check").expect(2, "--bogus")
