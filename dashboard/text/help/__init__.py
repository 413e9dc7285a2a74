"""The command line in the reader's language: options, complaints about them, progress.

As with refusals, the English sentence in the code is the key of its Chinese (the TOML files
here); a test finds every sentence of every ``--help`` that has none.
"""

from __future__ import annotations

import argparse
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NoReturn

from dashboard.text import LANGUAGES, Language, catalogue, text

CANNOT = 2
LANG_HELP = "zh or en: language of what is said (else that of LC_ALL or LANG)"
# What argparse says of wrong arguments, as regular expressions, and the same in Chinese.
COMPLAINTS = (
    (r"the following arguments are required: (.*)", "缺少必需的参数：{0}"),
    (r"one of the arguments (.*) is required", "以下参数必须给出一个：{0}"),
    (r"unrecognized arguments: (.*)", "无法识别的参数：{0}"),
    (r"ambiguous option: (.*) could match (.*)", "选项 {0} 不明确，可能是 {1}"),
    (r"argument (.*?): (.*)", "参数 {0}：{1}"),
    (r"invalid choice: (.*) \(choose from (.*)\)", "{0} 不在可选值之内（可选：{1}）"),
    (r"invalid int value: (.*)", "{0} 不是整数"),
    (r"invalid float value: (.*)", "{0} 不是数字"),
    (r"invalid fromisoformat value: (.*)", "{0} 不是日期（年-月-日）"),
    (r"invalid \S+ value: (.*)", "{0} 不能使用"),
    (r"expected one argument", "需要一个值"),
    (r"expected at least one argument", "至少需要一个值"),
    (r"expected at most one argument", "至多一个值"),
    (r"expected (\d+) arguments?", "需要 {0} 个值"),
    (r"not allowed with argument (.*)", "不能与 {0} 同用"),
    (r"ignored explicit argument (.*)", "不接受值 {0}"),
    (r"(.*) is neither the id of a plan nor (.*)", "{0} 既不是方案编号，也不是 {1}"),
)


@cache
def sentences() -> Mapping[str, str]:
    """Return the Chinese of every sentence of ``--help``. Raises ValueError for a doubled one."""
    found: dict[str, str] = {}
    for file in sorted(Path(__file__).resolve().parent.glob("*.toml")):
        for sentence, chinese in tomllib.loads(file.read_text(encoding="utf-8")).items():
            if sentence in found:
                raise ValueError(f"help {sentence!r} is there twice, again in {file.name}")
            found[sentence] = chinese
    return found


def spoken(arguments: Iterable[str], environ: Mapping[str, str]) -> tuple[Language, list[str]]:
    """Return the language of a command line, and its arguments without ``--lang``.

    ``--lang`` may stand anywhere; else LC_ALL, LC_MESSAGES or LANG say it (zh_CN.UTF-8 …), the
    first that is set; else it is English. A ``--lang`` of another language is left where it is:
    the parser refuses it.
    """
    named = next(filter(None, map(environ.get, ("LC_ALL", "LC_MESSAGES", "LANG"))), "")
    lang: Language = "zh" if named.lower().startswith("zh") else "en"
    rest: list[str] = []
    given = iter(arguments)
    for argument in given:
        if argument == "--":
            return lang, [*rest, argument, *given]
        name, separator, value = argument.partition("=")
        if name != "--lang":
            rest.append(argument)
            continue
        asked = value if separator else next(given, None)
        known = next((one for one in LANGUAGES if one == asked), None)
        if known is None:
            rest += [name] if asked is None else [name, asked]
        else:
            lang = known
    return lang, rest


class Parser(argparse.ArgumentParser):
    """A parser that speaks a language, and whose complaint is one line that says what to do."""

    def __init__(self, *, prog: str, description: str, lang: Language, example: str = "") -> None:
        super().__init__(
            prog=prog,
            description=_told(description, lang),
            epilog=f"{_told('example', lang)}:\n  {example}" if example else None,
            formatter_class=_Chinese if lang == "zh" else argparse.RawDescriptionHelpFormatter,
            add_help=False,
        )
        self.lang: Language = lang
        self.add_argument("-h", "--help", action="help", help="show this help message and exit")
        self.add_argument("--lang", choices=LANGUAGES, default=lang, help=LANG_HELP)

    def speak(self) -> None:
        """Put the help of every option into the parser's language; call it when all are there."""
        if self.lang == "en":
            return
        for group in self._action_groups:
            group.title = _told(group.title or "", self.lang)
        for action in self._actions:
            if action.help:
                action.help = _told(action.help, self.lang)

    def error(self, message: str) -> NoReturn:
        """Print the complaint in one line and exit 2."""
        if self.lang == "zh":
            self.exit(CANNOT, f"{self.prog}：{complaint(message)}（见 {self.prog} --help）\n")
        self.exit(CANNOT, f"{self.prog}: {message} (see {self.prog} --help)\n")


class _Chinese(argparse.RawDescriptionHelpFormatter):
    def add_usage(
        self,
        usage: str | None,
        actions: Iterable[argparse.Action],
        groups: Iterable[argparse._MutuallyExclusiveGroup],
        prefix: str | None = None,
    ) -> None:
        super().add_usage(usage, actions, groups, "用法：" if prefix is None else prefix)


def complaint(message: str) -> str:
    """Return what argparse said of wrong arguments in Chinese; what is not known stays."""
    for pattern, chinese in COMPLAINTS:
        found = re.fullmatch(pattern, message, re.DOTALL)
        if found:
            return chinese.format(*map(complaint, found.groups()))
    return message


def command_help(sentence: str, lang: Language) -> str:
    """Return the one line that a command says of itself."""
    return _told(sentence, lang)


def progress(message: str, lang: Language) -> str:
    """Return what long work says of itself while it runs (``reading``, ``12 streets``)."""
    if lang == "en":
        return message

    def word(found: re.Match[str]) -> str:
        key = f"command.stage.{found[0].replace(' ', '_')}"
        return text(key, lang) if key in catalogue() else found[0]

    return re.sub(r"old plan|[a-z]+", word, message)


def untranslated(parts: Sequence[str]) -> set[str]:
    """Return the sentences that have no Chinese."""
    return {part for part in parts if part and part not in sentences()}


def _told(sentence: str, lang: Language) -> str:
    return sentences().get(sentence, sentence) if lang == "zh" else sentence
