"""More communities like the first one: one statement for each table, as the owner of the store, guards away.

Every number that names a row is moved by as much as the community is away from the first; what is unique in the whole
city by its text is made anew from it; each leaf of the ledger gets another salt in its field `time`, so that no two are
alike and every one still opens. Places, batches and heads are not copied: the worker makes them, under guards that are
set again, as it would for any other community. Codes of receipts and letters of the others open nothing.
"""

from collections.abc import Callable, Iterator

from sqlalchemy import Column, Connection, Integer, String, Table, UniqueConstraint, func, select

from deliberate.keeping import stores
from deliberate.models.guards import install, remove

Say = Callable[[str], None]
BY_THE_WORKER = frozenset(
    {
        "anchor",
        "head_letter",
        "head_signature",
        "ledger_batch",
        "ledger_head",
        "ledger_key",
        "ledger_node",
        "ledger_place",
        "waiting_head",
        "waiting_leaf",
    }
)
OF_ALL = frozenset({"server_epoch", "throttle", "worker_turn"})
"""What a store has once, however many communities there are."""
NAMES_A_ROW = {("journal_entry", "subject_id")}
"""Numbers of rows that are no references."""
_SALT = "sha256(convert_to(o.openings->'time'->>0 || '/' || g, 'UTF8'))"
_COMMITTED = (
    "encode(sha256('deliberate/field/1'::bytea || '\\x00'::bytea || 'time'::bytea || '\\x00'::bytea || x.salt "
    "|| convert_to(x.value, 'UTF8')), 'hex')"
)


def clone(url: str, first: int, last: int, say: Say = print) -> None:
    """The communities from the `first` to the `last`, like the second, or like the first where it is alone.

    What is done in the first one meanwhile is numbered behind all others, so that one is not whole where it stood.
    """
    with stores.opened(url) as connection, connection.begin():
        step, like = stride(connection), 1 if first == 2 else 2
        remove(connection)
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        for table in stores.tables():
            if table.name in BY_THE_WORKER | OF_ALL:
                continue
            done = connection.exec_driver_sql(_statement(table, step, like, first, last))
            if done.rowcount:
                say(f"{table.name}: {done.rowcount:,}")
        connection.exec_driver_sql(
            "INSERT INTO waiting_leaf (community_id, leaf_id) SELECT community_id, id FROM ledger_leaf "
            f"WHERE id > {step * (first - 1)}"
        )
        _number(connection)
        connection.exec_driver_sql("SET LOCAL session_replication_role = origin")
        install(connection)
    analyse(url)


def analyse(url: str) -> None:
    """Make the tables known to the planner, as the store would by itself within minutes."""
    with stores.opened(url) as connection, connection.begin():
        connection.exec_driver_sql("ANALYZE")


def stride(connection: Connection) -> int:
    """How far the numbers of one community are from those of the next: a power of ten that none of them reaches."""
    ids = connection.exec_driver_sql("SELECT id FROM community ORDER BY id LIMIT 2").scalars().all()
    if len(ids) == 2:
        return int(ids[1] - ids[0])
    most = 1
    for table in stores.tables():
        if (numbered := table.autoincrement_column) is not None:
            most = max(most, connection.execute(select(func.max(numbered))).scalar() or 0)
    return 10 ** len(str(most))


def _statement(table: Table, step: int, like: int, first: int, last: int) -> str:
    within = _within(next(iter(table.primary_key.columns)).name, step, like)
    if table.name == "journal_entry":
        within += f" AND {_NOT_A_HEAD}"
    others = f"generate_series({first - like}, {last - like}) g"
    columns = ", ".join(f'"{column.name}"' for column in table.columns)
    if table.name == "ledger_leaf":
        return _leaves(table, columns, step, like, others)
    if table.name == "ledger_opening":
        return _openings(step, like, others)
    values = ", ".join(_value(table, column, step, like) for column in table.columns)
    return (
        f"INSERT INTO {table.name} ({columns}) SELECT {values} FROM {table.name} t, {others} WHERE {within}"
    )


def _within(key: str, step: int, like: int) -> str:
    """Rows of the one that is copied, as it was when it was made."""
    return f"t.{key} > {step * (like - 1)} AND t.{key} <= {step * like}"


_NOT_A_HEAD = "t.subject <> 'ledger_head' AND t.what <> 'ledger_key_accepted'"


def _value(table: Table, column: Column[object], step: int, like: int) -> str:
    name = f't."{column.name}"'
    moved = column.foreign_keys or (column.primary_key and isinstance(column.type, Integer))
    if moved or (table.name, column.name) in NAMES_A_ROW:
        return f"{name} + g * {step}"
    if column in set(_unique_texts(table)):
        return _another(column, name, like)
    if (table.name, column.name) == ("community", "name"):
        return f"'合成社区' || (g + {like})"
    return name


def _unique_texts(table: Table) -> Iterator[Column[object]]:
    """A text of each key that no moved number makes another."""
    keys = [[*key.columns] for key in table.constraints if isinstance(key, UniqueConstraint)]
    keys += [[*index.columns] for index in table.indexes if index.unique]
    keys += [[*table.primary_key.columns]]
    for key in keys:
        if not any(one.foreign_keys or (one.primary_key and isinstance(one.type, Integer)) for one in key):
            yield next(one for one in key if isinstance(one.type, String))


def _another(column: Column[object], name: str, like: int) -> str:
    """Of the same kind: a slug or a user's name goes on with a number, a hash or a token is hashed."""
    if column.name == "slug":
        return f"regexp_replace({name}, '[0-9]+$', '') || (g + {like})"
    if column.name == "user_name":
        return f"{name} || '.' || (g + {like})"
    length = getattr(column.type, "length", None) or 64
    return f"left(encode(sha256(convert_to({name} || '/' || g, 'UTF8')), 'hex'), {length})"


def _leaves(table: Table, columns: str, step: int, like: int, others: str) -> str:
    """The same events under another salt."""
    values = {
        **{
            column.name: _value(table, column, step, like).replace(" g ", " x.g ") for column in table.columns
        },
        "leaf": "x.leaf",
        "leaf_hash": r"encode(sha256('\x00'::bytea || convert_to(x.leaf, 'UTF8')), 'hex')",
    }
    salted = f"SELECT t.id, g, {_SALT} AS salt, o.openings->'time'->>1 AS value FROM ledger_leaf t "
    salted += f"JOIN ledger_opening o ON o.leaf_id = t.id, {others} WHERE {_within('id', step, like)}"
    written = (
        f"SELECT x.id, x.g, regexp_replace(t.leaf, '\\ntime [0-9a-f]{{64}}\\n', E'\\ntime ' || {_COMMITTED} || E'\\n') "
        f"AS leaf FROM ({salted}) x JOIN ledger_leaf t ON t.id = x.id"
    )
    chosen = ", ".join(values[column.name] for column in table.columns)
    return f"INSERT INTO ledger_leaf ({columns}) SELECT {chosen} FROM ({written}) x JOIN ledger_leaf t ON t.id = x.id"


def _openings(step: int, like: int, others: str) -> str:
    old, new = "o.openings->'time'->>0", f"encode({_SALT}, 'base64')"
    return (
        "INSERT INTO ledger_opening (leaf_id, community_id, openings) SELECT "
        f"o.leaf_id + g * {step}, o.community_id + g * {step}, replace(o.openings::text, {old}, {new})::json "
        f"FROM ledger_opening o, {others} WHERE {_within('leaf_id', step, like).replace('t.', 'o.')}"
    )


def _number(connection: Connection) -> None:
    """What comes next is numbered behind all of them."""
    for table in stores.tables():
        numbered = table.autoincrement_column
        if numbered is not None and (last := connection.execute(select(func.max(numbered))).scalar()):
            connection.execute(
                select(func.setval(func.pg_get_serial_sequence(table.name, numbered.name), last))
            )


def faults(connection: Connection, community_id: int) -> list[str]:
    """What guards and references would have refused in this community, had they been asked."""
    found = []
    for table in stores.tables():
        for reference in table.foreign_keys:
            column, other = reference.parent.name, reference.column.table
            home = f" AND o.community_id = {community_id}" if "community_id" in other.c else ""
            if (
                "community_id" in table.c
                and connection.exec_driver_sql(
                    f"SELECT EXISTS (SELECT 1 FROM {table.name} t WHERE t.community_id = {community_id} "
                    f"AND t.{column} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM {other.name} o "
                    f"WHERE o.{reference.column.name} = t.{column}{home}))"
                ).scalar_one()
            ):
                found.append(f"{table.name}.{column} names nothing in the same community")
    for fault, sql in _WRONG.items():
        if connection.exec_driver_sql(sql.format(community_id)).scalar_one():
            found.append(fault)
    return found


_WRONG = {
    "homes stand otherwise than their records say": (
        "SELECT EXISTS (SELECT 1 FROM entry_standing k JOIN guard_standing s ON s.roll_entry_id = k.roll_entry_id "
        "WHERE k.community_id = {0} AND s.standing <> k.standing)"
    ),
    "the running counts are off": (
        "SELECT (SELECT COALESCE(sum(answered), 0) FROM building_count WHERE community_id = {0}) <> "
        "(SELECT count(*) FROM entry_standing WHERE community_id = {0})"
    ),
    "leaves are not what their hashes say": (
        "SELECT EXISTS (SELECT 1 FROM ledger_leaf l WHERE l.community_id = {0} AND l.leaf_hash <> "
        "encode(sha256('\\x00'::bytea || convert_to(l.leaf, 'UTF8')), 'hex'))"
    ),
}
