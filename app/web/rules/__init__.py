"""The rules' screens: overview, builder, presets, draft and releases; tables have their own."""

from app.web.nav import Nav
from app.web.rules import attempt, builder, draft, gallery, new, overview, past, releases
from app.web.rules.blueprint import blueprint

__all__ = [
    "attempt",
    "blueprint",
    "builder",
    "draft",
    "gallery",
    "nav",
    "new",
    "overview",
    "past",
    "releases",
]

nav = Nav("Rules", "signpost-split", 40, "rules.index", below=frozenset({"tables"}))
