"""Promise 4 of docs/security.md: no expression, wherever it stands, reaches beyond its variables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from engine.errors import FacetError
from engine.playground import Playground
from engine.runtime.environment import Limits
from tests.security.hostile import PLAIN
from tests.security.places import PLACES, Canary, canary

ESCAPES: Mapping[str, str] = {
    "import": "__import__('os').system('touch %MADE%')",
    "subclasses": "().__class__.__base__.__subclasses__()[0]",
    "open": "open('%MADE%', 'w')",
    "read": "open('%SECRET%').read()",
    "eval": "eval(compile('open(\"%MADE%\",\"w\")', '', 'exec'))",
    "random": "random._os.system('touch %MADE%')",
    "template": "{{ cycler.__init__.__globals__.os.popen('touch %MADE%') }}",
    "JUEL": "${''.getClass().forName('java.lang.Runtime').getRuntime().exec('touch %MADE%')}",
    "feel external": '=function(a) external {java: {class: "java.lang.Runtime", method signature: "exec(x)"}}',
    "feel names": '=get value(facet, "__class__")',
    "feel globals": "=facet.now.__class__.__mro__",
    "feel format": '="{0.__class__.__init__.__globals__}"',
    "http": '=http.get("http://127.0.0.1:%PORT%/")',
    "socket": "[s for s in [__import__('socket').create_connection(('127.0.0.1', %PORT%))]]",
    "lambda": "(lambda f: f(f))(lambda f: f(f))",
    "walrus": "[x := open('%MADE%', 'w')]",
    "format string": "'{0.__class__.__mro__[1].__subclasses__}'.format(a)",
    "exit": "exit()",
}


@pytest.fixture(scope="module")
def play() -> Iterator[Playground]:
    with Playground(limits=Limits(steps=500, tokens=500, cardinality=100, seconds=2.0)) as playground:
        yield playground


@pytest.fixture(scope="module")
def bird(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Canary]:
    made = canary(tmp_path_factory.mktemp("canary"))
    yield made
    made.listener.close()


def run(play: Playground, files: Mapping[str, bytes]) -> str:
    """Everything that comes out of a diagram that is deployed, started, worked on and given an hour."""
    result = play.deploy(files)
    told = [problem.message for problem in result.problems]
    if not result.accepted:
        assert told and all(len(message) < 4_000 for message in told)
        return " ".join(told)
    before = set(play.instances())
    try:
        instance = play.start("p", {"a": 1})
        for task in play.tasks(instance)[:3]:
            play.complete(task, {"b": 1})
        play.advance("PT1H")
    except FacetError as error:
        told.append(error.message)
    for id in set(play.instances()) - before:
        found = play.instance(id)
        told += [repr(found.variables), found.business_key or "", *(i.message for i in found.incidents)]
        told += [f"{task.assignee} {task.due_at}" for task in play.tasks(id)]
        if found.status == "active":
            play.cancel(id)
    return " ".join(told)


@pytest.mark.parametrize("place", PLACES)
def test_no_text_escapes_from_this_place(play: Playground, bird: Canary, place: str) -> None:
    for name, text in ESCAPES.items():
        told = run(play, PLACES[place](bird.fill(text)))

        bird.unharmed(told.replace(str(bird.folder), ""))
        assert "<built-in" not in told and "<class" not in told, name
    assert play.deploy({"plain.bpmn": PLAIN}).accepted
    instance = play.start("p")
    play.complete(play.tasks(instance)[0])
    assert play.instance(instance).status == "completed"


BOMBS: Mapping[str, str] = {
    "a range without end": "=for i in 1..1000000000000 return i",
    "a range of a trillion, counted": "=count(for i in 1..10**12 return i)",
    "loops in loops": "=count(for a in 1..400, b in 1..400, c in 1..400 return a)",
    "a test in loops": "=some a in 1..900, b in 1..900, c in 1..900 satisfies a * b * c < 0",
    "a power without end": "=10**999999999",
    "a power of powers": "=((9**9)**9)**9**9",
    "a number of a million digits": "=1e999999 * 1e999999",
    "a call of itself": "={f: function(n) f(n + 1) + f(n + 1), r: f(1)}.r",
    "texts that double": '={a:"aaaaaaaaaa",b:a+a+a+a,c:b+b+b+b,d:c+c+c+c,e:d+d+d+d,f:e+e+e+e,g:f+f+f+f,h:g+g+g+g,'
    "i:h+h+h+h,j:i+i+i+i,k:j+j+j+j}.k",
    "lists that double": "={a:[1,2,3,4],b:concatenate(a,a,a,a),c:concatenate(b,b,b,b),d:concatenate(c,c,c,c),"
    "e:concatenate(d,d,d,d),f:concatenate(e,e,e,e),g:concatenate(f,f,f,f),h:concatenate(g,g,g,g)}.h",
    "lists in lists": "={a:[1,1,1,1],b:[a,a,a,a],c:[b,b,b,b],d:[c,c,c,c],e:[d,d,d,d],f:[e,e,e,e],g:[f,f,f,f],"
    "h:[g,g,g,g],i:[h,h,h,h],j:[i,i,i,i],k:[j,j,j,j]}.k",
    "a pattern that explodes": '=matches("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "^(a+)+$")',
    "many patterns that explode": '=for i in 1..10000 return matches("aaaaaaaaaaaaaaaaaaaa!", "^(a|aa)+$")',
    "a replacement that explodes": '=replace("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "(a*)*b", "x")',
    "a split that explodes": '=split("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "(a|a)*b")',
    "a back-reference that explodes": '=matches("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "(a*)\\1*\\1*b")',
    "years without end": '=duration("P9999999999Y")',
    "a date beyond the calendar": '=date("999999999-12-31") + duration("P999999999Y")',
    "a date a million times": '=for i in 1..1000000 return date("2020-01-01") + duration("P" + string(i) + "Y")',
    "a sort by itself": "=sort(for i in 1..40000 return -i, function(a, b) not(a < b) and not(b > a))",
    "brackets": "=" + "(" * 900 + "1" + ")" * 900,
    "minus signs": "=" + "-" * 1900 + "1",
    "ifs": "=" + "if a = 1 then 1 else " * 80 + "0",
    "filters": "=" + "[1]" * 600,
    "logarithms": "=some a in 1..300, b in 1..300 satisfies log(a * b) < 0",
}
SOME = ("condition of a flow", "output mapping", "decision expression", "decision output", "collection", "assignee")


@pytest.mark.parametrize("name", BOMBS)
def test_no_expression_takes_long_or_much(play: Playground, name: str) -> None:
    for place in SOME:
        told = run(play, PLACES[place](BOMBS[name]))

        assert len(told) < 3_000_000
    assert play.deploy({"plain.bpmn": PLAIN}).accepted
    assert play.tasks(play.start("p"))
