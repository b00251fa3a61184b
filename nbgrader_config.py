# nbgrader settings of this course. nbgrader, its formgrader page and `make release` all read this file.
# What each of our steps does stands in its module below smtraining/grading/; for instructors: docs/grading.md.
from importlib.util import find_spec
from pathlib import Path

c = get_config()  # noqa: F821  (nbgrader defines it)

# The course is the folder of this file, wherever a command or the server was started.
c.CourseDirectory.root = str(Path(__file__).resolve().parent)
c.CourseDirectory.course_id = "smtraining"

# Masters in solutions/, student copies in exercises/, everything with student data under grading/ (ignored by git).
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "exercises"
c.CourseDirectory.submitted_directory = "grading/submitted"
c.CourseDirectory.autograded_directory = "grading/autograded"
c.CourseDirectory.feedback_directory = "grading/feedback"
c.CourseDirectory.solution_directory = "grading/solution"
c.CourseDirectory.db_url = f"sqlite:///{Path(__file__).resolve().parent / 'grading' / 'gradebook.db'}"
(Path(__file__).resolve().parent / "grading").mkdir(exist_ok=True)  # sqlite makes the file, not the folder

# What a student finds in place of a model answer.
c.ClearSolutions.text_stub = "*Double-click this cell, write your answer in place of this line, then press Shift+Enter.*"

# Each list is written out in full, because nbgrader's server applies an insertion once more for every command it runs.
ours, theirs = "smtraining.grading.", "nbgrader.preprocessors."

# Release: check the grading cells first, and look for leaks last. Between them stand nbgrader's own steps, unchanged.
c.GenerateAssignment.preprocessors = [
    ours + "release.CheckMaster",
    theirs + "IncludeHeaderFooter",
    theirs + "InstantiateTests",
    theirs + "LockCells",
    theirs + "ClearSolutions",
    theirs + "ClearOutput",
    theirs + "CheckCellMetadata",
    theirs + "ComputeChecksums",
    theirs + "SaveCells",
    theirs + "ClearHiddenTests",
    theirs + "ClearMarkScheme",
    theirs + "ComputeChecksums",
    theirs + "CheckCellMetadata",
    ours + "release.RefuseLeaks",
]

# Autograde: answers are taken before outputs are cleared, and scored in this process; a kernel starts only for code exercises.
c.Autograde.sanitize_preprocessors = [
    ours + "preprocessors.CaptureAnswers",
    theirs + "ClearOutput",
    theirs + "OverwriteKernelspec",
    ours + "preprocessors.RestoreCells",
    theirs + "CheckCellMetadata",
]
c.Autograde.autograde_preprocessors = [
    ours + "preprocessors.ExecuteIfNeeded",
    theirs + "IgnorePattern",
    theirs + "LimitOutput",
    ours + "preprocessors.ScoreAnswers",
    theirs + "AssignLatePenalties",
    theirs + "CheckCellMetadata",
]
c.OverwriteCells.add_missing_cells = True  # a deleted cell comes back, and is marked

# Late work (docs/grading.md, "Late work"). To switch it on, take the "# " away from these lines and make the numbers yours. Extensions for
# single students stand in grading/extensions.csv. Without this, nothing is taken from late work.
# c.AssignLatePenalties.plugin_class = "smtraining.grading.late.LatePolicy"
# c.LatePolicy.timezone = "America/Chicago"  # the clock by which a day begins
# c.LatePolicy.grace_minutes = 15            # so much later is not late
# c.LatePolicy.percent_per_day = 10          # for each day begun after the grace
# c.LatePolicy.percent_of = "earned"         # of the points "earned", or of all that are "possible"
# c.LatePolicy.max_penalty_percent = 50      # never more than this
# c.LatePolicy.min_score_percent = 0         # and no score is pushed below this part of all points
# c.LatePolicy.by_assignment = {}            # where one differs, such as {"03-confidentiality": {"percent_per_day": 5}}

# Pages of feedback name what was graded and load nothing from the internet: our template is found before nbgrader's.
packages = {name: Path(find_spec(name).origin).parent for name in ("nbgrader", "smtraining")}
c.HTMLExporter.extra_template_basedirs = [
    str(packages["smtraining"] / "grading" / "templates"),
    str(packages["nbgrader"] / "server_extensions" / "formgrader" / "templates"),
]

# Feedback: readable answers, credit and reasons in place of our grading cells. What was marked by hand changes the score that a late
# penalty is taken from, so the penalty is worked out once more.
c.GenerateFeedback.preprocessors = [
    ours + "feedback.FeedbackView",
    ours + "late.PenaltiesOfToday",
    theirs + "GetGrades",
    "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor",
]

# When the page shows the right answers and the reasons (docs/grading.md, "When feedback shows the key"); without this, at once: "due" (when
# the last student's time is up), "due + 2 days", a moment such as "2026-03-10 08:00", or {"03-confidentiality": "due", "*": "…"}.
# And the address of the lessons, in JupyterLab or as pages ({lesson}.html), so that "What to read again" leads there.
# c.FeedbackPage.show_keys_from = "due"
# c.FeedbackPage.timezone = "America/Chicago"
# c.FeedbackPage.lessons_url = "https://hub.example.edu/hub/user-redirect/lab/tree/smtraining/notebooks"
