"""Long work in rows: started by anyone, run by any process, watched and stopped by any page.

``rows`` starts, reads and cancels; ``worker`` claims and runs; each module of ``kinds`` is one kind
of work: to add one, write its module.
"""
