"""The command line speaks the reader's language: help, complaints, refusals, results."""

from __future__ import annotations

import argparse
import importlib
import re
import subprocess
import sys

import pytest

from dashboard.commands import CANNOT, DESCRIPTION, DONE, Command, commands, coverage, main
from dashboard.text.help import LANG_HELP, complaint, progress, sentences, spoken, untranslated
from layers.service_circles.walking.network import PROFILES
from layers.service_circles.walking.ties import TIE_MAX_M
from tests.conftest import ROOT

CHINESE = re.compile(r"[一-鿿]")


@pytest.mark.parametrize("command", commands().values(), ids=lambda c: c.name)
def test_every_sentence_of_help_is_there_in_chinese(command: Command) -> None:
    parser = argparse.ArgumentParser()
    importlib.import_module(command.module).add_arguments(parser)
    helps = [action.help or "" for action in parser._actions]
    assert all(helps), "an option without help"
    assert untranslated([DESCRIPTION, LANG_HELP, command.help, *helps]) == set()


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("command", commands().values(), ids=lambda c: c.name)
def test_help_is_in_one_language(
    command: Command, lang: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command.name, "--help", "--lang", lang]) == DONE
    text = capsys.readouterr().out.partition("getu " + command.name)[2]
    text = " ".join(text.partition(f"\n  {command.example.splitlines()[0]}")[0].split())
    if lang == "en":
        assert not CHINESE.search(text)
        assert command.help.split("(")[0].strip() in text
    else:
        left = [s for s in sentences() if len(s.split()) > 2 and s in text]
        assert left == []
        assert sentences()[command.help][:8] in text


def test_no_sentence_of_help_is_left_without_use() -> None:
    used = {DESCRIPTION, LANG_HELP, "commands", "positional arguments", "options", "example"}
    used |= {"(this command's file is broken)"}
    for command in commands().values():
        parser = argparse.ArgumentParser()
        importlib.import_module(command.module).add_arguments(parser)
        used |= {command.help, *(action.help or "" for action in parser._actions)}
    assert set(sentences()) - used == set()


@pytest.mark.parametrize(
    ("environ", "arguments", "expected"),
    [
        ({}, ["check"], ("en", ["check"])),
        ({"LANG": "zh_CN.UTF-8"}, ["check"], ("zh", ["check"])),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C.UTF-8"}, ["check"], ("en", ["check"])),
        ({"LANG": "de_DE.UTF-8", "LC_ALL": ""}, ["check"], ("en", ["check"])),
        ({"LANG": "zh_CN"}, ["--lang", "en", "check"], ("en", ["check"])),
        ({}, ["check", "x", "--lang=zh", "--quiet"], ("zh", ["check", "x", "--quiet"])),
        ({}, ["check", "--", "--lang", "zh"], ("en", ["check", "--", "--lang", "zh"])),
        ({}, ["check", "--lang", "fr"], ("en", ["check", "--lang", "fr"])),
        ({}, ["check", "--lang"], ("en", ["check", "--lang"])),
    ],
)
def test_the_language_is_asked_for_or_that_of_the_machine(
    environ: dict[str, str], arguments: list[str], expected: tuple[str, list[str]]
) -> None:
    assert spoken(arguments, environ) == expected


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--lang", "zh", "nonsense"], "getu：参数 COMMAND：'nonsense' 不在可选值之内"),
        (["check", "--lang", "zh"], "getu check：缺少必需的参数：plan"),
        (["--lang=zh", "check", "x", "--households-max", "u"], "'u' 不是整数"),
        (["check", "x", "--lang", "zh", "--what"], "无法识别的参数：--what"),
        (["check", "no.gpkg", "--lang", "zh"], "getu: 方案：没有文件 no.gpkg"),
        (["check", "x", "--lang", "fr"], "invalid choice: 'fr'"),
    ],
)
def test_complaints_and_refusals_are_one_line_in_that_language(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == CANNOT
    shown = capsys.readouterr().err
    assert said in shown
    assert shown.count("\n") == 1


def test_what_argparse_says_is_known() -> None:
    said = "argument --report: expected one argument"
    assert complaint(said) == "参数 --report：需要一个值"
    assert complaint("something new") == "something new"


def test_progress_is_said_word_by_word() -> None:
    assert progress("plots 金华街道 40%", "zh") == "基本单元 金华街道 40%"
    assert progress("12,345 buildings, 3 streets", "zh") == "12,345 栋楼, 3 条街道"
    assert progress("12,345 buildings, 3 streets", "en") == "12,345 buildings, 3 streets"


def test_what_help_says_of_walking_is_what_walking_has() -> None:
    assert (set(coverage.PROFILES), coverage.TIE_MAX_M) == (set(PROFILES), TIE_MAX_M)


@pytest.mark.parametrize("arguments", [["--help"], ["divide", "--help"], ["import", "--help"]])
def test_help_imports_nothing_that_takes_time(arguments: list[str]) -> None:
    slow = ("numpy", "pandas", "geopandas", "shapely", "scipy", "numba", "sqlalchemy", "flask")
    code = (
        "import sys; from dashboard.commands import main; main(sys.argv[1:]); "
        f"print([m for m in {slow} if m in sys.modules], file=sys.stderr)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=ROOT, capture_output=True, text=True
    )
    assert ran.stderr.strip() == "[]"
