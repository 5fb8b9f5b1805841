"""Reads mails (one base64 line each) and prints what Python's email package makes of each, as one JSON line."""

import base64
import email
import email.header
import email.policy
import email.utils
import json
import sys

ADDRESSES = {"from", "to", "cc", "reply-to"}


def decoded(text):
    return str(email.header.make_header(email.header.decode_header(text)))


def header(name, value, raw):
    entry = {"name": name, "value": str(value), "defects": [repr(d) for d in value.defects]}
    if name.lower() in ADDRESSES:
        # The policy's parser puts a space between two encoded words of a display name and folds runs of spaces
        # (RFC 2047 section 6.2 says otherwise), so names are read with decode_header, addresses with both.
        pairs = email.utils.getaddresses([raw.replace("\r\n", "")])
        entry["addresses"] = [[decoded(name), address] for name, address in pairs if address]
        assert [address for _, address in entry["addresses"]] == [a.addr_spec for a in value.addresses]
    return entry


def filename(node):
    # get_filename would strip spaces.
    value = node["content-disposition"]
    return value.params.get("filename") if value else None


def part(node):
    payload = None if node.is_multipart() else node.get_payload(decode=True)
    return {
        "type": node.get_content_type(),
        "charset": node.get_content_charset(),
        "encoding": str(node["content-transfer-encoding"] or ""),
        "disposition": node.get_content_disposition(),
        "filename": filename(node),
        "id": str(node["content-id"]) if node["content-id"] else None,
        "payload": None if payload is None else base64.b64encode(payload).decode(),
        "defects": [repr(d) for d in node.defects],
        "headers": [header(name, node[name], raw) for name, raw in node.raw_items()],
        "parts": [part(child) for child in node.get_payload()] if node.is_multipart() else [],
    }


for line in sys.stdin:
    mail = email.message_from_bytes(base64.b64decode(line), policy=email.policy.SMTP)
    print(json.dumps(part(mail)), flush=True)
