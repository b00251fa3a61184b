"""What a class's answers say about the exercise, and who needs help: item analysis and the instructors' dashboard. See docs/analysis.md.

The statistics (``items``, ``reliability``, ``choices``, ``standards``, ``judgement``, ``progress``, ``groups``) are pure functions of
pandas frames; ``loading`` makes the frames from nbgrader's gradebook. Nothing here is imported by a lesson.
"""
