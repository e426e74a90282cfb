"""Settings: where they come from, what they are without any, and what a wrong one says."""

import os
import re
import subprocess
import sys
import traceback
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr

from config.settings import PREFIX, ConfigurationError, Settings, load_settings

EXAMPLE = Path(__file__).parent.parent / ".env.example"
TOKEN = "123456789:AAFsecret-Secret_of_the_bot"
MALFORMED_TOKEN = "AAFsecret-Secret_of_the_bot"
VARIABLES = {
    "ISNAD_TELEGRAM__TOKEN",
    "ISNAD_TELEGRAM__API_URL",
    "ISNAD_TELEGRAM__ADMINS",
    "ISNAD_WEBHOOK__URL",
    "ISNAD_WEBHOOK__PORT",
    "ISNAD_WEBHOOK__LISTEN",
    "ISNAD_WEBHOOK__SECRET",
    "ISNAD_WEBHOOK__WORKERS",
    "ISNAD_METRICS_PORT",
    "ISNAD_LOG_FORMAT",
    "ISNAD_LOG_QUESTIONS",
    "ISNAD_CHROMA_CERTIFICATES",
    "ISNAD_CHROMA_DATABASE",
    "ISNAD_CHROMA_HEADERS",
    "ISNAD_CHROMA_TENANT",
    "ISNAD_CHROMA_URL",
    "ISNAD_CORPUS",
    "ISNAD_DATA",
    "ISNAD_ENCODER",
    "ISNAD_EMBEDDING_CACHE_MB",
    "ISNAD_KEEP_GENERATIONS",
    "ISNAD_WORKERS",
    "ISNAD_ACCESS__USERS",
    "ISNAD_ACCESS__CHATS",
    "ISNAD_ACCESS__USER_PER_MINUTE",
    "ISNAD_ACCESS__CHAT_PER_MINUTE",
    "ISNAD_KEEP_QUESTIONS",
}


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.upper().startswith(PREFIX):
            monkeypatch.delenv(name)
    monkeypatch.delenv("PORT", raising=False)
    monkeypatch.chdir(tmp_path)


def nested_models() -> list[type[BaseModel]]:
    annotations = [field.annotation for field in Settings.model_fields.values()]
    return [one for one in annotations if isinstance(one, type) and issubclass(one, BaseModel)]


def refusal(**overrides: Any) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as caught:
        load_settings(**overrides)
    return caught.value


def everything_shown(error: BaseException) -> str:
    """Return all that a log, a terminal or a debugger's prompt would show of an error."""
    return "\n".join([str(error), repr(error), *traceback.format_exception(error)])


def documented() -> dict[str, str]:
    pairs = re.findall(r"^([A-Z_]+)=(.*)$", EXAMPLE.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(pairs) == len(dict(pairs))
    return dict(pairs)


def variables(model: type[BaseModel], prefix: str) -> set[str]:
    names = set()
    for name, field in model.model_fields.items():
        variable = prefix + name.upper()
        nested = isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
        names |= variables(field.annotation, f"{variable}__") if nested else {variable}  # type: ignore[arg-type]
    return names


def test_without_any_setting_there_is_a_default_for_each() -> None:
    settings = load_settings()
    assert settings.telegram.token is None
    assert settings.telegram.api_url == "https://api.telegram.org"
    assert settings.telegram.admins == ()
    assert settings.corpus == Path("seeds")
    assert settings.data == Path("var")
    assert settings.encoder == "bundled"


def test_every_setting_has_a_variable_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ISNAD_TELEGRAM__TOKEN", TOKEN)
    monkeypatch.setenv("ISNAD_TELEGRAM__API_URL", "http://localhost:8081/telegram/")
    monkeypatch.setenv("ISNAD_TELEGRAM__ADMINS", "[7, 123456789]")
    monkeypatch.setenv("ISNAD_CORPUS", "news/all.jsonl.gz")
    monkeypatch.setenv("ISNAD_DATA", "/srv/isnad data")
    monkeypatch.setenv("ISNAD_ENCODER", "intfloat/multilingual-e5-small")
    settings = load_settings()
    assert settings.telegram.token == SecretStr(TOKEN)
    assert settings.telegram.api_url == "http://localhost:8081/telegram"
    assert settings.telegram.admins == (7, 123456789)
    assert settings.corpus == Path("news/all.jsonl.gz")
    assert settings.data == Path("/srv/isnad data")
    assert settings.encoder == "intfloat/multilingual-e5-small"


def test_the_telegram_settings_can_be_one_json_object(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ISNAD_TELEGRAM", f'{{"token": "{TOKEN}", "admins": [7]}}')
    telegram = load_settings().telegram
    assert (telegram.token, telegram.admins) == (SecretStr(TOKEN), (7,))


def test_variables_without_the_prefix_are_other_programs_s(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORPUS", "elsewhere")
    monkeypatch.setenv("TELEGRAM__TOKEN", TOKEN)
    assert load_settings() == Settings()
    assert load_settings().telegram.token is None


def test_a_file_in_the_working_directory_is_read() -> None:
    Path(".env").write_text(
        f"# a comment\nISNAD_CORPUS='two words'\nISNAD_TELEGRAM__TOKEN={TOKEN}\nOTHER=1\n",
        encoding="utf-8",
    )
    settings = load_settings()
    assert settings.corpus == Path("two words")
    assert settings.telegram.token == SecretStr(TOKEN)


def test_the_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("ISNAD_CORPUS=file\nISNAD_DATA=file\n", encoding="utf-8")
    monkeypatch.setenv("ISNAD_CORPUS", "environment")
    settings = load_settings()
    assert (settings.corpus, settings.data) == (Path("environment"), Path("file"))


def test_a_file_may_begin_with_a_byte_order_mark() -> None:
    Path(".env").write_text("ISNAD_CORPUS=file\n", encoding="utf-8-sig")
    assert load_settings().corpus == Path("file")


@pytest.mark.parametrize("variable", sorted(VARIABLES))
def test_an_empty_variable_is_as_good_as_none(
    monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    default = load_settings()
    monkeypatch.setenv(variable, "")
    assert load_settings() == default


def test_a_given_value_wins_over_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ISNAD_CORPUS", "environment")
    assert load_settings(corpus=Path("given")).corpus == Path("given")


def test_settings_do_not_change_once_read() -> None:
    settings = load_settings()
    with pytest.raises(ValueError, match="frozen"):
        settings.corpus = Path("elsewhere")
    with pytest.raises(ValueError, match="frozen"):
        settings.telegram.admins = (7,)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("ISNAD_TELEGRAM__TOKEN", "nonsense"),
        ("ISNAD_TELEGRAM__TOKEN", "123456789"),
        ("ISNAD_TELEGRAM__TOKEN", "123456789:"),
        ("ISNAD_TELEGRAM__TOKEN", "bot123456789:AAF"),
        ("ISNAD_TELEGRAM__TOKEN", "123456789:AAF AAF"),
        ("ISNAD_TELEGRAM__ADMINS", "nobody"),
        ("ISNAD_TELEGRAM__ADMINS", "123, 456"),
        ("ISNAD_TELEGRAM__ADMINS", "[123"),
        ("ISNAD_TELEGRAM__ADMINS", "123"),
        ("ISNAD_TELEGRAM__ADMINS", '["someone"]'),
        ("ISNAD_TELEGRAM__ADMINS", "[1.5]"),
        ("ISNAD_TELEGRAM__ADMINS", "null"),
        ("ISNAD_TELEGRAM__API_URL", "api.telegram.org"),
        ("ISNAD_TELEGRAM__API_URL", "ftp://api.telegram.org"),
        ("ISNAD_TELEGRAM__API_URL", "https://api telegram org"),
        ("ISNAD_TELEGRAM__API_URL", "https://"),
        ("ISNAD_TELEGRAM__API_URL", "https://api.telegram.org/?token=1"),
        ("ISNAD_WEBHOOK__URL", "http://bot.example.org"),
        ("ISNAD_WEBHOOK__URL", "bot.example.org"),
        ("ISNAD_WEBHOOK__URL", "https://bot.example.org/?a=1"),
        ("ISNAD_WEBHOOK__PORT", "0"),
        ("ISNAD_WEBHOOK__PORT", "65536"),
        ("ISNAD_WEBHOOK__PORT", "https"),
        ("ISNAD_WEBHOOK__SECRET", "two words"),
        ("ISNAD_WEBHOOK__SECRET", "x" * 257),
        ("ISNAD_WEBHOOK__SECRE", "secret"),
        ("ISNAD_METRICS_PORT", "0"),
        ("ISNAD_METRICS_PORT", "nonsense"),
        ("ISNAD_LOG_FORMAT", "xml"),
        ("ISNAD_LOG_QUESTIONS", "perhaps"),
        ("ISNAD_ENCODER", "   "),
        ("ISNAD_CHROMA_URL", "127.0.0.1:8000"),
        ("ISNAD_CHROMA_URL", "http://name:password@127.0.0.1:8000"),
        ("ISNAD_CHROMA_HEADERS", "Authorization: Bearer password"),
        ("ISNAD_CHROMA_HEADERS", "[]"),
        ("ISNAD_CHROMA_HEADERS", '{"two words": "value"}'),
        ("ISNAD_CHROMA_HEADERS", '{"Authorization": 7}'),
        ("ISNAD_CHROMA_HEADERS", '{"Authorization": "two\\nlines"}'),
        ("ISNAD_CHROMA_CERTIFICATES", "nowhere.pem"),
        ("ISNAD_TELEGRAM__TOKN", TOKEN),
        ("ISNAD_TELEGRAM", "nonsense"),
        ("ISNAD_TELEGRAM", "[]"),
    ],
)
@pytest.mark.parametrize("place", ["environment", "file"])
def test_a_wrong_value_is_refused_by_the_name_of_its_variable(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, place: str
) -> None:
    if place == "file":
        Path(".env").write_text(f"{variable}='{value}'\n", encoding="utf-8")
    else:
        monkeypatch.setenv(variable, value)
    error = refusal()
    assert re.match(rf"{variable}: \w", str(error)), str(error)


def test_every_wrong_value_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ISNAD_TELEGRAM__TOKEN", MALFORMED_TOKEN)
    monkeypatch.setenv("ISNAD_TELEGRAM__API_URL", "nonsense")
    monkeypatch.setenv("ISNAD_ENCODER", " ")
    lines = str(refusal()).splitlines()
    assert sorted(line.split(":")[0] for line in lines) == [
        "ISNAD_ENCODER",
        "ISNAD_TELEGRAM__API_URL",
        "ISNAD_TELEGRAM__TOKEN",
    ]


def test_a_file_that_is_not_utf8_is_refused_by_its_name() -> None:
    Path(".env").write_bytes(b"ISNAD_CORPUS=\xff\n")
    assert str(refusal()).startswith(".env: not UTF-8")


@pytest.mark.parametrize(
    "content",
    [
        f"ISNAD_TELEGRAM__TOKEN={MALFORMED_TOKEN}",
        f"ISNAD_TELEGRAM__TOKEN='{TOKEN} '",
        f'ISNAD_TELEGRAM__TOKEN="{TOKEN}\\n"',
        f"ISNAD_TELEGRAM__TOKN={TOKEN}",
        f"ISNAD_TELEGRAM__TOKEN__TOKEN={TOKEN}",
        f"ISNAD_TELEGRAM={TOKEN}",
        f'ISNAD_TELEGRAM=\'{{"token": "{TOKEN}"\'',
        f'ISNAD_TELEGRAM=\'{{"token": ["{TOKEN}"]}}\'',
        f'ISNAD_TELEGRAM=\'{{"bot": "{TOKEN}"}}\'',
        f"ISNAD_TELEGRAM='[\"{TOKEN}\"]'",
        f"ISNAD_TELEGRAM__ADMINS={TOKEN}",
        f"ISNAD_TELEGRAM__ADMINS='[\"{TOKEN}\"]'",
        f"ISNAD_TELEGRAM__API_URL={TOKEN}",
        f"ISNAD_TELEGRAM__TOKEN={TOKEN}\nISNAD_TELEGRAM__ADMINS=nonsense",
        f"ISNAD_TELEGRAM__TOKEN={TOKEN}\nISNAD_TELEGRAM__API_URL=nonsense",
        f"ISNAD_TELEGRAM__TOKEN={TOKEN}\nISNAD_ENCODER=' '",
    ],
)
@pytest.mark.parametrize("place", ["environment", "file"])
def test_no_refusal_shows_the_token(
    monkeypatch: pytest.MonkeyPatch, content: str, place: str
) -> None:
    if place == "file":
        Path(".env").write_text(content, encoding="utf-8")
    else:
        for line in content.splitlines():
            name, _, value = line.partition("=")
            quoted = value[:1] in {"'", '"'}
            monkeypatch.setenv(name, value[1:-1].replace("\\n", "\n") if quoted else value)
    assert "secret" not in everything_shown(refusal()).lower()


def test_no_refusal_of_a_given_value_shows_the_token() -> None:
    for telegram in ({"token": MALFORMED_TOKEN}, {"token": TOKEN, "api_url": "nonsense"}):
        assert "secret" not in everything_shown(refusal(telegram=telegram)).lower()


def test_settings_do_not_show_the_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ISNAD_TELEGRAM__TOKEN", TOKEN)
    settings = load_settings()
    assert settings.telegram.token is not None
    assert settings.telegram.token.get_secret_value() == TOKEN
    for shown in (
        repr(settings),
        str(settings),
        f"{settings.telegram}",
        settings.model_dump_json(),
    ):
        assert not any(part in shown for part in (TOKEN, MALFORMED_TOKEN, "Secret_of"))


def test_the_example_documents_exactly_the_settings_there_are() -> None:
    assert set(documented()) == variables(Settings, PREFIX) == VARIABLES


def test_the_example_says_something_of_every_setting() -> None:
    paragraphs = EXAMPLE.read_text(encoding="utf-8").split("\n\n")
    for variable in VARIABLES:
        (paragraph,) = [
            text for text in paragraphs if re.search(rf"^{variable}=", text, re.MULTILINE)
        ]
        assert paragraph.startswith("# ")


def test_the_example_as_it_stands_gives_the_defaults() -> None:
    default = load_settings()
    Path(".env").write_bytes(EXAMPLE.read_bytes())
    assert load_settings() == default


def test_the_defaults_that_the_example_shows_are_the_defaults(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    default = load_settings()
    for variable, value in documented().items():
        monkeypatch.setenv(variable, value)
    assert load_settings() == default


def test_every_setting_is_described_where_an_error_can_quote_it() -> None:
    models: list[type[BaseModel]] = [Settings, *nested_models()]
    for model in models:
        for name, field in model.model_fields.items():
            assert field.description or field.annotation in nested_models(), name


def test_without_a_platform_the_webhook_listens_on_this_machine_alone() -> None:
    assert load_settings().webhook.address() == ("127.0.0.1", 8080)


def test_where_a_platform_sets_a_port_the_webhook_listens_there_for_everybody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PORT", "5000")
    assert load_settings().webhook.address() == ("0.0.0.0", 5000)  # noqa: S104
    monkeypatch.setenv("ISNAD_WEBHOOK__PORT", "8443")
    monkeypatch.setenv("ISNAD_WEBHOOK__LISTEN", "::1")
    assert load_settings().webhook.address() == ("::1", 8443)


@pytest.mark.parametrize("port", ["none", "0", "65536", "-1", "80 "])
def test_a_platform_s_port_that_is_none_is_refused_by_its_name(
    monkeypatch: pytest.MonkeyPatch, port: str
) -> None:
    monkeypatch.setenv("PORT", port)
    with pytest.raises(ConfigurationError, match=r"^PORT: "):
        load_settings().webhook.address()


def test_no_refusal_and_no_repr_shows_the_secret_of_the_webhook(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ISNAD_WEBHOOK__SECRET", "hidden-things")
    assert "hidden" not in repr(load_settings())
    monkeypatch.setenv("ISNAD_WEBHOOK__SECRET", "hidden things")
    assert "hidden" not in everything_shown(refusal())


def test_no_refusal_and_no_repr_shows_the_headers_for_chroma(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ISNAD_CHROMA_HEADERS", '{"Authorization": "Bearer hidden"}')
    settings = load_settings()
    assert settings.headers_for_chroma() == {"Authorization": "Bearer hidden"}
    assert "hidden" not in repr(settings)
    assert "hidden" not in str(refusal(chroma_headers='{"Authorization: "hidden"}'))


def test_chroma_can_be_imported_beside_the_example(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(EXAMPLE.read_bytes())
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [sys.executable, "-c", "import chromadb; chromadb.Settings(); print('imported')"]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, "imported"), done.stderr
