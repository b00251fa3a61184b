"""What authors and instructors run: the lint of content and notebooks, statistics, stored previews, and regenerating ``exercises/``.

Nothing here is imported by a lesson or by grading. See docs/authoring.md.
"""
