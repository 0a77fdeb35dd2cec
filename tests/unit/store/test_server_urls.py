"""URLs as the driver is given them: what we read ourselves is what SQLAlchemy reads."""

import pytest
import sqlalchemy as sa

from jupyter_tracker.errors import InvalidParameterError
from jupyter_tracker.store.server_urls import driver_options, full_url, has_credentials, public_uri, user_of


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


@pytest.mark.parametrize("sign", ["/", "#", "?", "[", "]", ":", "%2F", "//", "/a:b/c?d#e[f"])
def test_no_sign_in_a_password_lets_it_out(sign):
    url = f"postgresql://alice:s3{sign}cret@db.example.org:5433/tracker?sslmode=require"
    made = sa.make_url(full_url(url))
    assert (made.username, made.host, made.database) == ("alice", "db.example.org", "tracker")  # it is a password
    assert public_uri(url) == "postgresql://db.example.org:5433/tracker"
    assert user_of(url) == "alice"
    assert has_credentials(url)


@pytest.mark.parametrize(
    ("url", "public", "user"),
    [
        ("mariadb://al%40ice@db/tracker", "mysql://db/tracker", "al@ice"),
        ("postgres://alice:pa@ss@db/tracker", "postgresql://db/tracker", "alice"),
        ("postgresql://alice:pw@[::1]:5432/tracker", "postgresql://[::1]:5432/tracker", "alice"),
        ("postgresql://[::1]/tracker", "postgresql://[::1]/tracker", None),
        ("postgresql:///tracker?host=/run/pg&user=x", "postgresql:///tracker?host=/run/pg", None),
        ("postgresql://:pw@db/tracker", "postgresql://db/tracker", None),
        ("postgresql://db/?dbname=tracker", "postgresql://db/?dbname=tracker", None),
    ],
)
def test_people_are_shown_where_it_is_and_not_as_whom(url, public, user):
    assert (public_uri(url), user_of(url)) == (public, user)


@pytest.mark.parametrize("url", ["postgresql://alice:pa#s3cret@db", "mysql://alice:s3cret/x@db/", "mysql://s3:s3cret@"])
def test_an_error_has_no_password_in_it(url):
    with pytest.raises(InvalidParameterError, match="names no database") as raised:
        public_uri(url)
    assert "s3cret" not in raised.value.message
