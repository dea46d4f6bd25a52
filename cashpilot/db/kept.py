"""The mark of SQL that is carried out again and again."""


class Kept(str):
    """SQL of which there is little, and which is carried out many times; each `%s` is a value that every asking gives.

    PostgreSQL keeps its plan (postgresql/prepared.py).
    """

    __slots__ = ()
