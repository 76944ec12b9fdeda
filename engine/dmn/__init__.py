"""Decision models (DMN 1.5): read them, check them, ask them.

model = read(content, file="discount.dmn")
problems = check(model)
answer = evaluate(model, "discount_level", {"margin_pct": Decimal("31.34"), "discount_pct": Decimal("6.94")})
answer.value, answer.problems, answer.evaluated
"""

from engine.dmn.check import check
from engine.dmn.errors import DmnError, Problem
from engine.dmn.evaluate import evaluate, evaluate_service, inputs_of
from engine.dmn.findings import Finding
from engine.dmn.model import (
    Decision,
    DecisionService,
    DecisionTable,
    Definitions,
    HitPolicy,
    InputData,
    ItemDefinition,
    KnowledgeModel,
)
from engine.dmn.read import read
from engine.dmn.result import DecisionResult, Evaluation, RuleHit

__all__ = [
    "Decision",
    "DecisionResult",
    "DecisionService",
    "DecisionTable",
    "Definitions",
    "DmnError",
    "Evaluation",
    "Finding",
    "HitPolicy",
    "InputData",
    "ItemDefinition",
    "KnowledgeModel",
    "Problem",
    "RuleHit",
    "check",
    "evaluate",
    "evaluate_service",
    "inputs_of",
    "read",
]
