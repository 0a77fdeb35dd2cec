"""URLs as the driver is given them: what we read ourselves is what SQLAlchemy reads."""

import pytest
import sqlalchemy as sa

from jupyter_tracker.store.server_urls import driver_options, full_url


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://db/tracker",
        "postgres://alice@db.example.org:5433/tracker",
        "postgresql+psycopg://alice:s3cret@127.0.0.1/tracker",
        "postgresql://al%40ice:p%2Fa%3As%20s%2B+w@Db-1/my%20tracker",
        "postgresql://alice:@db/tracker",
        "postgresql:///tracker?host=/var/run/postgresql&user=alice",
        "postgresql://db/tracker?sslmode=require&application_name=a+b&options=-c%20search_path%3Dours&empty=",
        "postgresql://db/?dbname=tracker&port=5433",
    ],
)
def test_the_driver_is_given_what_sqlalchemy_gives_it(url):
    made = sa.make_url(full_url(url))
    given = made.get_dialect()().create_connect_args(made)[1]
    assert driver_options(url) == {name: str(value) for name, value in given.items()}


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://[::1]:5432/tracker",
        "postgresql://a,b/tracker",
        "postgresql://db/tracker?host=a:1&host=b:2",
        "postgresql:///tracker?host=a,b",
        "postgresql:///tracker?host=a:5433",
        "postgresql://alice:pa@ss@db/tracker",
        "postgresql://alice:pa/ss@db/tracker",
        "postgresql://alice:pa#ss@db/tracker",
        "postgresql://%2Ftmp/tracker",
        "postgresql://db:port/tracker",
        "postgresql://db",
        "postgresql://db?dbname=tracker",
    ],
)
def test_what_takes_more_is_left_to_sqlalchemy(url):
    assert driver_options(url) is None
