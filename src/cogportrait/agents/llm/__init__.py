"""Planner, composer and critic by a language model; the extra ``llm``, or ``local-llm``."""
