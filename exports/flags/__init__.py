"""What a person must know before looking at an answer: flags, each *check* or *stop*.

``judge`` is the way in: it holds one case's text and answers against a ``Ground`` (the department's
table and the training cases). ``said`` reads the text, ``usual`` knows ranges of dose, ``places``
what fits together. No model is asked here, and nothing here knows which answer is right.
"""
