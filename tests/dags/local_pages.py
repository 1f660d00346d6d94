"""What tests of the ledger's pages share."""

import html

HOSTILE = '"><img src=x onerror=alert(1)>'


def copy(books):
    with books.warehouse() as warehouse:
        warehouse.publish_copy()


def text(response):
    assert response.status_code == 200, response.text
    return " ".join(html.unescape(response.text).split())
