"""审计日志: who did what and when, searched by whoever holds the office of the auditor.

A plain page of one form, like that of accounts: it works without scripts, and its address holds
what is looked for.
"""
