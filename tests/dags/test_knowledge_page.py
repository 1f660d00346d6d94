"""The page of the knowledge base: what is searched, a search, and what cannot be searched."""

from pathlib import Path

import pytest
from local_knowledge import client, open_fake
from local_pages import HOSTILE, copy, text

from cloudledger.knowledge.document import Metadata
from cloudledger.knowledge.embedding.encoder import ModelUnusable
from tests.support.books import Books
from tests.support.knowledge_shelf import written
from tests.support.planted_knowledge import QUOTA, RESTART, plant_knowledge, plant_set_aside

EVIL = written(
    f"{HOSTILE}.md",
    f"Evil {HOSTILE}",
    (HOSTILE, f"Mischief <script>alert(1)</script> {HOSTILE}"),
    metadata=Metadata(department=HOSTILE, category=HOSTILE, region=HOSTILE),
)
LAST = written("last.md", "Not released", ("", "A secret that is not released."))


@pytest.fixture
def books(tmp_path):
    return Books(tmp_path)


@pytest.fixture
def viewer(airflow_db, tmp_path, monkeypatch):
    return signed_in(monkeypatch, tmp_path)


def signed_in(monkeypatch, home, opened=open_fake):
    viewer, token = client(monkeypatch, home, opened)
    viewer.cookies.set("_token", token())
    return viewer


def plant(books, *documents, aside=()):
    with books.warehouse() as warehouse:
        with warehouse.transaction() as session:
            release = plant_knowledge(session, [*documents, LAST], HOSTILE)
            if aside:
                plant_set_aside(session, *aside)
        warehouse.publish_copy()
    return release


def test_before_any_release_it_says_what_to_run(viewer, books):
    copy(books)
    shown = text(viewer.get("knowledge?q=billing"))
    for sentence in (
        "No release can be searched yet",
        "None yet. The DAG <code>knowledge_refresh</code> makes them",
        "No release was measured yet",
        "every document that was found can be searched",
    ):
        assert sentence in shown, sentence
    assert "<table" not in shown
    assert "<form" not in shown
    assert "Nothing here" in text(viewer.get("knowledge?release_number=2"))


def test_the_live_release_is_told_first(viewer, books):
    plant(books, RESTART, QUOTA)
    shown = text(viewer.get("knowledge"))
    for fact in (
        "<dt>Release searched</dt><dd>2</dd>",
        "2026-03-06 02:00</time></dd>",
        "<dt>Documents</dt><dd>2</dd>",
        "<dt>Passages</dt><dd>3</dd>",
        "<dt>Model</dt><dd>fake</dd>",
        "<dt>Precision</dt><dd>float32</dd>",
        "<dt>Index</dt><dd>none</dd>",
    ):
        assert fact in shown, fact
    assert "No passage answers that" not in shown


def test_releases_and_what_was_measured_are_listed_newest_first(viewer, books):
    plant(books, RESTART, QUOTA)
    shown = text(viewer.get("knowledge"))
    states = [f'state {state}">' for state in ("refused", "live", "retired")]
    places = [shown.index(state) for state in states]
    assert places == sorted(places)
    for cell in (
        f'<td class="reason">nDCG@10 is 0.41 {HOSTILE}</td>',
        '<td class="number strong">0.874</td> <td class="number">\u2013</td> '
        '<td class="number">0.812</td> <td class="number">\u2013</td> '
        '<td class="number">1.000</td> <td class="number">0.610</td> '
        '<td class="number">95.5 %</td> <td class="number">31</td> <td class="number">58</td>',
        '<td class="number strong">0.410</td>',
    ):
        assert cell in shown, cell
    assert "1\u20133 of 3" in shown
    assert "1\u20132 of 2" in shown


def test_a_question_is_answered_with_the_best_passages(viewer, books):
    plant(books, RESTART, QUOTA)
    shown = text(viewer.get("knowledge?q=restart+the+billing+pods"))
    for cell in (
        'class="series">Restart the billing service > Steps<span class="note">section 2</span>',
        'class="uri">file:///shelf/runbooks/restart.md</td>',
        '<td class="days">2026-02-01</td>',
        'class="passage">Restart the billing pods one after the other, then replay the queue.',
        'name="q" value="restart the billing pods"',
    ):
        assert cell in shown, cell
    steps = shown.index("Steps<span")
    assert shown.index("Quota of compute", steps) > steps
    assert "last.md" not in text(viewer.get("knowledge?q=a+secret+that+is+not+released"))


@pytest.mark.parametrize(
    ("narrowed", "there", "not_there"),
    [
        ("department=finance", "restart.md", "quota.md"),
        ("category=policy", "quota.md", "restart.md"),
        ("region=eu-frankfurt-1", "restart.md", "quota.md"),
        ("tag=level-shift&mode=meaning", "restart.md", "quota.md"),
        ("mode=words", "restart.md", "quota.md"),
        ("department=nobody", "No passage answers that", ".md"),
        ("department=' OR '1'='1", "No passage answers that", ".md"),
    ],
)
def test_a_question_is_asked_of_chosen_documents(viewer, books, narrowed, there, not_there):
    plant(books, RESTART, QUOTA)
    shown = text(viewer.get(f"knowledge?q=billing&{narrowed}"))
    assert there in shown
    assert not_there not in shown
    assert '<option value="finance"' in shown


def test_odd_questions_are_searched_or_refused_and_never_fail(viewer, books):
    plant(books, RESTART)
    for question in ("%00", "a%00b", "%20", "%ff", "'", "AND%20OR%20NOT", "\u202e", "x" * 200):
        assert viewer.get(f"knowledge?q={question}").status_code == 200
    for wrong in ("q=" + "x" * 201, "mode=fast", "number=0", "release_number=x"):
        assert viewer.get(f"knowledge?{wrong}").status_code == 422


def test_without_the_model_it_says_so_and_still_searches_words(
    airflow_db, tmp_path, monkeypatch, books
):
    def opened(release):
        raise ModelUnusable(f"fake {HOSTILE} cannot be loaded: bring its files back")

    plant(books, RESTART)
    viewer = signed_in(monkeypatch, tmp_path, opened)
    assert "cannot be loaded" not in text(viewer.get("knowledge"))
    shown = text(viewer.get("knowledge?q=billing&department=finance"))
    assert f"fake {HOSTILE} cannot be loaded: bring its files back." in shown
    by_words = "knowledge?q=billing&mode=words&department=finance&category=&region=&tag="
    assert f'href="{by_words}"' in shown
    assert "restart.md" not in shown
    assert "restart.md" in text(viewer.get(by_words))


def test_documents_set_aside_are_told_with_what_to_do_a_page_at_a_time(viewer, books):
    uris = [f"s3://docs/{number:02}.pdf" for number in range(29)]
    plant(books, RESTART, aside=[*uris, RESTART.uri])
    shown = text(viewer.get("knowledge"))
    known = f'{RESTART.uri}<span class="note">shelf, an earlier version is searched</span>'
    assert known in shown
    assert 's3://docs/00.pdf<span class="note">shelf</span>' in shown
    assert "s3://docs/00.pdf: give a copy that is open" in shown
    assert "no text</td>" in shown
    assert "1\u201325 of 30" in shown
    later = "knowledge?number=2&release_number=1&quality_number=1"
    assert f'rel="next" href="{later}"' in shown
    rest = text(viewer.get(later))
    assert "26\u201330 of 30" in rest
    assert "s3://docs/00.pdf" not in rest


def test_what_documents_say_is_only_text(viewer, books):
    plant(books, EVIL, aside=[f"s3://docs/{HOSTILE}"])
    for question in ("mischief", HOSTILE):
        answer = viewer.get("knowledge", params={"q": question, "department": HOSTILE})
        assert HOSTILE in text(answer)
        assert "Mischief" in answer.text
        assert "<img" not in answer.text
        assert "<script>" not in answer.text
        assert "style=" not in answer.text
        assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_the_page_names_no_other_site():
    from cloudledger_airflow import views

    page = Path(views.__file__).parent / "templates" / "knowledge.html"
    assert "//" not in page.read_text(encoding="utf-8")
