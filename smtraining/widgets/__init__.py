"""What a learner sees: :mod:`~smtraining.widgets.page` (the live page) and :mod:`~smtraining.widgets.static` (the same without a kernel).

Nothing is imported here, so that the static version can be used without anywidget. Neither module knows a key, a file or a score.
"""
