"""To and from learning management systems: rosters and uploaded notebooks in, grades out. See docs/lms.md.

Everything goes through files that the LMS itself wrote. No student is ever matched by name alone when a grade is written; what is not
certain is listed, and holds the whole file back until the instructor decides. nbgrader is imported only where the gradebook is opened.
"""
