"""What a briefing is besides pages: slides, a text that an office edits on, and the data behind it.

Slides and text read the content's shapes alone; the data are asked from the store as the pages were. All give the same
bytes for the same input.
"""
