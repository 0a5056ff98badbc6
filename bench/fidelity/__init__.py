"""Control fidelity: command a channel, render, track the rendered pixels again, compare.

Run as ``python -m bench.fidelity [PORTRAIT ...] -o DIR``; ``docs/bench.md`` says what each figure
means and where its threshold comes from.
"""
