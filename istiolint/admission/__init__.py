"""What Istio itself refuses, beyond the schema: its webhook, and `istioctl validate`.

`judge.judge` looks at one object. One module per kind holds the checks of that kind; they share the small pure
helpers beside them (`hosts`, `durations`, `re2`, ...). Docstrings name the section of the specification of Istio's
validation that a function follows ("specification 3.9", "specification VS019").
"""
