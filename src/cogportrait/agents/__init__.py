"""Stage 1: planner, composer and critic compile a brief into a control sequence."""
