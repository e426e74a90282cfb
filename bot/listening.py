"""Sockets of the bot's own servers."""

import socket

from config.settings import ConfigurationError


def listen_on(host: str, port: int, variable: str) -> socket.socket:
    """Return a socket that listens and never blocks.

    Raises:
        ConfigurationError: If it cannot, by the name of the variable that says the port.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family, backlog=128)
    except OSError as error:
        why = (error.strerror or str(error)).split(" (while")[0]
        raise ConfigurationError(f"{variable}: cannot listen on {host}:{port} ({why})") from None
    listening.settimeout(0.0)
    return listening
