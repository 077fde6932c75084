"""What the mesh must do, as assertions in files: read, asked of the evaluator, and judged.

file --reading--> assertions --selecting--> clients and requests
     --trace/--> traces --facts--> branches --judging--> results --report, formats--> text, JSON, JUnit
"""
