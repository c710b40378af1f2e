"""Spans of time, in hours."""

DAY, WEEK = 24, 168
