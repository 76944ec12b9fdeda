"""The people of the demonstration: a company that makes and installs whole-house furniture (全屋定制).

Groups are those that the processes in `processes/` name; a head is who hears of what is late. Every demo user has the same
password, so the demo is only ever put into a database without people, or one that holds the demo already.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import select

from engine import bus
from engine.actor import SYSTEM
from engine.commands.users import CreateUser, SaveGroup
from engine.errors import Conflict
from engine.passwords import PASSWORDS
from engine.store import tables as t
from engine.work import Services, Work

PASSWORD: Final = "facet-demo"
DOMAIN: Final = "demo.invalid"
"""Addresses of demo users: a domain that can never exist (RFC 2606), and the mark of a demo database."""


@dataclass(frozen=True, slots=True)
class DemoGroup:
    """A group with its head (a username) and the role of its members in Facet itself."""

    key: str
    name: str
    name_zh: str
    head: str | None = None
    role: str | None = None


@dataclass(frozen=True, slots=True)
class DemoUser:
    """A person; `title` and `title_zh` say who it is in the company."""

    username: str
    name: str
    groups: tuple[str, ...]
    title: str
    title_zh: str

    @property
    def email(self) -> str:
        """The address that marks a demo user."""
        return f"{self.username}@{DOMAIN}"


GROUPS: Final = (
    DemoGroup("marketing", "Marketing", "市场专员", "guo"),
    DemoGroup("csc", "Customer service", "客服", "guo"),
    DemoGroup("growth", "Growth", "增长运营", "guo"),
    DemoGroup("mkt_mgr", "Marketing manager", "市场经理", "gao", "manager"),
    DemoGroup("consultant", "Home consultants", "家居顾问", "wang"),
    DemoGroup("designer", "Designers", "设计师", "wang"),
    DemoGroup("warehouse", "Warehouse", "仓管", "wang"),
    DemoGroup("dispatcher", "Installation dispatch", "安装调度", "wang"),
    DemoGroup("crew_lead", "Crew leaders", "安装队长", "wang"),
    DemoGroup("qc", "Quality control", "质检", "wang"),
    DemoGroup("engineer", "Service engineers", "售后技师", "wang"),
    DemoGroup("store_mgr", "Store managers", "店长", "sun", "manager"),
    DemoGroup("order_rev", "Order review", "审单员", "sun"),
    DemoGroup("finance", "Finance", "财务", "gao"),
    DemoGroup("cashier", "Cashiers", "出纳", "gao"),
    DemoGroup("risk", "Risk control", "风控", "gao"),
    DemoGroup("region", "Regional directors", "区域总监", "gao", "manager"),
    DemoGroup("gm", "General manager", "总经理", None, "manager"),
    DemoGroup("owner", "Process owners", "流程负责人", None, "owner"),
    DemoGroup("manager", "Managers", "管理者", None, "manager"),
    DemoGroup("admin", "Administrators", "管理员", None, "admin"),
)

USERS: Final = (
    DemoUser("lina", "李娜", ("consultant",), "home consultant", "家居顾问"),
    DemoUser("zhaolei", "赵磊", ("consultant",), "home consultant", "家居顾问"),
    DemoUser("chenchen", "陈晨", ("designer",), "designer", "设计师"),
    DemoUser("wang", "王店长", ("store_mgr",), "store manager", "店长"),
    DemoUser("sun", "孙总监", ("region",), "regional director", "区域总监"),
    DemoUser("qian", "钱会计", ("finance",), "accountant", "会计"),
    DemoUser("he", "何出纳", ("cashier",), "cashier", "出纳"),
    DemoUser("gao", "高总", ("gm",), "general manager", "总经理"),
    DemoUser("linjing", "林静", ("csc",), "customer service", "客服"),
    DemoUser("ma", "马调度", ("dispatcher",), "installation dispatcher", "安装调度"),
    DemoUser("ouyang", "欧阳", ("owner",), "process owner", "流程负责人"),
    DemoUser("guo", "郭经理", ("manager", "mkt_mgr"), "manager", "管理者"),
    DemoUser("admin", "管理员", ("admin",), "administrator", "管理员"),
)


@dataclass(frozen=True, slots=True)
class PrepareDemo:
    """Puts groups and people into an empty database, all or none; returns whether it did (False: they are there).

    Conflict in a database with people who are not of the demo: its password is known to everybody.
    """

    password_hash: str = field(repr=False)

    def execute(self, work: Work) -> bool:
        emails = work.connection.execute(select(t.user.c.email)).scalars().all()
        if any(email == USERS[-1].email for email in emails):
            return False
        if emails:
            raise Conflict(
                "This database has real users; the demo is only for an empty one. Choose another: FACET_DATA_DIR=demo.",
                "此数据库已有真实用户，演示数据只能放入空数据库。请另选目录：FACET_DATA_DIR=demo。",
            )
        for group in GROUPS:
            SaveGroup(group.key, group.name, group.name_zh, group.role).execute(work)
        for user in USERS:
            CreateUser(user.username, user.name, self.password_hash, user.email, user.groups).execute(work)
        for group in GROUPS:
            SaveGroup(group.key, group.name, group.name_zh, group.role, group.head).execute(work)
        work.audit.update(subject="demo", detail={"users": len(USERS), "groups": len(GROUPS)})
        return True


def prepare(services: Services) -> bool:
    """Makes sure that groups and people of the demo are there; whether they were made now. Conflict as PrepareDemo."""
    with services.database.read() as connection:
        mark = select(t.user.c.id).where(t.user.c.email == USERS[-1].email)
        if connection.execute(mark).first() is not None:
            return False
    return bus.run(services, PrepareDemo(PASSWORDS.hash(PASSWORD)), SYSTEM, source="cli")
