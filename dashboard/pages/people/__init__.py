"""人员: who may sign in, what they may do and where; set-up links, closed accounts, sessions.

Plain pages of forms: they must work where nothing is loaded yet, and without scripts.
"""
