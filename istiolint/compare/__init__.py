"""What changes between two trees of manifests, in terms of requests: who asks what, and what happens before and after.

trees --sources, revisions--> documents --changed--> what differs in value --reach--> who can be affected
      --units, trace/--> requests and traces --effects--> what happens, without names --rows--> rows
      --report, formats, markdown--> text, JSON, Markdown
"""
