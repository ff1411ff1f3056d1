"""What the command line exits with; the epilogue of its help tells them."""

from __future__ import annotations

DONE, JOB_FAILED, BAD_JOB, INTERRUPTED = 0, 1, 2, 130
