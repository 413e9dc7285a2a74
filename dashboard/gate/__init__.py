"""The one gate: every request passes it before any page, route or callback sees it.

``add_gate`` closes a server behind it. What it asks, in this order: is the host one of ours, is
the address there, is a change sent by a page of ours, is the address entered in the table of
rights, is what was sent readable and not too large. ``setup/slow_clients.py`` stands before it:
a request that is not there yet holds no thread.
"""
