"""Hooks of schemathesis for npm run fuzz: requests that name real things, and a line for each answer."""

import hashlib
import json
import os
import threading
import zlib

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
    way = ("phone", "cardNumber", "scan", "last4")[draw // 5 % 4]
    value = seed("phone" if way == "phone" else "cardNumber", draw // 20)
    if way == "last4":
        return {way: value[-4:]}
    return {way: f";{value}=9912?" if way == "scan" else value}


def new_phone(draw):
    return f"+7702{draw % 10_000_000:07d}"


def fill_enrolment(body, draw):
    if not isinstance(body, dict) or draw % 5 == 0:
        return body
    body["phone"] = new_phone(draw // 5) if draw // 5 % 2 else seed("phone", draw // 10)
    return body


def fill_capture(body, draw):
    if not isinstance(body, dict) or draw % 5 == 0:
        return body
    return {} if draw // 5 % 2 else {"total": amount(2_000 + draw % 3_000)}


def fill_refund(body, draw):
    """A small part of a sale of 100.00, so that many find something left."""
    if not isinstance(body, dict) or draw % 5 == 0:
        return body
    filled = {"refund": f"RF-{draw}", "amount": amount(1 + draw // 5 % 50)}
    if "receipt" in body:
        filled["receipt"] = seed("receipt", draw // 5)
    return filled


def fill_batch(body, draw):
    if not isinstance(body, dict) or draw % 5 == 0:
        return body
    items = []
    for place, item in enumerate(body.get("items", [])[:3] if isinstance(body.get("items"), list) else []):
        sale = fill_sale(item, draw + 5 * place + 1) if isinstance(item, dict) else item
        if isinstance(sale, dict):
            sale.pop("capture", None)
            sale["offlineSeq"] = place
            sale["occurredAt"] = SEEDS["now"]
        items.append(sale)
    return {"terminal": "fuzz", "items": items}


def fill_customer(body, draw):
    if not isinstance(body, dict) or draw % 5 == 0:
        return body
    filled = fill("")(body, draw)
    filled.pop("cardCode", None)
    filled.pop("email", None)
    if "phone" in filled:
        filled["phone"] = new_phone(draw // 5)
    return filled


def fill_card_batch(body, draw):
    filled = fill("")(body, draw)
    if isinstance(filled, dict) and draw % 5 and isinstance(filled.get("count"), int):
        filled["count"] = 1 + draw % 20
    return filled


def fill_card_range(body, draw):
    """What a range allows follows from its prefix and its characters."""
    if not isinstance(body, dict) or draw % 5 == 0:
        return body
    body["prefix"] = f"{20 + draw // 5 % 70}"
    body.pop("length", None)
    return body


def fill_program(body, draw):
    """A program without a card type; what was drawn stays where it may be anything."""
    if not isinstance(body, dict) or draw % 5 == 0:
        return body
    filled = {name: body[name] for name in ("rounding", "clawback", "accrueBy") if name in body}
    base = {
        "chainId": seed("chainId", 0),
        "name": f"Fuzz {draw % 1000}",
        "currency": "KZT",
        "accrual": {"levels": [{"from": "0.00", "percent": str(draw % 100)}], "base": "money"},
        "redeem": {"maxShare": "0.30", "minMoney": amount(draw % 500), "whenAltegioDown": "refuse"},
    }
    return {**filled, **base, "provider": "own"}


def fill_print_check(body, draw):
    if not isinstance(body, dict) or draw % 5 == 0:
        return body
    number = seed("cardNumber", draw // 10)
    if draw // 5 % 2:
        return {"sample": f";{number}=9912?"}
    return {"file": f"number,track2,barcode\r\n{number},{number},{number}\r\n"}


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


def fill_payments_query(query, draw):
    """One receipt, or a day and what narrows it."""
    filled = fill_page(query, draw)
    if isinstance(filled, dict) and draw % 5:
        if draw // 5 % 3 == 0:
            return {"receipt": seed("receipt", draw // 15)}
        filled.pop("receipt", None)
        filled["from"] = seed("from", draw // 15)
    return filled


BODIES = {
    "POST /v1/payments": fill_sale,
    "POST /v1/quotes": fill_quote,
    "POST /v1/lookups": fill_lookup,
    "POST /v1/accounts": fill_enrolment,
    "POST /v1/payments/{id}/capture": fill_capture,
    "POST /v1/payments/{id}/refunds": fill_refund,
    "POST /v1/refunds": fill_refund,
    "POST /v1/batches": fill_batch,
    "POST /api/reconciliations": fill_reconciliation,
    "POST /api/customers": fill_customer,
    "PATCH /api/customers/{id}": fill_customer,
    "POST /api/programs": fill_program,
    "POST /api/card-batches": fill_card_batch,
    "PUT /api/programs/{id}/card-range": fill_card_range,
    "POST /api/cards/print-check": fill_print_check,
}
QUERIES = {"GET /v1/payments": fill_payments_query}


def door_of(operation):
    return f"{operation.method.upper()} {operation.path}"


def filler(operation, component):
    if component == "body" and door_of(operation) in BODIES:
        return BODIES[door_of(operation)]
    if component == "query":
        return QUERIES.get(door_of(operation), fill_page)
    return fill(door_of(operation))


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
        for name, choices in own["path"].items():
            drawn_id = repr((case.path_parameters.get(name), case.body))
            case.path_parameters[name] = choices[zlib.crc32(drawn_id.encode()) % len(choices)]
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
