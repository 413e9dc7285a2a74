"""格, as the sign of every page."""

from base64 import b64encode

# 格, as the page's sign; within the page, since browsers ask twice for one that is beside it.
_SIGN = (
    "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'>"
    "<rect width='32' height='32' rx='6' fill='#111b2e'/>"
    "<path d='M4 11h24M4 21h24M11 4v24M21 4v24' stroke='#9ad6d0' stroke-width='2'/>"
    "<rect x='12' y='12' width='8' height='8' fill='#e5484d'/></svg>"
)
# As base64: the namespace's address, which nobody asks for, must not look like one.
SIGN = f"data:image/svg+xml;base64,{b64encode(_SIGN.encode()).decode()}"
