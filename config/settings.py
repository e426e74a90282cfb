"""All settings, from the environment or a .env file; a wrong one stops the start by its name."""

import json
import os
import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    FilePath,
    SecretStr,
    ValidationError,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict, SettingsError

PREFIX = "ISNAD_"
_DELIMITER = "__"
_TOKEN = re.compile(r"\d+:[A-Za-z0-9_-]+")
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")  # a name, as RFC 9110 has it
_PLATFORM_PORT = "PORT"  # what platforms that route to a process tell it in
_PORT = 8080


class ConfigurationError(Exception):
    """A setting that is missing or wrong; the message names its variable, never a secret."""


def _token(value: SecretStr | None) -> SecretStr | None:
    if value is not None and not _TOKEN.fullmatch(value.get_secret_value()):
        raise ValueError("should be the token BotFather gives, as 123456789:AAF…")
    return value


def _ids(value: object) -> object:
    """Parse the list here: what the library says of a wrong one names another variable."""
    if not isinstance(value, str):
        return value
    try:
        ids = json.loads(value)
    except ValueError:
        ids = None
    if not isinstance(ids, list) or not all(type(user) is int for user in ids):
        raise ValueError("should be a JSON list of user ids, as [123456789]")
    return ids


def _url(value: str) -> str:
    if not re.fullmatch(r"https?://[^\s/?#]+(/[^\s?#]*)?", value):
        raise ValueError("should be a URL, as https://api.telegram.org")
    return value.rstrip("/")


def _public_url(value: str | None) -> str | None:
    if value is not None and not re.fullmatch(r"https://[^\s/?#]+(/[^\s?#]*)?", value):
        raise ValueError("should be an https URL, as https://bot.example.org/isnad")
    return value


def _secret(value: SecretStr | None) -> SecretStr | None:
    if value is not None and not _SECRET.fullmatch(value.get_secret_value()):
        raise ValueError("should be 1 to 256 letters, digits, _ and -")
    return value


def _chroma_url(value: str | None) -> str | None:
    if value is not None and not re.fullmatch(r"https?://[^\s/?#@]+(/[^\s?#]*)?", value):
        raise ValueError("should be a URL without a name or password, as http://127.0.0.1:8000")
    return value and value.rstrip("/")


def _headers(value: SecretStr | None) -> SecretStr | None:
    if value is not None and not _is_headers(value.get_secret_value()):
        raise ValueError('should be a JSON object of texts, as {"Authorization": "Bearer …"}')
    return value


def _is_headers(text: str) -> bool:
    try:
        headers = json.loads(text)
    except ValueError:
        return False
    return isinstance(headers, dict) and all(
        isinstance(value, str)
        and value.isprintable()
        and value.isascii()
        and _HEADER.fullmatch(name)
        for name, value in headers.items()
    )


def _not_empty(value: str) -> str:
    if not value.strip():
        raise ValueError("should be `bundled`, a folder or a hub name")
    return value


class TelegramSettings(BaseModel):
    """What the bot needs to talk to Telegram."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    token: Annotated[SecretStr | None, AfterValidator(_token)] = Field(
        default=None, description="the bot's token; without one the console answers"
    )
    api_url: Annotated[str, AfterValidator(_url)] = Field(
        default="https://api.telegram.org", description="the Bot API server"
    )
    admins: Annotated[tuple[int, ...], NoDecode, BeforeValidator(_ids)] = Field(
        default=(), description="user ids of the admins, as a JSON list: [123456789]"
    )


class AccessSettings(BaseModel):
    """Who may ask, and how often."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    users: Annotated[tuple[int, ...], NoDecode, BeforeValidator(_ids)] = Field(
        default=(), description="ids of those who may ask, as a JSON list; all if it is empty"
    )
    chats: Annotated[tuple[int, ...], NoDecode, BeforeValidator(_ids)] = Field(
        default=(), description="ids of groups where all may ask, as a JSON list"
    )
    user_per_minute: int = Field(
        default=20, ge=0, description="questions a user may ask in a minute; 0 for any number"
    )
    chat_per_minute: int = Field(
        default=60, ge=0, description="questions a group may ask in a minute; 0 for any number"
    )


class WebhookSettings(BaseModel):
    """Where Telegram posts updates to, if the bot does not ask for them."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    url: Annotated[str | None, AfterValidator(_public_url)] = Field(
        default=None, description="the public URL Telegram posts to; without one the bot polls"
    )
    listen: str | None = Field(default=None, description="the address to listen on")
    port: int | None = Field(default=None, ge=1, le=65535, description="the port to listen on")
    secret: Annotated[SecretStr | None, AfterValidator(_secret)] = Field(
        default=None, description="what Telegram shows with every update; by default made of token"
    )

    workers: int = Field(
        default=1, ge=1, le=64, description="processes of the bot behind that address"
    )

    def address(self) -> tuple[str, int]:
        """Return where to listen: by default this machine alone, on port 8080.

        A platform that sets PORT has its router on another machine, so there it is everywhere, on
        that port. What is set wins over both.

        Raises:
            ConfigurationError: If the platform's PORT is needed and is none.
        """
        platform = os.environ.get(_PLATFORM_PORT, "")
        listen = self.listen or ("0.0.0.0" if platform else "127.0.0.1")  # noqa: S104 - see above
        if self.port is not None or not platform:
            return listen, self.port or _PORT
        if not re.fullmatch(r"[1-9]\d{0,4}", platform) or int(platform) > 65535:  # noqa: PLR2004
            raise ConfigurationError(f"{_PLATFORM_PORT}: should be a port, as {_PORT}")
        return listen, int(platform)


class Settings(BaseSettings):
    """Everything an operator can set, each documented in .env.example."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter=_DELIMITER,
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    telegram: TelegramSettings = TelegramSettings()
    access: AccessSettings = AccessSettings()
    keep_questions: bool = Field(
        default=False, description="whether the words of questions are kept, for test collections"
    )
    webhook: WebhookSettings = WebhookSettings()
    metrics_port: int | None = Field(
        default=None, ge=1, le=65535, description="a port of this machine for /health and /metrics"
    )
    log_format: Literal["text", "json"] = Field(
        default="text", description="`text`, or `json` for one JSON object a line"
    )
    log_questions: bool = Field(
        default=False, description="`true` to log questions and who asked; otherwise neither"
    )
    corpus: Path = Field(default=Path("seeds"), description="a file or folder of articles")
    data: Path = Field(default=Path("var"), description="a folder for generations and state")
    keep_generations: int = Field(
        default=3, ge=1, description="generations to keep, the one that is served among them"
    )
    embedding_cache_mb: int = Field(
        default=512,
        ge=0,
        description="megabytes of vectors to keep for the next builds; 0 for none",
    )
    workers: int = Field(
        default=1,
        ge=1,
        le=64,
        description="processes that answer; each opens the archive",
    )
    encoder: Annotated[str, AfterValidator(_not_empty)] = Field(
        default="bundled", description="`bundled`, a folder or a hub name"
    )
    chroma_url: Annotated[str | None, AfterValidator(_chroma_url)] = Field(
        default=None, description="a server of Chroma; without one, vectors are in ISNAD_DATA"
    )
    chroma_headers: Annotated[SecretStr | None, AfterValidator(_headers)] = Field(
        default=None, description="what is sent with every request to it, as a JSON object"
    )
    chroma_tenant: str = Field(default="default_tenant", description="its tenant")
    chroma_database: str = Field(default="default_database", description="its database")
    chroma_certificates: FilePath | None = Field(
        default=None, description="a file of certificates to trust it by"
    )

    def headers_for_chroma(self) -> dict[str, str]:
        """Return what is sent with every request to the server of Chroma; it may be secret."""
        if self.chroma_headers is None:
            return {}
        headers: dict[str, str] = json.loads(self.chroma_headers.get_secret_value())
        return headers


def load_settings(**overrides: Any) -> Settings:
    """Read the settings.

    Raises:
        ConfigurationError: If one is malformed, naming every such variable and what it should be.
    """
    try:
        return Settings(**overrides)
    except ValidationError as error:
        problems = [_problem(details) for details in error.errors(include_input=False)]
        # The cause is left out: its text can quote the value, and the value can be the token.
        raise ConfigurationError("\n".join(problems)) from None
    except SettingsError as error:
        raise ConfigurationError(_malformed_json(str(error))) from None
    except UnicodeDecodeError as error:
        raise ConfigurationError(f".env: not UTF-8 text (byte {error.start})") from None


def platform_port() -> bool:
    """Say whether a platform gave this process a port, which it expects to be listened on."""
    return bool(os.environ.get(_PLATFORM_PORT))


def unknown_variables() -> list[str]:
    """Return the ISNAD_ variables of the environment that no setting reads: slips of the pen."""
    known = {name.upper() for name in Settings.model_fields}
    return sorted(
        variable
        for variable in os.environ
        if variable.startswith(PREFIX)
        and variable.removeprefix(PREFIX).split(_DELIMITER)[0] not in known
    )


def _problem(details: Any) -> str:
    location = [str(part) for part in details["loc"]]
    names = [part for part in location if not part.isdigit()]
    variable = PREFIX + _DELIMITER.join(names).upper()
    if details["type"] == "extra_forbidden":
        return f"{variable}: no such setting; see .env.example"
    expected = details["msg"].removeprefix("Value error, ")
    field: Any = Settings.model_fields[names[0]].annotation if len(names) > 1 else Settings
    description = (
        field.model_fields[names[-1]].description if names[-1] in field.model_fields else None
    )
    return f"{variable}: {expected}" + (f" ({description})" if description else "")


def _malformed_json(text: str) -> str:
    """Name the variable that pydantic-settings could not parse, without what it held."""
    match = re.search(r'field "(\w+)"', text)
    name = match[1].upper() if match else ""
    return f"{PREFIX}{name}: should be JSON where it is a list, as [123456789]; see .env.example"
