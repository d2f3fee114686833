"""CSV as it comes: encodings, quotes, compression, many files; and what must not pass for data."""
import gzip
import os
import shutil
import subprocess

from project import contains, same, test


def counts(done, check):
    r = done.check(check)["result"]
    return r["element_count"], r["unexpected_count"]


@test
def a_byte_order_mark_and_crlf_are_no_data(p):
    done = p.check(b"\xef\xbb\xbf\"a\",b\r\n1,\"x\"\"y\r\nz\"\r\n2,ok\r\n",
                   ["columns: [a, b]", "match_regex: {column: b, regex: '^(x\"y\\r\\nz|ok)$'}", "row_count: 2", "sum: {column: a, min: 3, max: 3}"])
    done.expect(0)


@test
def a_quoted_empty_field_is_a_text_and_an_unquoted_one_is_null(p):
    done = p.check('a,b\n"",1\n,2\n', ["not_null: a"]).expect(1)
    same(counts(done, "t:not_null:a"), (2, 1))
    same(done.check("t:not_null:a")["result"]["partial_unexpected_index_list"], [1])


@test
def null_tokens_count_only_without_quotes(p):
    done = p.check('a,b\nNA,1\n"NA",2\n-,3\n,4\nx,5\n', ["not_null: a"], asset='csv: {null: ["NA", "-"]}').expect(1)
    same(counts(done, "t:not_null:a"), (5, 2))


@test
def ragged_rows_are_counted_told_and_left_out(p):
    done = p.check("a,b\n1,2\n3\n4,5,6\n7,8\n", ["row_count: {min: 1}", "not_null: b"]).expect(1)
    same(done.check("t:well_formed")["result"]["observed_value"], 2)
    same(done.check("t:row_count")["result"]["observed_value"], 2)
    same(done.outcomes()["t:well_formed"], "fail")
    contains(p.weir("check").expect(1).out, "2 records", "line 3: 1 field where 2 are expected; line 4: 3 fields where 2 are expected")
    places = done.check("t:well_formed")["result"]["details"]["malformed"]
    same([(m["line"], m["reason"]) for m in places], [(3, "1 field where 2 are expected"), (4, "3 fields where 2 are expected")])


@test
def malformed_records_are_told_by_line_at_any_cut(p):
    lines = ["a,b"] + ["1" if i % 7 == 3 else f'{i},"x\ny"' for i in range(200)]
    text = "\n".join(lines) + "\n"
    numbers = [text[:at].count("\n") + 1 for at in range(1, len(text)) if text[at - 1 : at + 2] == "\n1\n"]
    same(len(numbers), 29)
    for size in ("13", "64", "100000"):
        p.env["WEIR_MORSEL_BYTES"] = size
        done = p.check(text, ["row_count: 171"]).expect(1)
        told = done.check("t:well_formed")["result"]["details"]
        same([m["line"] for m in told["malformed"]], numbers[:20])
        same(told["cut"], True)
        contains(done.check("t:well_formed")["message"], "(lines " + ", ".join(map(str, numbers[:5])) + " and 24 more): 1 field where 2 are expected")


@test
def a_quote_that_never_ends_is_malformed(p):
    done = p.check('a,b\n1,2\n3,"4\n5,6\n7,8\n', ["not_null: a"]).expect(1)
    same(done.outcomes()["t:well_formed"], "fail")


@test
def other_delimiters_and_quotes_are_read(p):
    p.check("a;b\n'x;y';1\n", ["columns: [a, b]", "in_set: {column: a, values: ['x;y']}"], asset="csv: {delimiter: ';', quote: \"'\"}").expect(0)
    p.check("a\tb\nx,y\t1\n", ["columns: [a, b]", "in_set: {column: a, values: ['x,y']}"], name="t.tsv").expect(0)
    # The wrong delimiter is no pass: there is no such column.
    same(p.check("a;b\nx;1\n", ["not_null: a"]).expect(3).outcomes()["t:not_null:a"], "error")


@test
def a_header_alone_is_not_data(p):
    done = p.check("a,b\n", ["not_null: a", "unique: a"]).expect(1)
    same(done.outcomes()["t:not_empty"], "fail")
    same(done.outcomes()["t:not_null:a"], "pass")
    p.check("a,b\n", ["not_null: a"], asset="allow_empty: true").expect(0)


@test
def what_is_no_text_in_utf_8_is_an_error_whatever_its_name(p):
    rows = "id,n\n1,a\n2,b\n"
    refused = [(rows.encode("utf-16"), "UTF-16"), (("\ufeff" + rows).encode("utf-16-be"), "UTF-16"), (rows.encode("utf-16-le"), "UTF-16"),
               (rows.encode("utf-16-be"), "UTF-16"), (rows.encode("utf-32"), "UTF-32"), (gzip.compress(rows.encode()), "packed by gzip"),
               (b"\x28\xb5\x2f\xfd\x20\x03", "packed by zstd"), (b"PK\x03\x04\x14\x00", "a ZIP archive or a workbook"),
               (b"PAR1\x15\x04\n\nPAR1", "a Parquet file"), (b"SQLite format 3\x00\x10", "an SQLite database"),
               (b"<!DOCTYPE html>\n<html>404, not found</html>\n", "a page of HTML"), (b"<?xml version='1.0'?>\n", "XML")]
    for name, asset in (("t.csv", ""), ("t.csv", "csv: {header: false}"), ("t.jsonl", "")):
        for content, what in refused:
            done = p.check(content, ["row_count: {min: 0}"], name=name, asset=asset).expect(3)
            same(set(done.outcomes().values()), {"error"})
            contains(p.weir("check").out, "'t.%s' is %s" % (name[2:], what), "hint: ")
    # What only looks like it is data.
    p.check("PAR1,PK\n1,2\n", ["columns: [PAR1, PK]", "not_null: PAR1"]).expect(0)
    p.check("<a>,BZh9\n1,2\n", ["columns: ['<a>', BZh9]"]).expect(0)
    # NUL bytes in a value are data, as ever.
    p.check("a,b\nx\0y,1\n", ["length_between: {column: a, min: 3, max: 3}"]).expect(0)


@test
def endings_tell_the_same_in_capitals(p):
    rows = b"a,b\n1,2\n"
    for name, content in (("T.CSV", rows), ("T.Csv.GZ", gzip.compress(rows)), ("T.TSV", rows.replace(b",", b"\t")), ("T.JSONL.Gz", gzip.compress(b'{"a": 1, "b": 2}\n'))):
        p.check(content, ["columns: [a, b]", "sum: {column: b, min: 2, max: 2}"], name=name).expect(0)
        p.write("s.yaml", "checks: [{not_null: a}]")
        p.weir("check", "--source", name, "--suite", "s.yaml", "--store", ":memory:").expect(0)
    # And where the catalog says the format, the packing is told by the name alone.
    p.check(gzip.compress(rows), ["not_null: a"], name="U.GZ", asset="format: csv").expect(0)


@test
def lines_that_end_in_carriage_returns_alone_are_an_error(p):
    for content, asset in (("a,b\r1,2\r3,4\r", ""), ("a,b\r1,2\r3,4\n", ""), ("a,b\r1,2\r3,4", "csv: {header: false}"), ("a,b\r" + "1,2\r" * 70000, "")):
        done = p.check(content, ["row_count: {min: 0}"], asset=asset + "\n    allow_empty: true").expect(3)
        same(set(done.outcomes().values()), {"error"})
        contains(p.weir("check").out, "has lines that end in carriage returns alone", "tr '\\r' '\\n'")
    p.check('"a\rb",c\n1,x\ry\n', ["columns: [\"a\\rb\", c]", "length_between: {column: c, min: 3, max: 3}"]).expect(0)


@test
def an_empty_file_is_an_error(p):
    for content in ("", b"\xef\xbb\xbf", "\n", "\n\n\n"):
        done = p.check(content, ["not_null: a", "row_count: {min: 0}"])
        assert done.status == 3, (content, done.status, done.out)
    # Even where no rows are fine: without a header nobody knows what it is.
    p.check("", ["not_null: a"], asset="allow_empty: true").expect(3)


@test
def a_missing_file_a_folder_without_files_and_an_empty_glob_are_errors(p):
    p.check(None, ["not_null: a"]).expect(3, "t.csv")
    os.mkdir(p.path("empty.csv"))
    p.check(None, ["not_null: a"], name="empty.csv").expect(3)
    p.check(None, ["not_null: a"], name="'nothing-*.csv'").expect(3)
    os.symlink("nowhere.csv", p.path("dangling.csv"))
    p.check(None, ["not_null: a"], name="dangling.csv").expect(3)
    p.check(None, ["not_null: a"], name="'dang*.csv'").expect(3)
    os.mkfifo(p.path("pipe.csv"))
    p.check(None, ["not_null: a"], name="pipe.csv").expect(3)


@test
def a_folder_is_the_files_in_it(p):
    for name in ("d.csv/1.csv", "d.csv/2.csv"):
        p.write(name, "a\n1\n")
    p.write("d.csv/_SUCCESS", "")
    p.write("d.csv/.hidden", "junk,junk\n")
    same(p.check(None, ["row_count: 2"], name="d.csv").expect(0).check("t:row_count_equal")["result"]["observed_value"], 2)
    p.check(None, ["row_count: 2"], name="'*.csv'").expect(0)
    p.write("d.csv/3.csv", "a\n\n")
    p.check(None, ["not_null: a"], name="'*.csv'").expect(1)


@test
def all_files_of_a_glob_count(p):
    for i in range(12):
        p.write("in/%02d.csv" % i, "a,b\n%d,1\n" % i)
    done = p.check(None, ["row_count: 12", "max: {column: a, min: 11, max: 11}"], name="'in/*.csv'").expect(0)
    p.write("in/12.csv", "a,b\n,1\n")
    done = p.check(None, ["not_null: a"], name="'in/*.csv'").expect(1)
    same(counts(done, "t:not_null:a"), (13, 1))
    same(done.check("t:not_null:a")["result"]["partial_unexpected_index_list"], [12])
    p.check(None, ["row_count: 12"], name="'**/0*.csv'").expect(1)


@test
def files_of_a_glob_that_differ_in_their_columns_are_an_error(p):
    p.write("in/1.csv", "a,b\n1,100\n")
    for name, second in (("swapped", "b,a\n100,1\n"), ("fewer", "a\n1\n"), ("more", "a,b,c\n1,2,3\n"), ("none", "")):
        p.write("in/2.csv", second)
        done = p.check(None, ["between: {column: a, max: 5}"], name="'in/*.csv'")
        same((done.status, done.outcomes()["t:between:a"]), (3, "error"), name)
        contains(done.out, "in/2.csv")


@test
def compressed_files_are_read_to_their_end(p):
    text = "a,s\n" + "".join("%d,x%d\n" % (i, i * 7919) for i in range(30000))
    whole = gzip.compress(text.encode())
    p.write("t.csv.gz", whole)
    p.check(None, ["row_count: 30000", "unique: a"], name="t.csv.gz").expect(0)
    p.write("t.csv.gz", whole + gzip.compress(b"-1,y\n"))
    p.check(None, ["row_count: 30001"], name="t.csv.gz").expect(0)
    for name, content in (("cut", whole[:-5000]), ("without its check sum", whole[:-4]), ("with a wrong check sum", whole[:-8] + b"\0" * 8),
                          ("nothing", b""), ("text", b"a,s\n1,2\n"), ("trailing junk", whole + b"junk"),
                          ("flipped", whole[:9000] + bytes([whole[9000] ^ 255]) + whole[9001:])):
        p.write("t.csv.gz", content)
        done = p.check(None, ["not_null: a", "row_count: {min: 1}"], name="t.csv.gz")
        same((name, done.status, set(done.outcomes().values())), (name, 3, {"error"}))


@test
def zstd_files_are_read_to_their_end(p):
    if shutil.which("zstd") is None:
        return "SKIP there is no zstd"
    text = "a,s\n" + "".join("%d,x%d\n" % (i, i * 7919) for i in range(30000))
    whole = subprocess.run(["zstd", "-q", "-c"], input=text.encode(), stdout=subprocess.PIPE, check=True).stdout
    p.write("t.csv.zst", whole)
    p.check(None, ["row_count: 30000", "unique: a"], name="t.csv.zst").expect(0)
    for name, content in (("cut", whole[:-3000]), ("nothing", b""), ("text", b"a,s\n1,2\n"), ("trailing junk", whole + b"junk"),
                          ("flipped", whole[:9000] + bytes([whole[9000] ^ 255]) + whole[9001:])):
        p.write("t.csv.zst", content)
        done = p.check(None, ["not_null: a"], name="t.csv.zst")
        same((name, done.status, set(done.outcomes().values())), (name, 3, {"error"}))
    return None


@test
def what_may_not_be_read_is_an_error(p):
    """Root reads everything: there the program runs as nobody."""
    import project
    p.write("in/1.csv", "a\n1\n")
    p.write("in/2.csv", "a\n1\n")
    p.catalog("store: ':memory:'\nassets: {t: {path: 'in/*.csv', checks: [not_null: a]}}\n")
    how = {}
    weir = project.WEIR
    if os.geteuid() == 0:
        os.chmod(p.dir, 0o755)
        # Nobody cannot reach a build below root's home.
        with open(weir, "rb") as f:
            weir = p.program("weir", f.read())
        how["user"] = 65534
    if subprocess.run([weir, "check"], cwd=p.dir, env=p.env, capture_output=True, check=False, **how).returncode != 0:
        return "SKIP the program cannot run as another user here"
    for path in ("in/2.csv", "in"):
        os.chmod(p.path(path), 0)
        done = subprocess.run([weir, "check"], cwd=p.dir, env=p.env, capture_output=True, check=False, text=True, **how)
        os.chmod(p.path(path), 0o755)
        same((path, done.returncode), (path, 3))
        contains(done.stdout, "Permission denied", path)
    return None


@test
def two_columns_of_one_name_are_an_error(p):
    p.check("a,a\n1,\n", ["not_null: a"]).expect(3, "'a'")


@test
def a_file_without_a_header_has_numbered_columns(p):
    done = p.check("1,2\n,4\n", ["row_count: 2", "columns: [column_1, column_2]"], asset="csv: {header: false}")
    done.expect(0)
    p.check("1,2\n,4\n", ["not_null: column_1"], asset="csv: {header: false}").expect(1)


@test
def row_numbers_count_data_rows_at_any_thread_count(p):
    text = "a,b\n" + "".join('%s,"line\nbreak %d"\n' % ("" if i % 997 == 5 else i, i) for i in range(60000))
    bad = [i for i in range(60000) if i % 997 == 5]
    for threads in (1, 2, 5):
        done = p.check(text, ["not_null: a", "unique: b"], "--threads", threads, "--result-format", "COMPLETE").expect(1)
        r = done.check("t:not_null:a")["result"]
        same((r["unexpected_count"], r["unexpected_index_list"]), (len(bad), bad), "%d threads" % threads)


@test
def a_file_that_changes_while_it_is_read_is_no_pass(p):
    """Growing all the time: the run ends in an error, or it judged a moment; it never hangs and never crashes."""
    text = "a,b\n" + "1,2\n" * 400000
    p.write("t.csv", text)
    p.catalog("assets: {t: {path: t.csv, checks: [not_null: a]}}\n")
    _, run = p.start("check", "--format", "json")
    with open(p.path("t.csv"), "a", encoding="ascii") as f:
        while run.poll() is None:
            f.write("1,2\n" * 100)
            f.flush()
    run.communicate()
    assert run.returncode in (0, 3), run.returncode
