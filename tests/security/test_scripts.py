"""Promise 4 of docs/security.md: scripts have nothing to reach, and what they try is refused or stops them alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from engine.playground import Playground
from engine.scripts import ScriptLimits
from tests.security.hostile import PLAIN, script
from tests.security.places import Canary, canary
from tests.security.test_expressions import run

ESCAPES: Mapping[str, str] = {
    "os": "import os\nx = os.popen('touch %MADE%').read()",
    "os.path": "from os import path\nx = path.exists('%SECRET%')",
    "subprocess": "import subprocess\nsubprocess.run(['touch', '%MADE%'])",
    "sys": "import sys\nx = sys.modules",
    "socket": "import socket\nsocket.create_connection(('127.0.0.1', %PORT%))",
    "urllib": "from urllib.request import urlopen\nx = urlopen('http://127.0.0.1:%PORT%/').read()",
    "pathlib": "from pathlib import Path\nx = Path('%SECRET%').read_text()",
    "io": "import io\nx = io.open('%SECRET%').read()",
    "ctypes": "import ctypes\nx = ctypes.CDLL(None)",
    "pickle": "import pickle\nx = pickle.loads(b\"cos\\nsystem\\n(S'touch %MADE%'\\ntR.\")",
    "importlib": "import importlib\nx = importlib.import_module('os')",
    "builtins": "import builtins\nx = builtins.open('%SECRET%').read()",
    "dunder import": "x = __import__('os').system('touch %MADE%')",
    "dunder builtins": "x = __builtins__['open']('%SECRET%').read()",
    "open to read": "x = open('%SECRET%').read()",
    "open to write": "open('%MADE%', 'w').write('x')",
    "eval": "x = eval(\"open('%SECRET%').read()\")",
    "exec": "exec(\"open('%MADE%', 'w')\")",
    "compile": "x = compile('1', 'a', 'eval')",
    "globals": "x = str(globals())",
    "locals": "x = str(locals())",
    "vars": "x = str(vars())",
    "subclasses": "x = str(().__class__.__base__.__subclasses__())",
    "mro": "x = str(''.__class__.__mro__[1].__subclasses__())",
    "code of a function": "def f(): pass\nx = str(f.__code__.co_consts)",
    "globals of a function": "def f(): pass\nx = str(f.__globals__)",
    "frame": "try:\n  1/0\nexcept Exception as e:\n  x = str(e.__traceback__.tb_frame.f_globals)",
    "generator's frame": "g = (i for i in [1])\nx = str(g.gi_frame.f_builtins)",
    "getattr": "x = str(getattr((), '__cla' + 'ss__'))",
    "setattr": "class A: pass\nsetattr(A, '__getattr__', open)",
    "format string": "x = '{0.__class__.__mro__}'.format(())",
    "format map": "class A: pass\nx = '{a.__class__.__init__.__globals__}'.format(a=A())",
    "type": "x = type('A', (), {'__del__': lambda s: open('%MADE%', 'w')})()",
    "metaclass": "class M(type):\n  pass\nclass A(metaclass=M): pass\nx = str(A)",
    "decorator": "@open\ndef f(): pass",
    "context manager": "with open('%SECRET%') as f:\n  x = f.read()",
    "random's os": "import random\nx = random._os.system('touch %MADE%')",
    "re's enum": "import re\nx = re.enum.sys.modules['os'].system('touch %MADE%')",
    "json's codecs": "import json\nx = json.codecs.builtins.open('%SECRET%').read()",
    "collections' sys": "import collections\nx = collections._sys.modules",
    "typing's sys": "import typing\nx = typing.sys.modules",
    "datetime's sys": "import datetime\nx = datetime.sys.modules",
    "environment": "import os\nx = os.environ",
    "breakpoint": "breakpoint()",
    "input": "x = input()",
    "help": "help(1)",
    "exit": "exit()",
    "system exit": "raise SystemExit(1)",
    "keyboard interrupt": "raise KeyboardInterrupt()",
    "a class that comes out": "class A: pass\nx = A()",
    "a function that comes out": "x = lambda: 1",
    "a module that comes out": "import math\nx = math",
    "a type that comes out": "x = int",
    "an exception that comes out": "x = ValueError('a')",
    "changed built-ins": "len = lambda a: 7\nx = len([])",
    "names of the sandbox": "x = str(_facet_host)",
    "its own context": "facet.instanceId = 'x'\nfacet.businessKey = 'y'",
}
BOMBS: Mapping[str, str] = {
    "endless": "while True: pass",
    "endless and caught": "while True:\n  try:\n    while True: pass\n  except:\n    pass",
    "recursion": "def f(n): return f(n + 1)\nx = f(0)",
    "power": "x = 9**9**9**9",
    "shift": "x = 1 << 10**10",
    "product": "x = 1\nfor i in range(10**6): x = x * 99999999",
    "text": "x = 'a' * 10**11",
    "doubling text": "x = 'a'\nfor i in range(60): x += x",
    "doubling list": "x = [1]\nfor i in range(60): x += x",
    "list of itself": "x = []\nx.append(x)",
    "mapping of itself": "x = {}\nx['x'] = x",
    "depth": "x = 1\nfor i in range(5000): x = [x]",
    "join": "x = ','.join(['a' * 10**6] * 10**6)",
    "format width": "x = '%1000000000d' % 1",
    "format width 2": "x = '{:1000000000}'.format(1)",
    "f-string width": "x = f'{1:>1000000000}'",
    "padding": "x = 'a'.rjust(10**10)",
    "range": "x = list(range(10**12))",
    "sum": "x = sum(range(10**12))",
    "sorting": "x = sorted(range(10**9))",
    "pattern": "import re\nx = str(re.match('(a+)+$', 'a' * 60 + '!'))",
    "digits": "x = int('9' * 10**7)",
    "print": "while True: print('a' * 1000)",
    "sleep": "import time\nwhile True: time.sleep(1000)",
    "exceptions": "def f():\n  try:\n    return f()\n  finally:\n    f()\nf()",
    "permutations": "import itertools\nx = len(list(itertools.permutations(range(12))))",
    "decimal": "x = Decimal(10) ** 999999999",
    "not a number": "x = Decimal('NaN')",
    "infinite": "x = Decimal('Infinity')",
    "half a character": "x = chr(0xD800)",
    "NUL": "x = chr(0)",
    "a key that is no text": "x = {1: 2}",
    "a saved state": "x = {'typename': 'x', 'py/object': 'os.system'}",
}


@pytest.fixture(scope="module")
def play() -> Iterator[Playground]:
    with Playground(scripts=ScriptLimits(seconds=0.3, inline=0.3)) as playground:
        yield playground


@pytest.fixture(scope="module")
def bird(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Canary]:
    made = canary(tmp_path_factory.mktemp("canary"))
    yield made
    made.listener.close()


def benign(play: Playground) -> None:
    assert play.deploy({"plain.bpmn": PLAIN}).accepted
    instance = play.start("p")
    play.complete(play.tasks(instance)[0])
    assert play.instance(instance).status == "completed"
    assert play.deploy({"plain.bpmn": script("x = sum([1, 2, 3])")}).accepted
    assert play.instance(play.start("p")).variables == {"x": 6}


@pytest.mark.parametrize("name", ESCAPES)
def test_a_script_reaches_nothing(play: Playground, bird: Canary, name: str) -> None:
    told = run(play, {"p.bpmn": script(bird.fill(ESCAPES[name]))})

    bird.unharmed(told.replace(str(bird.folder), ""))
    assert "FACET_" not in told and "PATH" not in told
    benign(play)


@pytest.mark.parametrize("name", BOMBS)
def test_a_script_that_goes_too_far_stops_alone(play: Playground, name: str) -> None:
    told = run(play, {"p.bpmn": script(BOMBS[name])})

    assert len(told) < 100_000
    benign(play)
