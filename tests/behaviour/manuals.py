"""Manual pages and completions: what the program writes about itself."""
import os
import re
import shutil
import subprocess

from project import WEIR, contains, same, test


def pages(p):
    return p.weir("man", "--list").expect(0).out.split()


@test
def every_command_has_a_manual_page(p):
    help_text = p.weir("--help").expect(0).out
    commands = re.findall(r"^  (\w+) ", help_text, re.M)
    listed = pages(p)
    assert len(commands) > 9, help_text
    for c in commands:
        assert "weir-%s.1" % c in listed, c
    for page in ("weir.1", "weir.yaml.5", "weir-expectations.7"):
        assert page in listed, page


@test
def pages_are_free_of_mistakes_in_their_markup(p):
    groff = shutil.which("groff")
    for page in pages(p):
        text = p.weir("man", page).expect(0).out
        contains(text, ".TH ")
        assert not re.search(r"^\.(?!TH|SH|PP|TP|B |BR |I |nf|fi|RS|RE)", text, re.M), page
        if groff:
            done = subprocess.run([groff, "-man", "-Tutf8", "-Kutf8", "-ww", "-rLL=200n"], input=text.encode(), capture_output=True)
            same(done.stderr.decode(), "")


@test
def a_page_tells_of_all_options_of_its_command(p):
    for command in ("check", "gate", "events"):
        shown = set(re.findall(r"--[a-z][a-z-]+", p.weir(command, "--help").expect(0).out))
        written = set(re.findall(r"--[a-z][a-z-]+", p.weir("man", command).expect(0).out.replace("\\-", "-")))
        assert shown <= written, shown - written


@test
def a_page_that_is_not_there_is_refused(p):
    p.weir("man", "nothing").expect(2, "--list")


def complete(p, *words):
    """What bash offers for the last of the words."""
    script = p.weir("completion", "bash").expect(0).out
    setup = 'COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _weir; printf "%s\\n" "${COMPREPLY[@]}"'
    env = dict(os.environ, PATH=os.path.dirname(os.path.abspath(WEIR)) + ":" + os.environ["PATH"])
    done = subprocess.run(["bash", "-c", script + "\n" + setup, "bash", *words], capture_output=True, text=True, cwd=p.dir, env=env)
    same(done.stderr, "")
    return done.stdout.split()


@test
def bash_completes_commands_options_their_values_and_assets(p):
    p.catalog("assets:\n  raw/orders: {path: a.csv}\n  marts/sales: {path: b.csv}\n  \"odd $(touch x)\": {path: c.csv}\n")
    assert {"check", "gate", "audit"} <= set(complete(p, "weir", ""))
    same(complete(p, "weir", "gat"), ["gate"])
    same(complete(p, "weir", "gate", "--wa"), ["--wait"])
    assert {"text", "json", "gx"} <= set(complete(p, "weir", "check", "--format", ""))
    same(complete(p, "weir", "config", "sch"), ["schema"])
    same(complete(p, "weir", "gate", "mar"), ["marts/sales"])
    assert not os.path.exists(p.path("x"))


@test
def completions_of_zsh_and_fish_name_all_commands(p):
    for shell in ("zsh", "fish"):
        text = p.weir("completion", shell).expect(0).out
        for command in ("check", "gate", "audit"):
            contains(text, command)
        if shutil.which(shell):
            done = subprocess.run([shell, "-n"], input=text, capture_output=True, text=True)
            same((done.returncode, done.stderr), (0, ""))
    p.weir("completion", "tcsh").expect(2, "bash|fish|zsh")
