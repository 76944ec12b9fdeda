"""FEEL text into a syntax tree."""
