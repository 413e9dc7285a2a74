"""Texts that broke programs: each is only text here."""

from __future__ import annotations

from hypothesis import strategies as st

_SCRIPTS = [
    "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "javascript:alert(1)",
    "{{7*7}}", "${7*7}", "#{7*7}", "<%= 7*7 %>", "{0.__class__}", "%s%s%n", "%(name)s", "{name}",
    "{", "}", "<!--", "]]>", "<svg/onload=alert(1)>", "&lt;b&gt;", "\\u003cscript\\u003e",
]  # fmt: skip
_SQL = [
    "'", "''", "\"", "\\", "';--", "' OR 1=1 --", "1; DROP TABLE county", "%", "_", "%%", "5203%",
    "~", ":code", "::text", "$1", "$$", "\\x00", "NULL", "null", "1/0", "pg_sleep(9)",
    "(SELECT 1)", "E'\\'", "/*", "*/",
]  # fmt: skip
_PATHS = [
    "../../../etc/passwd", "..%2f..%2fetc/passwd", "/etc/passwd", "//evil.example", "C:\\x",
    "http://evil.example/", "file:///etc/passwd", "/vsicurl/http://x", "a/b", ".", "..", "~root",
    "con", "x" * 300 + ".csv", "\\\\host\\share", "punycode", "idna", "rot13", "unicode_escape",
    "utf-7", "utf-16", "base64", "zlib", "undefined", "raw_unicode_escape", "mbcs", "latin-1",
]  # fmt: skip
_NUMBERS = [
    "0", "-1", "1e309", "NaN", "Infinity", "-Infinity", "9" * 20, "9" * 5000, "0x10", "1_000",
    "٣", "½", "²", "１２", "1.5", "+1", " 1", "1 ", "--1", "1e1000000", "2147483648",
    "9223372036854775808", "-9223372036854775809", "1,2", "1,2,3,4", "nan,nan,nan,nan",
    "1,2,3,1e999", "-0", "00000", "1.7976931348623157e308",
]  # fmt: skip
_DAYS = [
    "2026-02-30", "0000-00-00", "9999-12-31", "10000-01-01", "-1-01-01", "2026-W01", "20260101",
    "2026-01-01T25:00", "now", "infinity", "2026-01-01/2025-01-01", "../..", "0001-01-01",
    "2026-01-01T00:00:00+99:99",
]  # fmt: skip
_LETTERS = [
    "", " ", "\t\n", "\r\nX-Evil: 1", "\0", "a\0b", "\x7f", "\x1b[2J", "\ufeff", "\u202e", "\u2028",
    "\ufffe", "\uffff", "😀" * 50, "a" * 10_000, "格" * 3000, "é", "e\u0301", "\u200b", "İ",
    "ß", "\ufdfa" * 20, "Ⅻ", "＝cmd", "＋1", "－1", "＠x", "=1+1", "+1", "@SUM(1)", "-1+1",
    "|", "||", ";", "&", "&a=b", "?", "#", "a=b", "=", "[]", "{}", "[[[[", "true", "false", "on",
    "undefined", "None", "__proto__", "constructor", "__class__", "toString", "a.b", "a..b", ".",
    "\\", "`id`", "$(id)", "| id", "%00", "%0a", "%c0%ae", "%ff", "%u0000", "\x80", "\xff",
]  # fmt: skip
_MORE = [
    "<iframe src=javascript:alert(1)>", "<a href='x' onclick=alert(1)>x</a>", "' onmouseover='x",
    "<style>*{display:none}</style>", "<body onload=alert(1)>", "</textarea><script>", "{{x}}",
    "admin'--", "\" OR \"\"=\"", "1 UNION SELECT 1", "'; SELECT pg_sleep(9); --", "COPY x TO 'y'",
    "current_setting('x')", "x' AND 1=(SELECT 1)--", "ST_MakePoint(1,1)", "POINT EMPTY",
    "POINT(1 1)", "SRID=1;POINT(0 0)", "EPSG:4326", "EPSG:0", "EPSG:999999999", "gcj02",
    "+proj=longlat", "urn:ogc:def:crs:EPSG::4490", "90,180,-90,-180", "-181,-91,181,91",
    "2026-01-31", "2026-1-1", "1970-01-01T00:00:00Z", "00:00-24:00", "24:01", "7x24",
]  # fmt: skip
KNOWN = tuple(dict.fromkeys([*_SCRIPTS, *_SQL, *_PATHS, *_NUMBERS, *_DAYS, *_LETTERS, *_MORE]))
assert len(KNOWN) >= 200

# Halves of surrogate pairs come in by JSON alone; addresses and forms are bytes.
HALVES = ("\ud800", "a\udfff", "\udc00\ud800")
WORDS = st.sampled_from(KNOWN)
INVENTED = st.text(max_size=30)
VALUES = st.recursive(
    st.one_of(
        st.sampled_from((*KNOWN, *HALVES)),
        st.none(),
        st.booleans(),
        st.integers(),
        st.sampled_from((-1, 0, 1, 2**31, 2**63, 2**64, 10**39, 1.5, -0.0, 1e308)),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(("kind", "id", "name", "type", "")), inner, max_size=3),
    ),
    max_leaves=4,
)
