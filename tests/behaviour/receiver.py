#!/usr/bin/env python3
"""A receiver of alerts on a loopback port of its own choice: it records every request and answers as its script says.

	receiver.py LOG [PATH=ANSWER,ANSWER...]...

prints its port, then appends each request to LOG as one line of JSON until it is terminated.  As a module:

	with Receiver() as r:
		r.script["/hook"] = ["500", "429:60", "200"]     # the last one stays
		... r.port, r.requests

Answers: a status, optionally with Retry-After behind a colon ("429:60") or with a text behind an equals sign
("404=no_service"); "slow:S" (200 after S seconds); and what receivers
should not do: "loop" (a redirect to itself), "silence", "drip" (200, then a byte a second), "dripheader" (a byte of the
headers a second), "flood" (200 and a gigabyte of text), "floodheader" (a gigabyte of headers), "garbage", "close".
"""
import json
import socket
import sys
import threading
import time

REASONS = {200: "OK", 202: "Accepted", 204: "No Content", 302: "Found", 400: "Bad Request", 410: "Gone", 429: "Too Many Requests",
           500: "Internal Server Error", 503: "Service Unavailable"}
CHUNK = b"all work and no play makes jack a dull boy\n" * 1500
GIGABYTE = 10 ** 9


class Request:
    def __init__(self, method, path, headers, body):
        self.method, self.path, self.headers, self.body = method, path, headers, body
        self.at = time.monotonic()

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def id(self):
        return self.headers.get("webhook-id")

    def as_dict(self):
        return {"method": self.method, "path": self.path, "headers": self.headers,
                "body": self.body.decode("utf-8", "backslashreplace")}


def read_request(conn):
    """The request, or None if the client went away before its end."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = conn.recv(65536)
        if not piece:
            return None
        data += piece
    head, body = data.split(b"\r\n\r\n", 1)
    lines = head.decode("latin-1").split("\r\n")
    method, path, _ = lines[0].split(" ", 2)
    headers = {}
    for line in lines[1:]:
        name, value = line.split(":", 1)
        headers[name.lower()] = value.strip()
    while len(body) < int(headers.get("content-length", 0)):
        piece = conn.recv(65536)
        if not piece:
            return None
        body += piece
    return Request(method, path, headers, body)


class Receiver:
    def __init__(self, log=None, family=socket.AF_INET, address="127.0.0.1", tls=None, port=0):
        self.requests, self.script, self.counts = [], {}, {}
        self.log, self.tls = log, tls  # tls: an ssl.SSLContext
        self.flooded = 0  # bytes of a flood that somebody took
        self.lock = threading.Lock()
        self.stopping = threading.Event()
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind((address, port))
        self.socket.listen(128)
        self.port = self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self.accept, daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """No more connections; the port stays free for somebody else."""
        self.stopping.set()
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        # Only then: a thread that goes on to accept by the number of a closed socket may find somebody else's.
        self.thread.join(5)
        self.socket.close()

    def url(self, path="/"):
        return "http://127.0.0.1:%d%s" % (self.port, path)

    def to(self, path):
        """The requests to a path, in order."""
        with self.lock:
            return [r for r in self.requests if r.path == path]

    def accept(self):
        while not self.stopping.is_set():
            try:
                conn, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(conn,), daemon=True).start()

    def answer_for(self, path):
        answers = self.script.get(path, ["200"])
        n = self.counts.get(path, 0)
        self.counts[path] = n + 1
        return answers[min(n, len(answers) - 1)]

    def serve(self, conn):
        with conn:
            try:
                if self.tls:
                    conn = self.tls.wrap_socket(conn, server_side=True)
                request = read_request(conn)
                if request is None:
                    return
                with self.lock:
                    # Recorded before it is acknowledged: what was answered with 2xx is in the list.
                    self.requests.append(request)
                    answer = self.answer_for(request.path)
                    if self.log:
                        with open(self.log, "a", encoding="utf-8") as f:
                            f.write(json.dumps(dict(request.as_dict(), answer=answer)) + "\n")
                self.answer(conn, request, answer)
            except OSError:
                pass  # the client has had enough, which some answers are for

    def answer(self, conn, request, answer):
        answer, _, text = answer.partition("=")
        word, _, value = answer.partition(":")
        if word == "slow":
            self.stopping.wait(float(value))
            word, value = "200", ""
        if word.isdigit():
            extra = "Retry-After: %s\r\n" % value if value else ""
            self.plain(conn, int(word), extra, text or "ok")
        elif word == "loop":
            self.plain(conn, 302, "Location: http://127.0.0.1:%d%s\r\n" % (self.port, request.path))
        elif word == "garbage":
            conn.sendall(b"\x00\xff\x16\x03 what is this\r\n\r\n")
        elif word != "close":
            getattr(self, word)(conn)

    def plain(self, conn, status, extra="", text="ok"):
        conn.sendall(("HTTP/1.1 %d %s\r\nContent-Length: %d\r\n%sConnection: close\r\n\r\n%s" %
                      (status, REASONS.get(status, "Something"), len(text), extra, text)).encode())
        # Closing with unread bytes would be a reset, which could overtake the answer.
        conn.shutdown(socket.SHUT_WR)
        conn.settimeout(2)
        conn.recv(1)

    def silence(self, _conn):
        self.stopping.wait(600)

    def drip(self, conn):
        conn.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while not self.stopping.wait(1):
            conn.sendall(b".")

    def dripheader(self, conn):
        for c in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 1000:
            if self.stopping.wait(1):
                return
            conn.sendall(bytes([c]))

    def flood(self, conn):
        conn.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n" % GIGABYTE)
        while self.flooded < GIGABYTE and not self.stopping.is_set():
            conn.sendall(CHUNK)
            self.flooded += len(CHUNK)

    def floodheader(self, conn):
        conn.sendall(b"HTTP/1.1 200 OK\r\n")
        for i in range(GIGABYTE // 1000):
            if self.stopping.is_set():
                return
            conn.sendall(b"X-Flood-%d: " % i + b"y" * 1000 + b"\r\n")
            self.flooded += 1000


def main(argv):
    if len(argv) < 2:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    receiver = Receiver(log=argv[1])
    for word in argv[2:]:
        path, _, answers = word.partition("=")
        receiver.script[path] = answers.split(",")
    print(receiver.port, flush=True)
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
