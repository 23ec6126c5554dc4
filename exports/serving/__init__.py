"""Predictions for a clinic's other software, in the words of the OpenAI API, on this machine alone.

``app`` is the web application, ``answers`` what stands in an answer. Starlette and uvicorn carry it
and the ``openai`` package's own types shape it; all three come with the extra ``serve``.
"""
