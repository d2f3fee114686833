"""Parts of files that did not change are not read again - and what is said is the same as if they were, whatever was done to them."""
import os
import random
import shutil
import sys

from project import contains, same, test

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "differential"))

import parquet_tables  # noqa: E402
import tables  # noqa: E402

CHECKS = ["{row_count: {min: 1}}", "{unique: id}", "{not_null: v}", "{in_set: {column: s, values: [a, b, c]}}",
          "{between: {column: v, min: 0, max: 90}}", "{mean: {column: v, min: 40, max: 50}}", "{max: {column: v, max: 99}}",
          "{unique_count: {column: s, min: 1, max: 3}}", "{increasing: id}", "{match_regex: {column: s, regex: '^[a-c]$', mostly: 0.9}}",
          "{median: {column: v, min: 30, max: 60}}", "{unique_together: [id, s]}", "{expr: 'v < 80 OR id > 5'}",
          "{unique_count: {column: id, min: 1, max: 50, approx: true}}", "{median: {column: v, min: 60, max: 70, approx: true}}",
          "{most_common_in_set: {column: s, values: [b], approx: true}}", "{not_null: v, by: s}", "{unique: id, by: s}",
          "{mean: {column: v, min: 44, max: 48}, by: s}"]


def catalog(p, form, checks=None, columns=""):
    p.catalog("assets:\n  t:\n    path: \"data/*.%s\"\n    format: %s\n%s    checks:\n%s" % (
        form, form, columns, "".join("      - %s\n" % c for c in checks or CHECKS)))


class Parts:
    """Files with some rows each.  Their times lie in the past, each change a second later, so that they can be kept."""

    def __init__(self, p, form, seed):
        self.p, self.form, self.r = p, form, random.Random(seed)
        self.clock, self.ids, self.names = 1500000000, 0, 0
        os.makedirs(p.path("data"), exist_ok=True)

    def rows(self, n):
        rows = []
        for _ in range(n):
            self.ids += 1
            rows.append([self.ids if self.r.random() < 0.995 else self.ids - 1, self.r.choice([None, 0, 7, 45, 90, 99, self.r.randint(-3, 100)]),
                         self.r.choice("aaabbbcd")])
        return rows

    def path(self, name):
        return self.p.path("data/%s.%s" % (name, self.form))

    def put(self, name, rows):
        columns = [tables.Column(n, k, "", [row[i] for row in rows]) for i, (n, k) in enumerate(
            (("id", "integer"), ("v", "integer"), ("s", "string")))]
        if self.form == "parquet":
            parquet_tables.write(columns, self.path(name), self.r, 2)
        else:
            {"csv": tables.write_csv, "jsonl": tables.write_jsonl}[self.form](columns, self.path(name))
        self.age(name)

    def age(self, name):
        self.clock += 1
        os.utime(self.path(name), (self.clock, self.clock))

    def listed(self):
        return sorted(f.rsplit(".", 1)[0] for f in os.listdir(self.p.path("data")))

    def add(self):
        self.names += 1
        self.put("p%s%02d" % (self.r.choice("abc"), self.names), self.rows(self.r.choice([0, 1, 3, 40]) + (self.form == "parquet")))

    def change(self):
        """One edit of any kind; False if it left all bytes as they were."""
        name, kind = self.r.choice(self.listed()), self.r.randrange(9)
        if kind == 0 or len(self.listed()) < 3:
            self.add()
        elif kind == 1:
            self.put(name, self.rows(20))
        elif kind == 2:
            os.unlink(self.path(name))
        elif kind == 3 and self.form != "parquet":  # one byte, the same size and time
            before = os.stat(self.path(name))
            with open(self.path(name), "r+b") as f:
                text = f.read()
                at = max(text.rfind(b"a"), text.rfind(b"b"))
                if at > 20:
                    f.seek(at)
                    f.write(b"d")
            os.utime(self.path(name), ns=(before.st_atime_ns, before.st_mtime_ns))
        elif kind == 4:  # a file takes the place of another
            other = self.r.choice(self.listed())
            if other != name:
                os.replace(self.path(other), self.path(name))
        elif kind == 5:  # a copy, times and all, under another name
            self.names += 1
            shutil.copy2(self.path(name), self.path("p%s%02d" % (self.r.choice("abc"), self.names)))
        elif kind == 6:  # another name, and so another place in the order
            self.names += 1
            os.rename(self.path(name), self.path("p%s%02d" % (self.r.choice("abc"), self.names)))
        elif kind == 7:  # two files take each other's place
            other = self.r.choice(self.listed())
            os.rename(self.path(name), self.path("aside"))
            if other != name:
                os.rename(self.path(other), self.path(name))
            os.rename(self.path("aside"), self.path(other))
        else:
            return False
        return True


def told(done):
    """What a report says of the data."""
    a = done.asset("t")
    return [(c["id"], c["outcome"], c["result"]) for c in a["checks"]], a["outcome"], a.get("error")


def agree(p, what, *args):
    """How many of how many parts were reused, once both say the same."""
    p.settle()
    kept = p.json("check", *args)
    same(told(kept), told(p.json("check", "--no-reuse", *args)), what)
    return kept.asset("t")["parts_reused"], kept.asset("t")["parts"]


def edited_at_random(p, form, seed):
    parts = Parts(p, form, seed)
    # What is shown is part of the metrics: other rows are another metric.
    form_of_results = ["SUMMARY", "COMPLETE"][seed % 2]
    catalog(p, form)
    for _ in range(4):
        parts.add()
    parts.put("first", parts.rows(30))
    agree(p, "first", "--result-format", form_of_results)
    reused = 0
    for step in range(10):
        changed = any([parts.change() for _ in range(parts.r.choice([0, 1, 1, 2]))])
        n, of = agree(p, "%s, seed %d, step %d" % (form, seed, step), "--threads", parts.r.choice([1, 2, 4]),
                      "--result-format", form_of_results)
        if not changed:
            same(n, of, "nothing changed at step %d" % step)
        reused += n
    if reused < 10:
        raise AssertionError("only %d parts were reused" % reused)


@test
def random_edits_of_csv_never_lead_to_a_wrong_reuse(p):
    edited_at_random(p, "csv", 1)
    shutil.rmtree(p.path("data"))
    edited_at_random(p, "csv", 2)


@test
def random_edits_of_json_lines_never_lead_to_a_wrong_reuse(p):
    edited_at_random(p, "jsonl", 3)


@test
def random_edits_of_parquet_never_lead_to_a_wrong_reuse(p):
    edited_at_random(p, "parquet", 4)


@test
def a_change_reads_its_part_and_no_other(p):
    parts = Parts(p, "csv", 5)
    catalog(p, "csv")
    for i in range(6):
        parts.put("p%d" % i, parts.rows(10))
    same(agree(p, "first"), (0, 6))
    same(agree(p, "again"), (6, 6))
    parts.put("p3", parts.rows(11))
    same(agree(p, "one changed"), (5, 6))
    os.unlink(parts.path("p1"))
    same(agree(p, "one gone"), (5, 5))
    contains(p.weir("check").out, "reused 5 of 5 parts")


@test
def a_lone_file_is_reused_as_a_whole(p):
    parts = Parts(p, "csv", 6)
    catalog(p, "csv")
    parts.put("p", parts.rows(500))
    same(agree(p, "first"), (0, 1))
    same(agree(p, "again"), (1, 1))
    parts.put("p", parts.rows(500))
    same(agree(p, "changed"), (0, 1))


@test
def other_checks_and_other_types_read_again(p):
    parts = Parts(p, "csv", 7)
    for i in range(3):
        parts.put("p%d" % i, parts.rows(10))
    catalog(p, "csv", CHECKS[:4])
    same(agree(p, "first"), (0, 3))
    catalog(p, "csv", CHECKS)
    same(agree(p, "new checks"), (0, 3))
    same(agree(p, "again"), (3, 3))
    catalog(p, "csv", CHECKS[:2] + CHECKS[5:])
    same(agree(p, "fewer checks"), (3, 3))
    catalog(p, "csv", CHECKS[:4] + ["{between: {column: v, min: 0, max: 91}}"])
    same(agree(p, "another bound"), (0, 3))
    catalog(p, "csv", CHECKS[:4], "    columns: {v: string}\n")
    same(agree(p, "another type"), (0, 3))
    catalog(p, "csv", CHECKS[:4], "    csv: {null: ['', a]}\n")
    same(agree(p, "another null"), (0, 3))


@test
def what_was_just_written_or_has_malformed_lines_is_not_kept(p):
    parts = Parts(p, "csv", 8)
    catalog(p, "csv", CHECKS[:4])
    for i in range(3):
        parts.put("p%d" % i, parts.rows(10))
    with open(parts.path("p1"), "a", encoding="ascii") as f:
        f.write("too,many,fields,here\n")
    parts.age("p1")
    os.utime(parts.path("p2"))  # now
    agree(p, "first")
    same(agree(p, "again"), (1, 3))


@test
def another_zone_makes_other_instants_of_the_same_bytes(p):
    p.write("t.csv", "t\n2024-01-01T00:30:00\n2024-01-01T05:30:00\n", at=3600)
    for zone, bad, reused in (("Europe/Berlin", 1, 0), ("Europe/Berlin", 1, 1), ("UTC", 0, 0), ("America/New_York", 1, 0), ("UTC", 0, 0)):
        p.catalog("timezone: %s\nassets:\n  t:\n    path: t.csv\n    columns: {t: timestamptz}\n"
                  "    checks: [{between: {column: t, min: \"2024-01-01T00:00:00Z\", max: \"2024-01-01T08:00:00Z\"}}]\n" % zone)
        p.settle()
        done = p.json("check")
        same((done.check("t:between:t")["result"]["unexpected_count"], done.asset("t")["parts_reused"]), (bad, reused), zone)


def kept_files(p):
    return [os.path.join(folder, name) for folder, _, names in os.walk(p.path(".weir/kept")) for name in names]


@test
def a_file_of_kept_states_that_is_damaged_is_not_believed(p):
    parts = Parts(p, "csv", 9)
    catalog(p, "csv", CHECKS[:4])
    parts.put("p", parts.rows(50))
    agree(p, "first")
    for path in kept_files(p):
        same(os.stat(path).st_mode & 0o777, 0o600)
        with open(path, "r+b") as f:
            f.seek(200)
            byte = f.read(1)
            f.seek(200)
            f.write(bytes([byte[0] ^ 1]))
    contains(p.weir("check", "--explain").out, "reused 0 of 1 part", "it is damaged")
    same(agree(p, "mended"), (1, 1))


@test
def what_another_version_of_weir_kept_is_read_anew(p):
    """It may have read the same bytes otherwise: a wrong pass must not outlive the version that is mended."""
    parts = Parts(p, "csv", 11)
    catalog(p, "csv", CHECKS[:4])
    parts.put("p", parts.rows(50))
    p.settle()
    p.weir("check")
    contains(p.weir("check", "--explain").out, "reused 1 of 1 part")
    version = p.weir("--version").out.split()[1].encode()
    for path in kept_files(p):
        with open(path, "r+b") as f:
            head = f.readline()
            assert version in head, head
            f.seek(0)
            f.write(head.replace(version, b"9" * len(version)))
    contains(p.weir("check", "--explain").out, "reused 0 of 1 part", "of another version")


@test
def the_order_of_parts_is_part_of_what_they_are(p):
    """Files that take each other's place, known by their content alone: the same parts, and the first rows are others."""
    parts = Parts(p, "csv", 10)
    catalog(p, "csv", columns="    version: {from: content}\n")
    for name in ("a", "b", "c"):
        parts.put(name, parts.rows(30))
    agree(p, "first")
    same(agree(p, "again"), (3, 3))
    os.rename(parts.path("a"), parts.path("x"))
    os.rename(parts.path("c"), parts.path("a"))
    os.rename(parts.path("x"), parts.path("c"))
    agree(p, "exchanged")
    same(agree(p, "exchanged, again"), (3, 3))
    os.rename(parts.path("b"), parts.path("z"))
    agree(p, "last")
    os.unlink(parts.path("a"))
    agree(p, "two")


@test
def values_over_all_parts_are_of_their_own_metric(p):
    """States of quantiles are the same whatever is asked of them; what they came to is not."""
    parts = Parts(p, "csv", 11)
    for i in range(3):
        parts.put("p%d" % i, parts.rows(40))
    catalog(p, "csv", ["{median: {column: v, min: 200, max: 300}}"])
    agree(p, "median")
    catalog(p, "csv", ["{quantiles: {column: v, quantile_ranges: {quantiles: [0.95], value_ranges: [[200, 300]]}}}"])
    same(agree(p, "percentile"), (3, 3))
    same(agree(p, "percentile, again"), (3, 3))
    catalog(p, "csv", ["{quantiles: {column: v, quantile_ranges: {quantiles: [0.05], value_ranges: [[200, 300]]}}}", "{median: {column: v, min: 200, max: 300}}"])
    same(agree(p, "both"), (3, 3))


@test
def states_with_other_edges_are_others(p):
    """Histograms count as they go: counts between as many other edges are no counts of these."""
    parts = Parts(p, "csv", 15)
    for i in range(3):
        parts.put("p%d" % i, parts.rows(60))
    for edge in (10, 60, 10):
        catalog(p, "csv", ["{expect_column_kl_divergence_to_be_less_than: {column: v, threshold: 9, tail_weight_holdout: 0.1,"
                           " partition_object: {bins: [-5, %d, 101], weights: [0.5, 0.5]}}}" % edge])
        agree(p, "edge %d" % edge)
    same(agree(p, "again"), (3, 3))


@test
def relationships_are_looked_up_anew(p):
    parts = Parts(p, "csv", 12)
    for i in range(3):
        parts.put("p%d" % i, parts.rows(40))
    catalog(p, "csv", ["{not_null: s}", "{relationships: {column: s, to: r, field: k}}"])
    with open(p.path("weir.yaml"), "a", encoding="ascii") as f:
        f.write("  r: {path: ref.csv}\n")
    for step, keys in enumerate(["abcd", "abc", "abcd", "ab", "ab"]):
        with open(p.path("ref.csv"), "w", encoding="ascii") as f:
            f.write("k\n" + "".join(k + "\n" for k in keys))
        os.utime(p.path("ref.csv"), (1400000000 + step, 1400000000 + step))
        agree(p, "step %d" % step, "t")


@test
def large_states_are_read_only_when_a_part_changed_and_not_believed_when_damaged(p):
    parts = Parts(p, "csv", 13)
    catalog(p, "csv", ["{unique: id}", "{max: {column: v, max: 99}}"])
    for i in range(4):
        parts.ids = 1000 * i
        parts.put("p%d" % i, sorted(parts.rows(900), key=lambda row: row[0] * 7919 % 1009))
    agree(p, "first")
    with open(kept_files(p)[0], "r+b") as f:
        f.seek(600)
        byte = f.read(1)
        f.seek(600)
        f.write(bytes([byte[0] ^ 4]))
    same(agree(p, "unchanged"), (4, 4), "nothing of them is read")
    parts.put("p3", parts.rows(20))
    n, of = agree(p, "one changed")
    if of != 4 or n not in (1, 2):
        raise AssertionError("%d of %d parts were reused beside damaged ones" % (n, of))
    same(agree(p, "again"), (4, 4))
    parts.put("p3", parts.rows(21))
    same(agree(p, "mended"), (3, 4))


@test
def no_second_file_is_left_beside_what_is_kept(p):
    parts = Parts(p, "csv", 14)
    catalog(p, "csv")
    for i in range(3):
        parts.put("p%d" % i, parts.rows(300))
        agree(p, "step %d" % i)
        same(len(kept_files(p)), 1)
