"""A server of mail for tests: plain SMTP on a loopback port, with STARTTLS or from the first byte if it has a certificate."""
import base64
import socket
import threading


class Mail:
    def __init__(self, sender, recipients, data, tls, user):
        self.sender, self.recipients, self.data, self.tls, self.user = sender, recipients, data, tls, user


class Mailbox:
    """answers: {"RCPT": "550 no such user"} and the like, by verb; refused: recipients that are not known."""

    def __init__(self, context=None, implicit=False, answers=None, refused=(), auth=False):
        self.context = context  # an ssl.SSLContext
        self.implicit, self.answers, self.refused, self.auth = implicit, answers or {}, refused, auth
        self.mails, self.lines = [], []
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self.accept, daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        # Which ends accept(), also of a thread that was about to call it.
        self.socket.shutdown(socket.SHUT_RDWR)
        self.thread.join(5)
        self.socket.close()

    def accept(self):
        while True:
            try:
                conn, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(conn,), daemon=True).start()

    def serve(self, conn):
        try:
            if self.implicit:
                conn = self.context.wrap_socket(conn, server_side=True)
            self.talk(conn, self.implicit)
        except (OSError, ValueError):
            pass  # the client went away
        finally:
            conn.close()

    def talk(self, conn, tls, greet=True):
        f = conn.makefile("rwb")
        sender, recipients, user = None, [], None

        def say(text):
            f.write(text.encode() + b"\r\n")
            f.flush()

        if greet:
            say("220 mailbox ready")
        while True:
            line = f.readline().decode("latin-1").rstrip("\r\n")
            if not line:
                return
            self.lines.append(line)
            verb = line.split(" ")[0].split(":")[0].upper()
            if verb in self.answers:
                say(self.answers[verb])
            elif verb == "EHLO":
                say("250-mailbox")
                if self.auth and tls:
                    say("250-AUTH PLAIN")
                say("250 STARTTLS" if self.context and not tls else "250 8BITMIME")
            elif verb == "STARTTLS":
                say("220 go ahead")
                self.talk(self.context.wrap_socket(conn, server_side=True), True, False)
                return
            elif verb == "AUTH":
                if len(line.split(" ")) < 3:
                    say("334 ")
                    line = f.readline().decode("latin-1").rstrip("\r\n")
                user = base64.b64decode(line.split(" ")[-1]).split(b"\0")[1].decode()
                say("235 welcome")
            elif verb == "MAIL":
                sender, recipients = line[line.index("<") + 1:line.index(">")], []
                say("250 ok")
            elif verb == "RCPT":
                address = line[line.index("<") + 1:line.index(">")]
                if address in self.refused:
                    say("550 no such user")
                else:
                    recipients.append(address)
                    say("250 ok")
            elif verb == "DATA":
                say("354 go on")
                data = b""
                while not data.endswith(b"\r\n.\r\n"):
                    data += f.readline()
                self.mails.append(Mail(sender, recipients, data[:-3].replace(b"\r\n..", b"\r\n."), tls, user))
                say("250 taken")
            elif verb == "QUIT":
                say("221 bye")
                return
            else:
                say("250 ok")
