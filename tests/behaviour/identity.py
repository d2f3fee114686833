"""What a verdict belongs to: environment, asset, partition, version and the check itself; and who else is at the store."""
import json
import os
import stat

from project import contains, same, test

CATALOG = """# %(comment)s
environments: {prod: {}, dev: {}}
assets:
  raw/a:
    path: a.csv
    owners: [%(owner)s]
    description: %(comment)s
    checks:
      - not_null: x
      - {between: {column: x, min: 0, max: %(max)d}, name: sane}
%(more)s  marts/m: {depends_on: [raw/a]}
"""


def write(p, comment="first", owner="me", most=10, more=""):
    p.catalog(CATALOG % {"comment": comment, "owner": owner, "max": most, "more": more})


def unchecked(p, **how):
    done = p.json("gate", "marts/m", **how)
    return done.status, sorted(r.get("check", "all") for r in done.json["reasons"] if r["kind"] == "unchecked")


@test
def editing_a_comment_or_an_owner_unchecks_nothing(p):
    p.write("a.csv", "x\n1\n")
    write(p)
    p.weir("check").expect(0)
    write(p, comment="second", owner="'team:other'")
    same(unchecked(p), (0, []))
    same(set(p.json("status").outcomes().values()), {"pass"})


@test
def editing_one_check_leaves_the_others_verdicts_valid(p):
    p.write("a.csv", "x\n1\n")
    write(p)
    p.weir("check").expect(0)
    write(p, most=20)
    same(unchecked(p), (1, ["raw/a:sane"]))
    o = p.json("status").outcomes()
    same((o["raw/a:not_null:x"], o["raw/a:sane"]), ("pass", "skipped"))
    write(p, more="      - unique: x\n")
    same(unchecked(p), (1, ["raw/a:unique:x"]))
    write(p)  # taken back: all of it was judged
    same(unchecked(p), (0, []))


@test
def settings_that_change_the_meaning_of_the_data_uncheck(p):
    p.write("a.csv", "x\nNA\n1\n")
    text = "assets:\n  raw/a: {path: a.csv, checks: [not_null: x]%s}\n  marts/m: {depends_on: [raw/a]}\n"
    p.catalog(text % "")
    p.weir("check").expect(0)
    same(unchecked(p)[0], 0)
    for more in (', csv: {null: ["NA"]}', ', csv: {header: false}', ', csv: {delimiter: ";"}', ", columns: {x: integer}"):
        p.catalog(text % more)
        same((more, unchecked(p)[0]), (more, 1))


@test
def environments_do_not_see_each_other(p):
    p.write("a.csv", "x\n1\n")
    write(p)
    p.weir("check", "--env", "dev").expect(0)
    same(unchecked(p, env={"WEIR_ENV": "dev"})[0], 0)
    same(unchecked(p, env={"WEIR_ENV": "prod"})[0], 1)
    same(unchecked(p)[0], 1)
    p.weir("events", "add", "marts/m", "--env", "dev").expect(0)
    same(p.json("events", "list", "--env", "prod").json, [])
    same(len([e for e in p.json("events", "list", "--env", "dev").json if e["asset"] == "marts/m"]), 1)
    p.weir("check", "--env", "nowhere").expect(2, "nowhere")


@test
def environments_override_sources(p):
    p.write("dev/a.csv", "x\n1\n")
    p.write("prod/a.csv", "x,y\n,1\n")
    p.catalog('sources: {lake: {url: "file:dev"}}\nenvironments: {prod: {sources: {lake: {url: "file:prod"}}, store: prod.db}}\n'
              'assets: {a: {source: lake, path: a.csv, checks: [not_null: x]}}\n')
    p.weir("check").expect(0)
    p.weir("check", "--env", "prod").expect(1)
    p.weir("check", env={"WEIR_ENV": "prod"}).expect(1)
    assert os.path.exists(p.path("prod.db"))


@test
def many_checks_at_once_lose_nothing(p):
    n = 20
    p.catalog("assets:\n" + "".join("  a%d: {path: a%d.csv, checks: [not_null: x], exposed: true}\n" % (i, i) for i in range(n)))
    for i in range(n):
        p.write("a%d.csv" % i, "x\n1\n" if i % 3 else "x,y\n,1\n")
    running = [p.start("check", "a%d" % i, "--format", "json")[1] for i in range(n)]
    adding = [p.start("events", "add", "a%d" % i, "--version", "v%d" % i)[1] for i in range(n)]
    ids = set()
    for i, r in enumerate(running):
        out, err = r.communicate(timeout=120)
        same((r.returncode, err), (0 if i % 3 else 1, ""), "check %d" % i)
        ids.add(json.loads(out)["run_id"])
    for a in adding:
        out, err = a.communicate(timeout=120)
        same((a.returncode, err), (0, ""))
    same(len(ids), n)
    o = p.json("status").outcomes()
    same({i: o["a%d:not_null:x" % i] for i in range(n)}, {i: "pass" if i % 3 else "fail" for i in range(n)})
    same(len([e for e in p.json("events", "list", "--limit", 1000).json if e["kind"] == "materialized"]), n)


@test
def a_store_that_others_may_write_is_refused(p):
    p.write("a.csv", "x\n1\n")
    write(p)
    p.weir("check").expect(0)
    store = p.path(".weir/state.db")
    same(stat.S_IMODE(os.stat(store).st_mode) & 0o077, 0, "mode of the store")
    os.chmod(store, 0o666)
    p.weir("check").expect(3, "state.db")
    p.weir("gate", "marts/m")
    same(p.weir("gate", "marts/m").status in (1, 3), True, "a gate on a store that anyone may write")
    os.chmod(store, 0o600)
    p.weir("check").expect(0)


@test
def a_store_that_is_none_is_refused(p):
    p.write("a.csv", "x\n1\n")
    write(p)
    p.write("text.db", "this is no database, and long enough to not be taken for an empty one\n" * 20)
    p.weir("check", "--store", "text.db").expect(3)
    contains(open(p.path("text.db"), encoding="ascii").read(), "this is no database")
    p.sqlite("other.db", "CREATE TABLE mine (x)")
    p.weir("check", "--store", "other.db").expect(3)
    os.mkdir(p.path("folder.db"))
    p.weir("check", "--store", "folder.db").expect(3)


@test
def secrets_are_never_printed(p):
    p.write("a.csv", "x\n1\n")
    p.write("token", "hush-hush\n")
    p.catalog("assets: {a: {path: a.csv, exposed: true, checks: [not_null: x]}}\n"
              "alerts:\n  channels: {ops: {type: slack, url: {env: SLACK_URL}}, two: {type: slack, url: {file: token}}}\n")
    env = {"SLACK_URL": "https://hooks.example.org/very-secret"}
    for words in (("config", "show"), ("config", "show", "--origin"), ("validate",), ("audit",), ("validate", "-v")):
        done = p.weir(*words, env=env).expect(0)
        assert "very-secret" not in done.out + done.err and "hush" not in done.out + done.err, done.out
    contains(p.weir("config", "show", env=env).out, "***")


@test
def the_store_keeps_no_secret_and_no_masked_value(p):
    p.write("a.csv", "mail,y\nann@example.org,1\nnonsense-value,2\n")
    p.catalog("assets: {a: {path: a.csv, columns: {mail: {type: string, pii: true}}, checks: [{match_regex: {column: mail, regex: '@'}}]}}\n")
    done = p.json("check", "--result-format", "COMPLETE").expect(1)
    assert "nonsense-value" not in done.out, done.out
    assert "nonsense-value" not in p.weir("check").out
    for where, _, names in os.walk(p.path(".weir")):
        for name in names:
            with open(os.path.join(where, name), "rb") as f:
                assert b"nonsense-value" not in f.read(), name


@test
def a_relationship_holds_for_the_version_of_the_other_asset_too(p):
    p.write("a.csv", "x\n1\n", at=3600)
    p.write("keys.csv", "k\n1\n", at=3600)
    p.catalog("""assets:
  raw/a: {path: a.csv, checks: [{not_null: x}, {relationships: {column: x, to: raw/keys, field: k}, name: known}]}
  raw/keys: {path: keys.csv}
  marts/m: {depends_on: [raw/a]}
""")
    p.weir("check").expect(0)
    same(unchecked(p), (0, []))
    p.write("keys.csv", "k\n2\n", at=1800)
    same(unchecked(p), (1, ["raw/a:known"]))
    done = p.json("gate", "marts/m", "--run").expect(1)
    same([(r["kind"], r["check"]) for r in done.json["reasons"]], [("check_failed", "raw/a:known")])
