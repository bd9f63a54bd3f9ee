"""Drafts and what becomes of them: writing, review, signing, corrections, schedules."""
