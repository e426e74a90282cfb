# The bot, on the processor alone; how to run it is in README.md, "Deployment".
FROM python:3.12-slim

# The picture of /sources joins Arabic letters with it.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libfribidi0 \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /app

# torch goes first and alone, as in the Makefile, and in a layer that outlives changes of the code.
COPY pyproject.toml .
RUN pip install --no-cache-dir --extra-index-url https://download.pytorch.org/whl/cpu \
    "$(grep -o 'torch==[0-9.]*' pyproject.toml)"

COPY . .
RUN pip install --no-cache-dir --editable . \
    && useradd --system --create-home isnad \
    && install --directory --owner isnad var

USER isnad
VOLUME /app/var

EXPOSE 8080

# Within a container, 127.0.0.1 would be out of a proxy's reach; health and metrics stay there. An
# empty variable, as in a copy of .env.example, is as good as none.
HEALTHCHECK --interval=30s --timeout=15s --start-period=10m \
    CMD python -c "import urllib.request; urllib.request.urlopen('http://127.0.0.1:${ISNAD_METRICS_PORT:-9100}/health')"
CMD ["sh", "-c", "ISNAD_WEBHOOK__LISTEN=${ISNAD_WEBHOOK__LISTEN:-0.0.0.0} ISNAD_METRICS_PORT=${ISNAD_METRICS_PORT:-9100} exec python -m bot"]
