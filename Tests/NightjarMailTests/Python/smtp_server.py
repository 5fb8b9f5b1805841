"""A real mail server (aiosmtpd) that behaves as its recipients' names ask and reports each event as one JSON line.

    temp-once…    451 to the first RCPT of that address, then 250
    gone…         550 to RCPT          data-temp…, data-gone…    451, 554 to the mail
    slow…         no answer to RCPT    slow-data…                no answer to the mail
    drop…         hangs up at RCPT     drop-data…                hangs up instead of answering the mail

The option “delay” makes it take so many seconds over each mail.
"""

import asyncio
import base64
import json
import logging
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

logging.disable(logging.CRITICAL)
options = json.loads(sys.argv[1])
mechanisms = options.get("mechanisms", [])
seen = set()


def report(**event):
    print(json.dumps(event), flush=True)


class Handler:
    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        session.host_name = hostname
        return responses

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        if address.startswith("temp-once") and address not in seen:
            seen.add(address)
            return "451 4.3.0 try again later"
        if address.startswith("gone"):
            return "550 5.1.1 no such user"
        if address.startswith("slow@"):
            await asyncio.sleep(600)
        if address.startswith("drop@"):
            server.transport.abort()
            await asyncio.sleep(0.1)
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"

    async def handle_DATA(self, server, session, envelope):
        first = envelope.rcpt_tos[0]
        if first.startswith("data-temp"):
            return "451 4.3.0 queue is full"
        if first.startswith("data-gone"):
            return "554 5.7.1 looks like spam"
        report(
            event="mail",
            sender=envelope.mail_from,
            recipients=envelope.rcpt_tos,
            content=base64.b64encode(envelope.original_content).decode(),
            connection=session.peer[1],
            hello=session.host_name,
            tls=server.transport.get_extra_info("ssl_object") is not None,
            user=session.auth_data.decode() if session.auth_data else None,
            options=envelope.mail_options,
        )
        await asyncio.sleep(options.get("delay", 0))
        if first.startswith("slow-data"):
            await asyncio.sleep(600)
        if first.startswith("drop-data"):
            server.transport.abort()
            await asyncio.sleep(0.1)
        return "250 2.0.0 queued"

    if "XOAUTH2" in mechanisms:

        async def auth_XOAUTH2(self, server, args):
            blob = base64.b64decode(args[1]) if len(args) > 1 else await server.challenge_auth("")
            wanted = f"user={options['user']}\x01auth=Bearer {options['password']}\x01\x01".encode()
            report(event="auth", mechanism="XOAUTH2", success=blob == wanted)
            if blob == wanted:
                return AuthResult(success=True, auth_data=options["user"].encode())
            return AuthResult(success=False, handled=False)


def authenticate(server, session, envelope, mechanism, data):
    success = (
        isinstance(data, LoginPassword)
        and data.login == options["user"].encode()
        and data.password == options["password"].encode()
    )
    report(event="auth", mechanism=mechanism, success=success)
    return AuthResult(success=success, handled=False, auth_data=data.login)


async def main():
    context = None
    if options["tls"] != "none":
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(options["certificate"], options["key"])
    handler = Handler()

    def session():
        return SMTP(
            handler,
            tls_context=context if options["tls"] == "starttls" else None,
            require_starttls=options["tls"] == "starttls",
            authenticator=authenticate if mechanisms else None,
            auth_required=bool(mechanisms),
            auth_require_tls=False,
            auth_exclude_mechanism=[m for m in ("PLAIN", "LOGIN") if m not in mechanisms],
            hostname="test.invalid",
        )

    server = await asyncio.get_running_loop().create_server(
        session, "127.0.0.1", 0, ssl=context if options["tls"] == "smtps" else None
    )
    report(event="ready", port=server.sockets[0].getsockname()[1])
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


asyncio.run(main(), debug=False)
