"""Two server nodes and two Web Connectors at the same time, on both databases."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from app.models import MessageSet
from tests.database import close_app, open_app
from tests.exchange import Exchange
from tests.faults import Connector, Killer, Server
from tests.test_exactly_once import World


def second_node(world: World, lease: timedelta) -> Exchange:
    """Another server on the same database, reached by another Web Connector of the company."""
    node = Exchange.__new__(Exchange)
    node.__dict__.update(world.exchange.__dict__)
    node.app = open_app(world.url)
    node.lease = world.exchange.lease = lease
    return node


@pytest.mark.parametrize("lease", [0, 120])
def test_two_connectors_on_two_nodes_post_each_document_once(
    database_url: str, tmp_path: Path, lease: int
) -> None:
    world = World(database_url, tmp_path)
    world.fill(40)
    node = second_node(world, timedelta(seconds=lease))
    problems: list[BaseException] = []

    def poll(exchange: Exchange) -> None:
        server = Server(exchange, database_url, Killer())
        try:
            for _ in range(6):
                Connector(server, None).run()
        except BaseException as problem:  # noqa: BLE001 - the test tells it
            problems.append(problem)

    threads = [threading.Thread(target=poll, args=(each,)) for each in (world.exchange, node)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(timeout=120)
    assert not problems
    world.exchange.lease = timedelta(0)
    for _ in range(3):
        Connector(world.server, None).run()
    world.check()
    handed = [about for row in world.exchange.all(MessageSet) for about in row.contents.values()]
    rows = Counter(about[1] for about in handed if about[0] == "outbox")
    assert set(rows.values()) == {1}, "no document was ever in two sets"
    close_app(node.app)
    world.close()
