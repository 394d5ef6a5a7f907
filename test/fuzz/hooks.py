"""Hooks of schemathesis for npm run fuzz: requests that name real things, and a line for each answer."""

import hashlib
import json
import os
import threading

import schemathesis
from hypothesis import strategies as st

with open(os.environ["FUZZ_SEEDS"], encoding="utf8") as file:
    SEEDS = json.load(file)
LOG = open(os.environ["FUZZ_LOG"], "a", encoding="utf8")
LOCK = threading.Lock()

# One draw in five stays as schemathesis made it; the others name things that exist.
DRAWS = st.integers(min_value=0, max_value=2**62)


def seed(name, draw, door=""):
    """A thing that exists: by its field's name, or for a plain id by what the address is about."""
    if name == "id" and "/{id}" in door:
        name = door.split("/{id}")[0].rsplit("/", 1)[-1]
    known = SEEDS["known"].get(name) or []
    return known[draw % len(known)] if known else None


def fill(door):
    """Puts known values where a field's name says what it is."""

    def change(parts, draw):
        if not isinstance(parts, dict) or draw % 5 == 0:
            return parts
        for name in list(parts):
            value = seed(name, draw // 5, door)
            if value is not None:
                parts[name] = value
        return parts

    return change


def amount(minor):
    return f"{minor // 100}.{minor % 100:02d}"


def fill_sale(body, draw):
    """A sale whose sums hold, to a customer who is known, under a receipt that is new."""
    if not isinstance(body, dict) or draw % 5 == 0:
        return body
    draw //= 5
    ways = [name for name in ("accountId", "cardNumber", "phone") if name in body] or ["accountId"]
    way = ways[draw % len(ways)]
    for name in ("accountId", "cardNumber", "phone"):
        body.pop(name, None)
    body[way] = seed(way, draw)
    body["receipt"] = f"F-{draw}"
    total = 100 + draw % 50_000
    body["total"] = amount(total)
    body["redeem"] = ("max", "none", amount(total // 10), amount(total))[draw % 4]
    body.pop("as", None)
    if draw % 3:
        body.pop("money", None)
    elif "money" in body:
        body["money"] = [{"type": "cash", "amount": amount(total // 2)}]
        body["redeem"] = "none"
        body["money"].append({"type": "card", "amount": amount(total - total // 2)})
    if isinstance(body.get("lines"), list):
        body["lines"] = [
            {"id": "a", "title": "Cut", "amount": amount(total // 3)},
            {"id": "b", "title": "Colour", "amount": amount(total - total // 3), "vatRate": "12"},
        ]
    if "occurredAt" in body:
        body["occurredAt"] = SEEDS["now"]
    if "tip" in body:
        body["tip"] = amount(draw % 500)
    return body


def fill_lookup(body, draw):
    if not isinstance(body, dict) or draw % 5 == 0:
        return body
    way = ("phone", "cardNumber", "scan")[draw // 5 % 3]
    value = seed("cardNumber" if way == "scan" else way, draw // 15)
    return {way: f";{value}=9912?" if way == "scan" else value}


def fill_quote(body, draw):
    filled = fill("")(body, draw)
    if isinstance(filled, dict) and draw % 5:
        filled["total"] = amount(100 + draw % 50_000)
        filled.pop("lines", None)
    return filled


def fill_reconciliation(body, draw):
    if not isinstance(body, dict) or draw % 5 == 0:
        return body
    return {"accountId": seed("accountId", draw // 5)}


def fill_page(query, draw):
    """Cursors are what an earlier answer gave; a made-up one says nothing more after the first."""
    filled = fill("")(query, draw)
    if isinstance(filled, dict) and draw % 5:
        filled.pop("cursor", None)
        filled.pop("limit", None)
    return filled


BODIES = {
    "POST /v1/payments": fill_sale,
    "POST /v1/quotes": fill_quote,
    "POST /v1/lookups": fill_lookup,
    "POST /api/reconciliations": fill_reconciliation,
}


def door_of(operation):
    return f"{operation.method.upper()} {operation.path}"


def filler(operation, component):
    if component == "body" and door_of(operation) in BODIES:
        return BODIES[door_of(operation)]
    return fill_page if component == "query" else fill(door_of(operation))


def drawn(component):
    def hook(context, strategy):
        change = filler(context.operation, component)
        return st.builds(change, strategy, DRAWS)

    hook.__name__ = f"before_generate_{component}"
    return hook


for part in ("path_parameters", "query", "body"):
    schemathesis.hook(drawn(part))


@schemathesis.hook
def before_call(context, case, kwargs):
    """Some calls would take away what the others stand on; these get things of their own, whatever was drawn."""
    # A key of its own for each body: what is drawn for a key is mostly the same few texts.
    key = "Idempotency-Key"
    if case.headers and str(case.headers.get(key, "")).isprintable() and key in case.headers:
        drawn_key = hashlib.sha256(repr((door_of(case.operation), case.path_parameters, case.body)).encode())
        case.headers[key] = drawn_key.hexdigest()
    own = SEEDS["own"].get(door_of(case.operation), {})
    if "path" in own and isinstance(case.path_parameters, dict):
        case.path_parameters.update(own["path"])
    if "body" in own and isinstance(case.body, dict):
        case.body.update(own["body"])


@schemathesis.hook
def after_call(context, case, response):
    try:
        said = response.json()
    except ValueError:
        said = None
    code = said.get("code") if isinstance(said, dict) and response.status_code >= 400 else None
    line = {
        # Requests with a method that the address does not take are counted by themselves.
        "door": f"{response.request.method} {case.operation.path}",
        "status": response.status_code,
        "code": code,
        "ms": round(response.elapsed * 1000),
        "requestId": (response.headers.get("x-request-id") or [None])[0],
    }
    if os.environ.get("FUZZ_DEBUG"):
        line["errors"] = said.get("errors") if isinstance(said, dict) else None
    line["request"] = f"{response.request.method} {response.request.url} {response.request.body!r}"
    with LOCK:
        LOG.write(json.dumps(line) + "\n")
        LOG.flush()
