"""Catalogs: how definitions are put together, and what is told of mistakes."""
import json
import os

from project import contains, same, test


def show(p, *words, **how):
    return p.weir("config", "show", *words, **how)


@test
def templates_make_one_asset_for_each_value(p):
    p.catalog("""assets:
  "raw/{t}": {for: {t: [carts, refunds]}, path: "{t}.csv", checks: [not_null: id]}
  raw/refunds: {checks: [unique: id]}
""")
    p.write("carts.csv", "id\n1\n1\n")
    p.write("refunds.csv", "id\n1\n1\n")
    done = p.json("check").expect(1)
    same({k: v for k, v in done.outcomes().items() if "not_empty" not in k and "well_formed" not in k},
         {"raw/carts:not_null:id": "pass", "raw/refunds:not_null:id": "pass", "raw/refunds:unique:id": "fail"})


@test
def templates_over_files_need_a_match(p):
    p.catalog('assets: {"raw/{t}": {for: {t: {glob: "data/*.csv"}}, path: "data/{t}.csv", checks: [not_null: id]}}\n')
    p.weir("check").expect(2, "weir.yaml:2", "data/*.csv")
    p.write("data/a.csv", "id\n1\n")
    p.write("data/b.csv", "id,x\n,1\n")
    done = p.json("check").expect(1)
    same((done.asset("raw/a")["outcome"], done.asset("raw/b")["outcome"]), ("pass", "fail"))


@test
def defaults_append_and_off_removes(p):
    p.write("a.csv", "id,v\n1,\n")
    p.catalog("""defaults:
  - {match: "raw/**", checks: [not_null: id], freshness: {max_age: 1h}, owners: ["team:a"]}
  - {match: ["raw/b", "raw/c"], owners: ["team:b"], freshness: off}
assets:
  raw/a: {path: a.csv, checks: [unique: id]}
  raw/b: {path: a.csv, checks: off}
  raw/c: {path: a.csv}
  x/d: {path: a.csv, exposed: true}
""")
    p.touch("a.csv", 2 * 3600)
    done = p.json("audit").expect(1)
    declared = {a["key"]: [c["id"].split(":", 1)[1] for c in a["checks"] if not c["implicit"]] for a in done.json["assets"]}
    same(declared, {"raw/a": ["not_null:id", "unique:id"], "raw/b": [], "raw/c": ["not_null:id"], "x/d": []})
    same({a["key"]: a["freshness"]["status"] for a in done.json["assets"]}, {"raw/a": "fail", "raw/b": "none", "raw/c": "none", "x/d": "none"})
    same({a["key"] for a in p.json("check", "owner:team:a").expect(0).json["assets"]} >= {"raw/a", "raw/c"}, True)


@test
def overlays_add_to_assets(p):
    p.write("a.csv", "id\n1\n\n")
    p.write("more/more.yaml", "assets: {a: {checks: [not_null: id], description: more}, b: {path: b.csv, checks: [not_null: id]}}\n")
    p.write("more/b.csv", "id\n1\n")
    p.catalog("catalog: [more/more.yaml]\nassets: {a: {path: a.csv, checks: [unique: id]}}\n")
    done = p.json("check").expect(1)
    same([c["id"] for c in done.asset("a")["checks"] if not c["implicit"]], ["a:unique:id", "a:not_null:id"])
    same(done.asset("b")["outcome"], "pass")  # its path starts at the folder of its own file
    p.catalog("catalog: [gone.yaml]\nassets: {a: {path: a.csv}}\n")
    p.weir("check").expect(2, "weir.yaml:2", "gone.yaml")
    p.catalog("catalog: [{import: dbt, from: manifest.json}]\nassets: {a: {path: a.csv}}\n")
    p.weir("check").expect(2, "manifest.json")
    p.write("more/more.yaml", "assets: {a: {chekcs: [not_null: id]}}\n")
    p.catalog("catalog: [more/more.yaml]\nassets: {a: {path: a.csv}}\n")
    p.weir("check").expect(2, "more.yaml:1:14", "did you mean 'checks'")


@test
def variables_must_be_set(p):
    p.write("a.csv", "id\n7\n")
    p.catalog("assets:\n  a:\n    path: ${NAME}.csv\n    checks:\n    - between:\n        column: id\n        min: ${LOW}\n")
    p.weir("check", env={"NAME": "a", "LOW": "7"}).expect(0)
    p.weir("check", env={"NAME": "a", "LOW": "8"}).expect(1)
    p.weir("check", env={"NAME": "a"}).expect(2, "LOW")
    p.weir("check", env={"NAME": "a", "LOW": "many"}).expect(3, "many")


@test
def the_effective_definition_says_where_it_comes_from(p):
    p.write("more.yaml", "assets: {raw/a: {owners: [them]}}\n")
    p.catalog("catalog: [more.yaml]\ndefaults: [{match: 'raw/*', freshness: {max_age: 1h}}]\nassets:\n  raw/a: {path: a.csv}\n")
    out = show(p, "raw/a", "--origin").expect(0).out
    contains(out, "weir.yaml:3", "weir.yaml:5", "more.yaml:1")
    show(p, "raw/b").expect(2, "raw/a")


@test
def the_schemas_are_json_schemas(p):
    p.catalog("assets: {a: {path: a.csv, checks: [not_null: id]}}\n")
    for which in ((), ("catalog",), ("report",)):
        schema = json.loads(p.weir("config", "schema", *which).expect(0).out)
        assert "$schema" in schema, which
    try:
        import jsonschema
    except ImportError:
        return "SKIP python3-jsonschema is not installed"
    schema = json.loads(p.weir("config", "schema").out)
    v = jsonschema.validators.validator_for(schema)
    v.check_schema(schema)
    good = {"version": 1, "assets": {"a": {"path": "a.csv", "columns": {"x": "integer"}, "freshness": "off", "checks": [{"not_null": "x"}]}}}
    same([e.message for e in v(schema).iter_errors(good)], [])
    for bad in ({"assets": {"a": {"pth": "a.csv"}}}, {"assets": {"a": {"freshness": {"max_age": 5, "cronn": "x"}}}}, {"asets": {}}):
        assert list(v(schema).iter_errors(dict(bad, version=1))), bad
    return None


def mistakes(p, text, **how):
    """Of `weir validate`: (line, message) of each error."""
    p.write("weir.yaml", text)
    done = p.weir("validate", **how)
    found = []
    for line in done.err.splitlines():
        parts = line.split(":", 4)
        if len(parts) == 5 and parts[3] == " error":
            found.append((int(parts[1]), int(parts[2]), parts[4].strip()))
    return done, found


@test
def mistakes_in_checks_and_elsewhere_are_told_in_one_go(p):
    p.write("a.csv", "id\n1\n")
    text = """version: 1
assets:
  a:
    path: a.csv
    columns: {id: integer, day: dat}
    freshness: {max_age: 1 day}
    checks:
      - not_nul: id
      - {between: {column: id, min: 3, max: 1}}
      - {not_null: id, where: "id >"}
      - {expr: "id + day"}
      - {match_regex: {column: day, regex: "["}}
      - not_null: idd
  b:
    depends_on: [c]
  c:
    depends_on: [b]
  d: {path: d.csv, foo: 1}
"""
    done, found = mistakes(p, text)
    done.expect(2)
    lines = [f[0] for f in found]
    for line in (5, 6, 8, 9, 10, 12, 18):
        same((line, lines.count(line)), (line, 1))
    assert any("b -> c -> b" in f[2] or "c -> b -> c" in f[2] for f in found), found
    same(sorted(lines), lines)
    same(done.out, "")


@test
def a_clean_catalog_validates_silently(p):
    done, found = mistakes(p, "version: 1\nassets: {a: {path: a.csv, checks: [not_null: id]}}\n")
    same((done.status, found, done.err), (0, [], ""))


@test
def yaml_that_is_none_is_told_with_its_place(p):
    for text in ("version: 1\nassets: {a: {path: x.csv}\n", "version: 1\nassets:\n\ta: {}\n", "version: 1\nassets: {a: {}, a: {}}\n", "version: 1\nversion: 1\n",
                 "[]\n", "version: 2\nassets: {}\n", "version: 1\nassets: {a: &x {path: a.csv}, b: *y}\n", "version: 1\nassets: !!python/object {}\n",
                 "version: 1\nassets: {a: {path: \"\\xZZ\"}}\n", "version: 1\nassets: 5\n", "version: 1\n---\nversion: 1\n"):
        done, found = mistakes(p, text)
        same((text, done.status, done.out), (text, 2, ""))
        assert "weir.yaml" in done.err and "error:" in done.err, (text, done.err)


@test
def aliases_cannot_blow_up(p):
    text = "version: 1\nx0: &x0 [a, a, a, a, a, a, a, a, a, a]\n" + "".join("x%d: &x%d [%s]\n" % (i, i, ", ".join(["*x%d" % (i - 1)] * 10)) for i in range(1, 9))
    p.write("weir.yaml", text)
    p.weir("validate").expect(2)
    p.write("weir.yaml", "version: 1\nassets: " + "[" * 5000 + "]" * 5000 + "\n")
    p.weir("validate").expect(2)


@test
def a_cycle_is_printed_as_a_path(p):
    p.catalog("assets: {a: {depends_on: [c]}, b: {depends_on: [a]}, c: {depends_on: [b]}, d: {depends_on: [d]}}\n")
    err = p.weir("check").expect(2).err
    contains(err, "a -> b -> c -> a" if "a -> b -> c -> a" in err else "a -> c -> b -> a", "d -> d")


@test
def a_store_that_the_catalog_names_is_relative_to_it(p):
    for i, store in enumerate(("state/x.db", "sqlite:y.db")):
        p.write("p%d/weir.yaml" % i, "version: 1\nstore: %s\nassets: {a: {path: a.csv, checks: [not_null: id]}}\n" % store)
        p.write("p%d/a.csv" % i, "id\n1\n")
        p.weir("check", "-C", "p%d" % i).expect(0)
    same((os.path.exists(p.path("p0/state/x.db")), os.path.exists(p.path("p1/y.db"))), (True, True))
    p.catalog("store: postgresql://x/y\nassets: {a: {path: p0/a.csv, checks: [not_null: id]}}\n")
    assert p.weir("check").status in (2, 3)


@test
def a_check_that_can_never_fail_is_a_warning(p):
    p.write("t.csv", "x\n1\n")
    for check, warned in (("mean: x", True), ("row_count: {}", True), ("in_set: {column: x, values: null}", True), ("mean: {column: x, min: 0}", False),
                          ("{mean: x, fail: \"> 3\"}", False), ("in_set: {column: x, values: [1]}", False), ("not_null: x", False)):
        p.catalog("assets:\n  t: {path: t.csv, checks: [%s]}\n" % (check if check.startswith("{") else "{%s}" % check))
        done = p.weir("validate").expect(0)
        same("can never fail" in done.err, warned, check)
