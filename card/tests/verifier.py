"""A second verifier of the card's code, written from the words of card-format.md alone.
It is a test's second opinion and no product code: it keeps no marks, and its arithmetic is not of constant time.

    python3 verifier.py                   reads asks from standard input, one a line, and answers each, one a line
    python3 verifier.py --vectors FILE    prints a line for each disagreement with the samples, or a count
"""

import collections
import functools
import hashlib
import hmac
import itertools
import json
import re
import struct
import sys

unhex = bytes.fromhex
# Ed25519, strict. A point is (X, Y, Z, T) with x = X/Z, y = Y/Z and x y = T/Z, as in RFC 8032, 5.1.4.
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
NEUTRAL = (0, 1, 1, 0)


def add(p, q):
    """The sum of two points. The formula is complete: it also holds for p = q and for the neutral element."""
    (px, py, pz, pt), (qx, qy, qz, qt) = p, q
    a, b = (py - px) * (qy - qx) % P, (py + px) * (qy + qx) % P
    c, d = pt * 2 * D % P * qt % P, 2 * pz * qz % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def of_small_order(p):
    for _ in range(3):
        p = add(p, p)
    return p[0] == 0 and p[1] == p[2]  # add leaves all four below P, so no two numbers stand for one


def encode(p):
    inverse = pow(p[2], -1, P)
    x, y = p[0] * inverse % P, p[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def decode(data):
    """The point that the 32 bytes encode, or None if there is none or the encoding is not canonical."""
    y = int.from_bytes(data, "little")
    sign_bit, y = y >> 255, y & (2**255 - 1)
    u, v = (y * y - 1) % P, (D * y * y + 1) % P
    x = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P  # a candidate for the root of u / v
    if v * x * x % P == -u % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if len(data) != 32 or y >= P or v * x * x % P != u or (x == 0 and sign_bit == 1):
        return None
    x = x if x & 1 == sign_bit else P - x
    return x, y, 1, x * y % P


@functools.lru_cache(maxsize=256)
def public_point(public):
    """The point of a public key, or None for bytes that are no key."""
    point = decode(public)
    return None if point is None or of_small_order(point) else point


@functools.lru_cache(maxsize=64)
def multiples(point):
    """Row w has the multiples 0 to 15 of 16^w times the point, so a product is 64 additions and no doubling."""
    rows = []
    for _ in range(64):
        rows.append([NEUTRAL, *itertools.accumulate([point] * 15, add)])
        point = add(rows[-1][15], point)
    return rows


def add_times(total, scalar, point):
    """total + scalar * point, for a scalar below 2^256."""
    for place, row in enumerate(multiples(point)):
        total = add(total, row[scalar >> 4 * place & 15])
    return total


BASE = decode((4 * pow(5, -1, P) % P).to_bytes(32, "little"))  # y = 4/5 and the even x


def hash_to_scalar(*parts):
    return int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little") % L


def signed_by_any(publics, message, signature):
    r, s = signature[:32], int.from_bytes(signature[32:], "little")
    for public in publics if s < L else []:
        x, y, z, t = public_point(public)
        minus_h_a = add_times(NEUTRAL, hash_to_scalar(r, public, message), (P - x, y, z, P - t))
        p = add_times(minus_h_a, s, BASE)
        # The bytes are compared and not the points, so an R that is not canonical is never good.
        if encode(p) == r and not of_small_order(p):
            return True
    return False


def sign(seed, message):
    """The public key and the signature that a seed gives (RFC 8032, 5.1.5 and 5.1.6)."""
    digest = hashlib.sha512(seed).digest()
    secret = int.from_bytes(digest[:32], "little") & (2**254 - 8) | 2**254
    nonce = hash_to_scalar(digest[32:], message)
    public, r = encode(add_times(NEUTRAL, secret, BASE)), encode(add_times(NEUTRAL, nonce, BASE))
    return public, r + ((nonce + hash_to_scalar(r, public, message) * secret) % L).to_bytes(32, "little")


# The parts of a code. A Proof is the 91 bytes; its `value` is s[index + 1].
Proof = collections.namedtuple("Proof", "version issuer tier device day index value signature")


def key_id(public):
    return hashlib.sha256(public).digest()[:3]


def totp(key, period):
    digest = hmac.digest(key, struct.pack(">Q", period), "sha1")
    offset = digest[19] & 15
    return f"{int.from_bytes(digest[offset:offset + 4], 'big') % 2**31 % 10**8:08}"


def bytes_of(digits):
    """The bytes of groups of 17 digits, or None if a group is too big for 7 bytes."""
    groups = [int(digits[at:at + 17]) for at in range(0, len(digits), 17)]
    return b"".join(group.to_bytes(7, "big") for group in groups) if max(groups) < 2**56 else None


def chain_message(number, device, day, k, value):
    return struct.pack(f">9sB{len(number)}sHHH16s", b"MP1 chain", len(number), number.encode(), device, day, k, value)


def chain(number, device, day, k, value):
    """The values s[0] to s[k], from s[k]."""
    values = [value]
    for index in range(k, 0, -1):
        values.append(hashlib.sha256(chain_message(number, device, day, index, values[-1])).digest()[:16])
    return values[::-1]


def proof_message(number, issuer, tier, device, day, start):
    return struct.pack(f">9sB{len(number)}sB3sBHH16s", b"MP1 proof", len(number), number.encode(), 1, issuer, tier,
                       device, day, start)


def message_of(number, proof):
    """What the issuer must have signed if the proof is genuine."""
    start = chain(number, proof.device, proof.day, proof.index + 1, proof.value)[0]
    return proof_message(number, proof.issuer, proof.tier, proof.device, proof.day, start)


def read_code(code, length):
    """(number, kind, what follows the number: nothing, 8 digits or a Proof), or None if it is malformed."""
    code = code.strip(" \t\n\f\r")
    # Not isdigit, which takes the digits of other scripts too.
    if not re.fullmatch("[0-9A-Z]{%d}[0-9]*" % length, code):
        return None
    number, rest = code[:length], code[length:]
    if len(rest) == 221 and (data := bytes_of(rest)):
        proof = Proof._make(struct.unpack(">B3sBHHH16s64s", data))
        return (number, "proof", proof) if proof.version == 1 and proof.index < 1440 else None
    return {0: (number, "static", None), 8: (number, "rotating", rest)}.get(len(rest))


def parse_list(data):
    """(issuer, issued, entries, what is signed, signature) of a revocation list, or None; entries are not judged."""
    if len(data) < 92 or data[:12] != b"MP1 revoked\x01":
        return None
    issuer, issued, length, count = struct.unpack(">3sQBI", data[12:28])
    end = 28 + count * (length + 2)
    if not 1 <= length <= 18 or count > 100_000 or len(data) != end + 64 or issued // 86400 > 65_535:
        return None
    return issuer, issued, list(struct.iter_unpack(f">{length}sH", data[28:end])), data[:end], data[end:]


# Answers.
def fitting_keys(keys, issuer, day):
    """The keys with this id that may sign on this day. Bytes that are no key could not have been set as one."""
    pairs = [(key["programme"], unhex(key["public"])) for key in keys if key["first"] <= day <= key["last"]]
    return [(owner, public) for owner, public in pairs if key_id(public) == issuer and public_point(public)]


def answer_revocations(ask):
    parsed = parse_list(unhex(ask["list"]))
    if parsed is None:
        return {"verdict": "malformed"}
    issuer, issued, entries, signed, signature = parsed
    keys = fitting_keys(ask["keys"], issuer, issued // 86400)
    publics = [public for owner, public in keys if owner == ask["programme"]]
    if not publics:
        return {"verdict": "wrong-programme" if keys else "unknown-issuer"}
    if not signed_by_any(publics, signed, signature):
        return {"verdict": "forged"}
    numbers = [number for number, _ in entries]
    if numbers != sorted(set(numbers)) or not all(re.fullmatch(b"[0-9A-Z]+", number) for number in numbers):
        return {"verdict": "malformed"}
    return {"verdict": "good", "issued": issued, "entries": [[number.decode(), low] for number, low in entries]}


def find_rotating(devices, code, periods):
    """The first (device, period) that gives the code, or None. All periods of a device come before the next device."""
    for device in sorted(devices, key=lambda device: device["number"]):
        for period in periods if device["totp"] is not None else []:
            if period >= 0 and hmac.compare_digest(totp(unhex(device["totp"]), period), code):
                return device["number"], period
    return None


def answer_code(ask):
    programme, backend, now, this_period = ask["programme"], ask["at"] == "backend", ask["now"], ask["now"] // 60
    # 1. Malformed
    read = read_code(ask["code"], programme["number_length"])
    if read is None:
        return {"verdict": "malformed"}
    number, kind, rest = read
    proof = rest if kind == "proof" else None
    # 2 and 3. Whose card
    keys = fitting_keys(ask["keys"], proof.issuer, proof.day) if proof else []
    if proof and not keys:
        return {"verdict": "unknown-issuer"}
    card = next((card for card in ask["cards"] if card["number"] == number), None) if backend else None
    if backend and card is None:
        return {"verdict": "unknown-card"}
    publics = [public for owner, public in keys if owner == programme["id"]]
    other_card = card is not None and card["programme"] != programme["id"]
    if (proof and not publics) or other_card or not number.startswith(programme["prefix"]):
        return {"verdict": "wrong-programme"}
    # 4 to 6. Time, wrong guesses, genuine. Only a code that was checked has a device and a period.
    device = period = None
    if proof:
        device, period = proof.device, 1440 * proof.day + proof.index
        if period < this_period - 1:
            return {"verdict": "expired", "seconds": now - 60 * (period + 1)}
        if period > this_period + 1:
            return {"verdict": "future", "seconds": 60 * period - now}
        if not signed_by_any(publics, message_of(number, proof), proof.signature):
            return {"verdict": "forged"}
    elif kind == "rotating" and backend:
        if card["clear_at"] > now + 5400:
            return {"verdict": "too-many-guesses", "seconds": card["clear_at"] - (now + 5400)}
        found = find_rotating(card["devices"], rest, range(this_period - 1, this_period + 2))
        if found is None:
            late = find_rotating(card["devices"], rest, range(this_period - 2, this_period - 11, -1))
            return {"verdict": "expired", "seconds": now - 60 * (late[1] + 1)} if late else {"verdict": "forged"}
        device, period = found
    verified = device is not None
    # 7. Revoked. A list says nothing of a code that a till did not check, since that names no device.
    revocations_age = None
    if backend:
        if card["revoked"] or (verified and device not in [d["number"] for d in card["devices"] if not d["revoked"]]):
            return {"verdict": "revoked"}
    elif ask["revocations"] is not None:
        _, issued, entries, _, _ = parse_list(unhex(ask["revocations"]))
        revocations_age = max(0, now - issued)
        if verified and device < dict(entries).get(number.encode(), 0):
            return {"verdict": "revoked"}
    # 8. Single use
    again = False
    for mark in ask["marks"] if verified else []:
        if (mark["number"], mark["device"]) == (number, device) and mark["period"] >= period:
            again = (mark["period"], mark["till"], mark["receipt"]) == (period, ask["till"], ask["receipt"])
            if not again:
                return {"verdict": "used", "seconds": max(0, 60 * (mark["period"] + 1) - now)}
    return {"verdict": "accepted", "number": number, "kind": kind, "verified": verified, "device": device,
            "tier": proof.tier if proof else None, "period": period,
            "may_spend": backend and (verified or programme["payload"] == "static"),
            "again": again, "revocations_age": revocations_age}


def answer_line(line):
    """An answer to each line, also to one that is no ask, so that answers and asks stay in step."""
    try:
        ask = json.loads(line)
        return answer_revocations(ask) if ask["what"] == "revocations" else answer_code(ask)
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}


# The samples.
def check_vectors(vectors):
    """Yields (what was checked, whether it agrees) for each sample. The QR version of a payload is not checked."""
    for v in vectors["totp"]:
        got = v["time"] // v["step"], totp(unhex(v["key"]), v["period"])
        yield f"totp at {v['time']}", got == (v["period"], v["code"])
    for v in vectors["groups"]:
        yield f"group {v['digits']}", bytes_of(v["digits"]) == (unhex(v["bytes"]) if v["bytes"] else None)
    publics = [sign(unhex(v["seed"]), b"")[0] for v in vectors["keys"]]
    for v, public in zip(vectors["keys"], publics):
        yield f"key {v['id']}", (public.hex(), key_id(public).hex()) == (v["public"], v["id"]) and public_point(public)
    for v in vectors["no_keys"]:
        yield f"no key: {v['why']}", public_point(unhex(v["public"])) is None
    for v in vectors["chains"]:
        start = v["number"], v["device"], v["day"], 1440, unhex(v["secret"])
        yield f"chain of {v['number']}, message", chain_message(*start).hex() == v["message"]
        yield f"chain of {v['number']}", v["values"] == {k: chain(*start)[int(k)].hex() for k in v["values"]}
    for v in vectors["signatures"]:
        message = unhex(v["message"])
        public, signature = sign(unhex(v["seed"]), message)
        fields = v["number"], key_id(public), v["tier"], v["device"], v["day"], unhex(v["start"])
        yield f"signature for {v['number']}, message", proof_message(*fields) == message
        yield f"signature for {v['number']}, made", signature.hex() == v["signature"]
        yield f"signature for {v['number']}, checked", signed_by_any([public], message, unhex(v["signature"]))
    for v in vectors["payloads"]:
        number, kind, rest = read_code(v["payload"], len(v["number"])) or (None, None, None)
        yield f"payload {v['payload']}", (number, kind, len(v["payload"])) == (v["number"], v["kind"], v["length"])
        if kind == "proof":
            got = bytes_of(v["payload"][len(number):]).hex(), 1440 * rest.day + rest.index
            yield f"bytes or period of {v['payload']}", got == (v["bytes"], v["period"])
            yield f"signature of {v['payload']}", signed_by_any(publics, message_of(number, rest), rest.signature)
    for v in vectors["asks"]:
        # Compared as text, since in Python true equals 1.
        got, wanted = (json.dumps(a, sort_keys=True) for a in (answer_line(json.dumps(v["ask"])), v["answer"]))
        yield f"ask {v['name']!r}: {got} and not {wanted}", got == wanted


if __name__ == "__main__":
    if sys.argv[1:2] == ["--vectors"]:
        with open(sys.argv[2], "rb") as file:
            results = list(check_vectors(json.load(file)))
        disagreements = [what for what, agrees in results if not agrees]
        print("\n".join(disagreements) or f"{len(results)} checks agree")
        sys.exit(bool(disagreements))
    for line in sys.stdin.buffer:
        if line.strip():
            print(json.dumps(answer_line(line)), flush=True)
