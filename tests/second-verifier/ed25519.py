"""Ed25519, verification only and strictly (SPEC 4.4, 5.1; RFC 8032). It keeps no secret."""

from hashlib import sha512

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)

# Points are (X, Y, Z, T) with x = X/Z, y = Y/Z, xy = T/Z (RFC 8032, 5.1.4).
NEUTRAL = (0, 1, 1, 0)


def add(p, q):
    a = (p[1] - p[0]) * (q[1] - q[0]) % P
    b = (p[1] + p[0]) * (q[1] + q[0]) % P
    c = 2 * p[3] * q[3] * D % P
    d = 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def double(p):
    a, b = p[0] * p[0] % P, p[1] * p[1] % P
    h = a + b
    e = h - (p[0] + p[1]) ** 2 % P
    g = a - b
    f = 2 * p[2] * p[2] % P + g
    return e * f % P, g * h % P, f * g % P, e * h % P


def negative(p):
    return -p[0] % P, p[1], p[2], -p[3] % P


def is_neutral(p):
    return p[0] % P == 0 and (p[1] - p[2]) % P == 0


def multiply(n, p, m=0, q=NEUTRAL):
    """[n]p + [m]q."""
    choice = (None, p, q, add(p, q))
    result = NEUTRAL
    for bit in reversed(range(max(n.bit_length(), m.bit_length()))):
        result = double(result)
        addend = choice[n >> bit & 1 | (m >> bit & 1) << 1]
        if addend:
            result = add(result, addend)
    return result


def encode(p):
    inverse = pow(p[2], -1, P)
    x, y = p[0] * inverse % P, p[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def decode(data):
    """The point that `data` is the canonical encoding of, or None (RFC 8032, 5.1.3)."""
    y = int.from_bytes(data, "little") & (1 << 255) - 1
    sign = data[31] >> 7
    if y >= P:
        return None
    u, v = y * y - 1, D * y * y + 1
    x = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    if (v * x * x + u) % P == 0:
        x = x * ROOT_OF_MINUS_ONE % P
    if (v * x * x - u) % P != 0 or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


BASE = decode((4 * pow(5, -1, P) % P).to_bytes(32, "little"))


def is_sound(key):
    """Whether a public key is sound (SPEC 5.1)."""
    point = decode(key)
    return point is not None and not is_neutral(point) and is_neutral(multiply(ORDER, point))


def matches(key, message, signature):
    """Whether `signature` is the one of `message` by the sound key `key` (SPEC 4.4)."""
    r, s = signature[:32], int.from_bytes(signature[32:], "little")
    if s >= ORDER:
        return False
    k = int.from_bytes(sha512(r + key + message).digest(), "little") % ORDER
    point = multiply(s, BASE, k, negative(decode(key)))
    # Where the encodings are equal, this point is R.
    return encode(point) == r and not is_neutral(multiply(8, point))
