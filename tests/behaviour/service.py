"""A weir serve at work, and a client of it that holds every answer against /openapi.json."""
import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import threading
import time
from urllib.parse import quote, urlencode, urlsplit

from project import TIMEOUT_S, WEIR, contains, same

START_S = 30


def key(text):
    """An asset's key as a part of a path."""
    return quote(text, safe="")


def header_of(headers, name):
    """Of (name, value) pairs: its value, or None."""
    found = [v for n, v in headers if n.lower() == name.lower()]
    assert len(found) < 2, "%s stands there %d times" % (name, len(found))
    return found[0] if found else None


class Answer:
    def __init__(self, method, target, status, headers, body):
        self.method, self.target, self.status, self.headers, self.body = method, target, status, headers, body

    @property
    def text(self):
        return self.body.decode()

    @property
    def json(self):
        return json.loads(self.body)

    def header(self, name):
        return header_of(self.headers, name)

    def expect(self, status, *parts):
        if self.status != status:
            raise AssertionError("%s %s: status %d, expected %d\n%s" % (self.method, self.target, self.status, status, self.text))
        contains(self.text, *parts)
        return self


class Description:
    """What /openapi.json says that an answer must be like."""

    def __init__(self, text):
        self.doc = json.loads(text)
        self.routes = []
        for path, methods in self.doc["paths"].items():
            rest = {p["name"] for m in methods.values() for p in m["parameters"] if p.get("x-weir-rest")}
            parts = re.split(r"({[^}]*})", path)
            pattern = re.compile("".join((".*" if p[1:-1] in rest else "[^/]+") if p.startswith("{") else re.escape(p) for p in parts))
            self.routes.append((pattern, methods))

    def validate(self, schema, value, where):
        try:
            import jsonschema
        except ImportError:
            return
        whole = dict(schema, components=self.doc["components"])
        wrong = list(jsonschema.Draft202012Validator(whole).iter_errors(value))
        if wrong:
            raise AssertionError("%s: %s\n%s" % (where, "; ".join("%s: %s" % (e.json_path, e.message[:300]) for e in wrong[:5]),
                                                 json.dumps(value)[:2000]))

    def check(self, answer, method):
        where = "%s %s -> %d" % (answer.method, answer.target, answer.status)
        path = answer.target.partition("?")[0]
        kind = (answer.header("Content-Type") or "").split(";")[0]
        if answer.status >= 400:
            same(kind, "application/problem+json", where)
            if method != "HEAD":
                self.validate({"$ref": "#/components/schemas/Problem"}, answer.json, where)
                same(answer.json["status"], answer.status, where)
                same(answer.json["instance"], path, where)
        operations = [m[method.lower().replace("head", "get")] for p, m in self.routes
                      if p.fullmatch(path) and method.lower().replace("head", "get") in m]
        if not operations:
            assert answer.status >= 400, "%s, but /openapi.json does not have it" % where
            return
        said = operations[0]["responses"]
        if answer.status in (405, 431):
            return
        assert str(answer.status) in said, "%s: /openapi.json does not tell of that status" % where
        content = said[str(answer.status)].get("content", {})
        if method == "HEAD" or answer.status >= 400:
            return
        if not content:
            same(answer.body, b"", where)
            return
        types = {t.split(";")[0]: c for t, c in content.items()}
        assert kind in types, "%s: %s, which /openapi.json does not tell of" % (where, kind)
        if kind == "application/json":
            self.validate(types[kind]["schema"], answer.json, where)


class Service:
    """Started at once; use it as a context manager, or stop() it.

    args: further arguments of weir serve; env: further variables; token: what get() and post() send; under: what starts it."""

    def __init__(self, project, *args, env=None, token=None, listen="127.0.0.1:0", expect_ready=True, now=None, under=()):
        self.p, self.token = project, token
        self.log = []
        self.address = None
        words = [*under, WEIR, "serve", "--listen", listen]
        if now:
            words += ["--now", now]
        self.process = subprocess.Popen(words + list(args), cwd=project.dir, env=dict(project.env, **(env or {})), text=True,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                        errors="replace")
        self.heard = threading.Condition()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        self.description = None
        if not self.wait_log(r'listening on ([^\s"]+)', START_S):
            self.kill()
            raise AssertionError("weir serve does not listen:\n" + self.logged)
        self.address = re.search(r'listening on ([^\s"]+)', self.logged).group(1)
        if expect_ready:
            self.wait_ready()

    def _read(self):
        for line in self.process.stderr:
            with self.heard:
                self.log.append(line)
                self.heard.notify_all()
        with self.heard:
            self.log.append(None)
            self.heard.notify_all()

    @property
    def logged(self):
        return "".join(line for line in self.log if line)

    def wait_log(self, pattern, seconds=10):
        """Until a line of the log fits; false if none did in time, or the service has ended."""
        end = time.monotonic() + seconds
        with self.heard:
            while not re.search(pattern, self.logged):
                left = end - time.monotonic()
                if left <= 0 or (self.log and self.log[-1] is None):
                    return False
                self.heard.wait(left)
        return True

    def wait_ready(self):
        end = time.monotonic() + START_S
        while self.raw("GET", "/readyz").status != 200:
            if self.process.poll() is not None or time.monotonic() > end:
                self.kill()
                raise AssertionError("weir serve does not get ready:\n" + self.logged)
            time.sleep(0.02)

    @property
    def host(self):
        return urlsplit(self.address).hostname

    @property
    def port(self):
        return urlsplit(self.address).port

    # Asking

    def connection(self, timeout=TIMEOUT_S):
        if not self.address.startswith("unix:"):
            return http.client.HTTPConnection(self.host, self.port, timeout=timeout)
        c = http.client.HTTPConnection("localhost", timeout=timeout)
        c.sock = socket.socket(socket.AF_UNIX)
        c.sock.settimeout(timeout)
        c.sock.connect(self.address[len("unix:"):])
        return c

    def raw(self, method, target, body=None, headers=None, connection=None):
        """As it comes, unchecked."""
        c = connection or self.connection()
        try:
            c.request(method, target, body=body, headers=headers or {})
            r = c.getresponse()
            return Answer(method, target, r.status, r.getheaders(), r.read())
        except ConnectionRefusedError:
            raise AssertionError("nobody listens any more; weir serve has %s:\n%s" % (
                "ended with %s" % self.process.returncode if self.process.poll() is not None else "not ended", self.logged))
        finally:
            if connection is None:
                c.close()

    def ask(self, method, target, body=None, headers=None, connection=None, **query):
        """Checked: the status and the body must be what /openapi.json tells of.  body: JSON unless it is bytes."""
        headers = dict(headers or {})
        if query:
            target += "?" + urlencode({k: v for k, v in query.items() if v is not None})
        if self.token and "Authorization" not in headers:
            headers["Authorization"] = "Bearer " + self.token
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        if body is not None:
            headers.setdefault("Content-Type", "application/json")
        answer = self.raw(method, target, body, headers, connection)
        self.check(answer)
        return answer

    def check(self, answer):
        if self.description is None:
            self.description = Description(self.raw("GET", "/openapi.json").expect(200).text)
        self.description.check(answer, answer.method)

    def get(self, target, **query):
        return self.ask("GET", target, **query)

    def post(self, target, body, headers=None, **query):
        return self.ask("POST", target, body=body, headers=headers, **query)

    def bytes(self, data, timeout=5, pieces=None):
        """Sends bytes as they are and returns all that comes until the other side closes, and whether it did; pieces: further bytes,
        each after a tenth of a second."""
        s = socket.create_connection((self.host, self.port), timeout=timeout)
        got, closed = b"", False
        with s, contextlib.suppress(ConnectionError, TimeoutError):
            s.sendall(data)
            for piece in pieces or []:
                time.sleep(0.1)
                s.sendall(piece)
            while True:
                more = s.recv(65536)
                if not more:
                    closed = True
                    break
                got += more
            return got, True
        return got, closed

    # The end

    def signal(self, number):
        self.process.send_signal(number)

    def reload(self):
        before = len(self.log)
        self.signal(signal.SIGHUP)
        return before

    def stop(self, seconds=30):
        """SIGTERM: it must end well."""
        if self.process.poll() is None:
            self.signal(signal.SIGTERM)
        try:
            status = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError("weir serve does not end:\n" + self.logged)
        self.reader.join(5)
        same(status, 0, "weir serve: " + self.logged[-2000:])

    def kill(self):
        """kill -9."""
        self.process.kill()
        self.process.wait()
        self.reader.join(5)

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        if kind is None:
            self.stop()
        else:
            self.kill()
            value.args = ("%s\nlog of weir serve:\n%s" % (value.args[0] if value.args else kind, self.logged[-3000:]),) + value.args[1:]
