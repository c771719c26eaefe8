"""The monthly report: figures, judgement, pages, PDF."""
