"""Articles, passages and questions: everything that answers, nothing that knows about Telegram."""

import os

# A question multiplies small matrices: threads of the linear algebra would wait for each other,
# spinning, on the processors that other questions need. Read once, when numpy is first imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
