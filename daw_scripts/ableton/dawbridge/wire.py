"""Lines of the DAW protocol: verb and named values, whole or passed over."""

PROTOCOL = 1
LONGEST = 1 << 24  # bytes of a line
_ESCAPES = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}
_MEANINGS = {"\\": "\\", "t": "\t", "n": "\n", "r": "\r"}


def said(value):
    """A value as text: yes and no are 1 and 0, numbers decimal with a point."""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        return (f"{value:.9f}").rstrip("0").rstrip(".")
    return str(value)


def encode(verb, **values):
    """The line, with its line feed; values that are None are left out."""
    fields = [verb]
    for name, value in values.items():
        if value is not None:
            fields.append(name + "=" + "".join(_ESCAPES.get(sign, sign) for sign in said(value)))
    body = "\t".join(fields).encode("utf-8", "replace")
    return body + b"\t#%d\n" % len(body)


def decode(line):
    """(verb, values) of a line without its line feed; None: it was torn, or is none of ours."""
    body, tab, count = line.rpartition(b"\t#")
    if not tab or not count.isdigit() or len(count) > 9 or int(count) != len(body):
        return None
    try:
        fields = body.decode("utf-8").split("\t")
    except UnicodeDecodeError:
        return None
    values = {}
    for each in fields[1:]:
        name, equals, value = each.partition("=")
        if equals:
            values[name] = _plain(value)
    return fields[0], values


def number(values, name, default=None):
    """A value as a finite number; `default` where it was left out or is none."""
    try:
        told = float(values[name])
    except (KeyError, ValueError):
        return default
    return told if abs(told) < 1e300 else default


def whole(values, name, default=0):
    """A value as a whole number."""
    told = number(values, name)
    return default if told is None else int(told)


class Lines:
    """Whole lines out of bytes that come in pieces."""

    def __init__(self, longest=LONGEST):
        self._rest = b""
        self._longest = longest
        self._skipping = False

    def push(self, piece):
        """The (verb, values) that are whole now; torn and endless lines are passed over."""
        lines = (self._rest + piece).split(b"\n")
        self._rest = lines.pop()
        told = []
        for line in lines:
            heard = None if self._skipping else decode(line[:-1] if line[-1:] == b"\r" else line)
            self._skipping = False
            if heard is not None:
                told.append(heard)
        if len(self._rest) > self._longest:
            self._rest, self._skipping = b"", True
        return told


def _plain(value):
    if "\\" not in value:
        return value
    plain, signs = [], iter(value)
    for sign in signs:
        if sign == "\\":
            sign = next(signs, "\\")
            sign = _MEANINGS.get(sign, sign)
        plain.append(sign)
    return "".join(plain)
