"""weir doctor and the service: the one that works with the state, and one elsewhere."""
import socket

from project import Project, same, test
from remote import Fake, plain, no_port
from service import Service


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def remarks(done):
    found = {}
    for r in done.json["checks"] if isinstance(done.json, dict) else done.json:
        found.setdefault(r["subject"], []).append((r["level"], r["message"]))
    return found


@test
def doctor_looks_at_the_service_that_works_with_the_state(p):
    port = free_port()
    p.catalog('service: {listen: "127.0.0.1:%d"}\nassets:\n  a: {exposed: true}\n' % port)
    p.weir("fresh", now="").expect(0)
    p.weir("doctor", now="").expect(0, "none works with this state now")
    with Service(p, listen="127.0.0.1:%d" % port) as s:
        told = remarks(p.json("doctor", now="").expect(0))
        same([level for k in told for level, _ in told[k] if k.startswith("service") or k == "heartbeat"].count("ok") >= 6, True, str(told))
        for subject, words in (("service in time", "ready"), ("service's queues", "wait"), ("service's alerts", "given up"),
                               ("heartbeat", "none is configured"), ("service's access", "for this machine alone")):
            same([words in message for _, message in told[subject]][0], True, str(told[subject]))
        # From afar, without a catalog.
        c = Project()
        try:
            c.weir("doctor", "--server", s.address, now="").expect(0, "as this one", "ready")
        finally:
            c.close()
    # Elsewhere than the catalog says: its socket tells that it is there.
    with Service(p) as s:
        p.weir("doctor", now="").expect(0, "one works with this state", "cannot be asked")


@test
def doctor_tells_what_is_wrong_with_a_service(p):
    well = {"version": "0.1.0", "project": "", "environment": "default", "state": None, "address": "http://x", "loopback": True, "asks_token": False,
            "started_at": "2024-01-01T00:00:00Z", "catalog_loaded_at": "2024-01-01T00:00:00Z", "ready": True, "turn_ago_ms": 10, "ticks": 9,
            "late_ticks": 0, "inbox": 0, "queued": 0, "running": 0, "messages": {"pending": 0, "sent": 1, "dead": 0}, "heartbeat": False,
            "heartbeat_at": None}
    for change, status, words in (({}, 0, "as this one"), ({"version": "9"}, 0, "this is "), ({"ready": False}, 3, "not ready"),
                                  ({"turn_ago_ms": 60000}, 3, "60000 ms"), ({"late_ticks": 3}, 0, "3 of 9 turns were late"),
                                  ({"queued": 5000}, 0, "5000 checks"), ({"messages": {"pending": 0, "dead": 2}}, 0, "2 were given up"),
                                  ({"heartbeat": True}, 3, "none got through"),
                                  ({"heartbeat": True, "heartbeat_at": "2024-01-01T00:00:00Z"}, 3, "the last got through"),
                                  ({"loopback": False}, 3, "whoever can connect")):
        with Fake(plain(200, dict(well, **change))) as s:
            p.weir("doctor", "--server", s.base, now="").expect(status, words)
            same(p.weir("doctor", "--strict", "--server", s.base, now="").expect(0 if not change else 3 if status == 3 else 1).args != [], True)
    for odd in plain(200, {}), plain(200, []), plain(200, "<html>", "text/html"):
        with Fake(odd) as s:
            p.weir("doctor", "--server", s.base, now="").expect(3)
    p.weir("doctor", "--server", "http://127.0.0.1:%d" % no_port(), now="").expect(3, "cannot be asked", "Connection refused")
