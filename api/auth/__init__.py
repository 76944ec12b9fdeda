"""Who asks, and whether the request is their own doing: sessions, API tokens, forged requests, the rule of every route."""

from api.auth.call import Call, CallDep
from api.auth.rules import Rule, Secured, allow, public, signed

__all__ = ["Call", "CallDep", "Rule", "Secured", "allow", "public", "signed"]
