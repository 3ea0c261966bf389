"""ML-DSA-65, verification only (SPEC 4.4, 5.1; FIPS 204, algorithms 3 and 8). It keeps no secret."""

from hashlib import shake_128, shake_256

Q, DROPPED = 8380417, 13
ROWS, COLUMNS, ONES, MOST_HINTS = 6, 5, 49, 55  # k, l, tau, omega
GAMMA1, GAMMA2, BETA = 1 << 19, (Q - 1) // 32, 49 * 4
CHALLENGE, KEY, SIGNATURE = 48, 32 + ROWS * 320, 48 + COLUMNS * 640 + MOST_HINTS + ROWS

# Powers of the 512th root of unity 1753, in the order in which the transform uses them (FIPS 204, 7.5).
ZETAS = [pow(1753, int(f"{k:08b}"[::-1], 2), Q) for k in range(256)]
INVERSE_OF_256 = pow(256, -1, Q)


def ntt(poly):
    poly, k = list(poly), 0
    for half in (128, 64, 32, 16, 8, 4, 2, 1):
        for start in range(0, 256, 2 * half):
            k += 1
            for j in range(start, start + half):
                t = ZETAS[k] * poly[j + half] % Q
                poly[j], poly[j + half] = (poly[j] + t) % Q, (poly[j] - t) % Q
    return poly


def back(poly):
    """The inverse of `ntt`."""
    poly, k = list(poly), 256
    for half in (1, 2, 4, 8, 16, 32, 64, 128):
        for start in range(0, 256, 2 * half):
            k -= 1
            for j in range(start, start + half):
                low, high = poly[j], poly[j + half]
                poly[j], poly[j + half] = (low + high) % Q, ZETAS[k] * (high - low) % Q
    return [INVERSE_OF_256 * c % Q for c in poly]


def numbers(data, bits):
    """The little-endian numbers of `bits` bits in `data`."""
    value, mask = int.from_bytes(data, "little"), (1 << bits) - 1
    return [value >> at & mask for at in range(0, 8 * len(data), bits)]


def uniform(seed):
    """A polynomial with coefficients below Q, by rejection (algorithm 30)."""
    blocks = 5
    while True:
        stream = shake_128(seed).digest(168 * blocks)
        drawn = (int.from_bytes(stream[i:i + 3], "little") & 0x7FFFFF for i in range(0, len(stream), 3))
        found = [c for c in drawn if c < Q]
        if len(found) >= 256:
            return found[:256]
        blocks += 1


def ball(seed):
    """The challenge: 49 coefficients are 1 or -1, the others 0 (algorithm 29)."""
    stream = iter(shake_256(seed).digest(8 * 136))  # some 60 bytes are used
    signs = int.from_bytes(bytes(next(stream) for _ in range(8)), "little")
    poly = [0] * 256
    for i in range(256 - ONES, 256):
        j = next(b for b in stream if b <= i)
        poly[i] = poly[j]
        poly[j] = -1 if signs & 1 else 1
        signs >>= 1
    return poly


def hints(data):
    """For each row the positions that have a hint, or None if the encoding is malformed (algorithm 21)."""
    rows, start = [], 0
    for end in data[MOST_HINTS:]:
        places = data[start:end]
        if not start <= end <= MOST_HINTS or any(a >= b for a, b in zip(places, places[1:])):
            return None
        rows.append(set(places))
        start = end
    return None if any(data[start:MOST_HINTS]) else rows


def high_bits(c, hint):
    """The high bits of a coefficient, moved by one where there is a hint (algorithms 36, 40)."""
    low = c % (2 * GAMMA2)
    low -= 2 * GAMMA2 if low > GAMMA2 else 0
    high = (c - low) // (2 * GAMMA2)
    if c - low == Q - 1:
        high, low = 0, low - 1
    return (high + (0 if not hint else 1 if low > 0 else -1)) % 16


def is_sound(key):
    """Whether a public key is sound (SPEC 5.1)."""
    return len(set(key[32:])) > 1


def matches(key, message, signature):
    """Whether `signature` is that of `message` by `key`, pure and with the empty context."""
    if len(key) != KEY or len(signature) != SIGNATURE:
        return False
    seed, packed = key[:32], key[32:]
    challenge, middle, end = signature[:CHALLENGE], signature[CHALLENGE:-MOST_HINTS - ROWS], signature[-MOST_HINTS - ROWS:]
    z = [[GAMMA1 - c for c in numbers(middle[i:i + 640], 20)] for i in range(0, len(middle), 640)]
    marked = hints(end)
    if marked is None or any(abs(c) >= GAMMA1 - BETA for poly in z for c in poly):
        return False
    mu = shake_256(shake_256(key).digest(64) + b"\0\0" + message).digest(64)
    z, c, answer = [ntt(poly) for poly in z], ntt(ball(challenge)), b""
    for row in range(ROWS):
        a = [uniform(seed + bytes((column, row))) for column in range(COLUMNS)]
        t = ntt([high << DROPPED for high in numbers(packed[320 * row:320 * row + 320], 10)])
        w = back([(sum(a[i][n] * z[i][n] for i in range(COLUMNS)) - c[n] * t[n]) % Q for n in range(256)])
        high = [high_bits(coefficient, n in marked[row]) for n, coefficient in enumerate(w)]
        answer += bytes(high[n] | high[n + 1] << 4 for n in range(0, 256, 2))
    return shake_256(mu + answer).digest(CHALLENGE) == challenge
