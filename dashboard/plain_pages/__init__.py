"""Pages outside of Dash: forms, lists and sentences, made by the server, all with one head.

``head.html`` is the head of every such page; ``card.html`` (a card alone: signing in, a refusal,
a page that waits) and ``barred.html`` (a bar with the way to the other pages above) are the two
forms of a body. A page's own template extends one of them and lies beside its routes.
"""
