"""The tables, by topic; to add one, write it in its topic's module and name it here."""

from app.models.base import Base, Data, Moment, Money, Whole, db, dump, now, prepare_engine
from app.models.company import Company, Membership, User, guid
from app.models.event import Event
from app.models.job import Job
from app.models.list_entry import EntryKey, ListEntry, Mirror
from app.models.notice import Channel, Notice, Subscription
from app.models.order import Order
from app.models.posting import Addition, CustomValue, Outbox, Posting, needs
from app.models.remembered import Remembered
from app.models.rule import DraftChange, Release, RuleContent
from app.models.sale import Sale, SaleSent, SaleShipment, ShopShipment
from app.models.session import MessageSet, Session
from app.models.stock import SiteStock, StockLevel, Taken
from app.models.store import Store
from app.models.task import Task
from app.models.tax import OrderTax
from app.models.token import ApiToken

__all__ = [
    "Addition", "ApiToken", "Base", "Channel", "Company", "CustomValue", "Data", "DraftChange",
    "EntryKey", "Event", "Job", "ListEntry", "Membership", "MessageSet", "Mirror", "Moment",
    "Money", "Notice", "Order", "OrderTax", "Outbox", "Posting", "Release", "Remembered",
    "RuleContent", "Sale", "SaleSent", "SaleShipment", "Session", "ShopShipment", "SiteStock",
    "StockLevel", "Store", "Subscription", "Taken", "Task", "User", "Whole", "db", "dump", "guid",
    "needs", "now", "prepare_engine",
]  # fmt: skip
