"""JSON lines: nested paths, exact integers, mixed types, lines that are none."""
import gzip
import json

from project import same, test


def check(p, lines, checks, *args, columns=""):
    p.write("t.jsonl", lines if isinstance(lines, bytes) else "".join((x if isinstance(x, str) else json.dumps(x)) + "\n" for x in lines))
    return p.check(None, checks, *args, name="t.jsonl", columns=columns)


@test
def nested_values_have_paths(p):
    done = check(p, [{"u": {"id": 1, "n": {"x": "a"}}}, {"u": {"id": None}}, {"u": {}}, {}], ["not_null: u.id", "not_null: u.n.x"]).expect(1)
    same([done.check("t:not_null:" + c)["result"]["unexpected_count"] for c in ("u.id", "u.n.x")], [3, 3])


@test
def integers_are_exact(p):
    big = [9007199254740992, 9007199254740993, 9223372036854775807, -9223372036854775808]
    check(p, [{"a": x} for x in big], ["unique: a", "in_set: {column: a, values: %s}" % big]).expect(0)
    done = check(p, [{"a": 9007199254740993}], ["in_set: {column: a, values: [9007199254740992]}"]).expect(1)
    same(done.check("t:in_set:a")["result"]["partial_unexpected_list"], [9007199254740993])
    # Beyond 64 bits a number is one still, and none of a smaller one's neighbours.
    done = check(p, ['{"a": 18446744073709551617}', '{"a": 18446744073709551616}'], ["between: {column: a, max: 9223372036854775807}"]).expect(1)
    same(done.check("t:between:a")["result"]["unexpected_count"], 2)


@test
def mixed_types_are_told_apart_row_by_row(p):
    lines = [{"a": 1}, {"a": "1"}, {"a": True}, {"a": 1.0}, {"a": [1]}, {"a": {"b": 1}}, {"a": None}]
    done = check(p, lines, ["in_set: {column: a, values: ['1']}", "not_null: a"])
    same(done.check("t:in_set:a")["result"]["unexpected_count"], 5)
    same(done.check("t:not_null:a")["result"]["unexpected_count"], 1)
    # What cannot be compared is an error, never a pass.
    same(check(p, lines, ["between: {column: a, max: 5}"]).expect(3).outcomes()["t:between:a"], "error")


@test
def a_late_misfit_is_seen(p):
    lines = [{"a": i} for i in range(50000)] + [{"a": "x"}]
    same(check(p, lines, ["between: {column: a, min: 0}"]).expect(3).outcomes()["t:between:a"], "error")
    done = check(p, lines, ["between: {column: a, min: 0}"], columns="a: integer").expect(1)
    same((done.outcomes()["t:between:a"], done.outcomes()["t:type:a"]), ("fail", "fail"))
    same(done.check("t:type:a")["result"]["partial_unexpected_index_list"], [50000])


@test
def malformed_lines_are_counted(p):
    lines = ['{"a": 1}', '{"a": 2', "not json", "[1]", "5", '{"a": 1}{"a": 2}', "{'a': 1}", '{"a": 01}', '{"a": NaN}', '{"a": 1,}', '{"a": 3}']
    done = check(p, lines, ["row_count: 2"]).expect(1)
    same(done.check("t:well_formed")["result"]["observed_value"], 9)
    same(done.outcomes()["t:row_count_equal"], "pass")


@test
def a_column_that_no_line_has_is_an_error_unless_declared(p):
    same(check(p, [{"b": 1}], ["not_null: a"]).expect(3).outcomes()["t:not_null:a"], "error")
    same(check(p, [], ["not_null: a"]).outcomes()["t:not_empty"], "fail")


@test
def a_column_that_comes_late_is_found(p):
    lines = [{"a": 1}] * 30000 + [{"a": 1, "b": 5}]
    done = check(p, lines, ["not_null: b"], columns="b: integer").expect(1)
    same(done.check("t:not_null:b")["result"]["unexpected_count"], 30000)


@test
def compressed_lines_are_read(p):
    p.write("t.jsonl.gz", gzip.compress(b'{"a": 1}\n{"a": 2}\n'))
    p.check(None, ["row_count: 2"], name="t.jsonl.gz").expect(0)
    p.write("t.jsonl.gz", gzip.compress(b'{"a": 1}\n{"a": 2}\n' * 5000)[:-9])
    p.check(None, ["row_count: {min: 1}"], name="t.jsonl.gz").expect(3)


@test
def a_record_ends_with_its_line_also_where_json_could_go_on(p):
    # The lines in front make a shape, by which the others are read.
    lines = ['{"a": 1, "b": 2}'] * 3 + ['{"a": 1, "b": \n2}', '{"a": [1,\n2], "b": 2}', '{"a": 4, "b": 2}']
    for env in ({}, {"WEIR_MORSEL_BYTES": "5"}):
        p.env.update(env)
        done = check(p, lines, ["row_count: 4"]).expect(1)
        same(done.check("t:well_formed")["result"]["observed_value"], 4)
        same(done.outcomes()["t:row_count_equal"], "pass")


@test
def of_equal_keys_the_last_one_counts_with_its_members_alone(p):
    lines = ['{"u": {"id": 1, "x": {"y": 1}}, "u": {"x": {}}}', '{"u": {"id": 1}, "u": null}', '{"u": {"id": 1, "x": {"y": 2}}, "u": 5}',
             '{"u": {"id": 1}, "u": {"id": 2}}', '{"u": {"id": null, "x": {"y": 3}, "x": {"z": 1}}}', '{"u.id": 7, "u": {"id": 1}, "u": {}}'] * 3
    kept = [json.loads(line) for line in lines]
    ids = [o.get("u.id", o["u"].get("id") if isinstance(o["u"], dict) else None) for o in kept]
    same(ids[:6], [None, None, None, 2, None, 7])
    done = check(p, lines, ["not_null: u.id", "not_null: u", "sum: {column: u.id, max: 0}", "is_null: u.x.y"], columns="u.x.y: integer").expect(1)
    same(done.check("t:not_null:u.id")["result"]["unexpected_count"], ids.count(None))
    same(done.check("t:not_null:u")["result"]["unexpected_count"], 3)
    same(done.check("t:sum:u.id")["result"]["observed_value"], sum(i for i in ids if i))
    same(done.outcomes()["t:is_null:u.x.y"], "pass")
