"""Each event to each sink when that sink wants it."""

from bridge.events import Beat, Event, Onset
from bridge.live.outbox import Outbox


class ListSink:
    def __init__(self, lead: float = 0.0) -> None:
        self.lead = lead
        self.said: list[Event] = []
        self.closed = False

    def send(self, event: Event) -> None:
        self.said.append(event)

    def close(self) -> None:
        self.closed = True


class BrokenSink(ListSink):
    broken = True
    tries = 0

    def send(self, event: Event) -> None:
        self.tries += 1
        if self.broken:
            raise OSError("no route")
        super().send(event)


def beat(at: float, decided: float) -> Beat:
    return Beat(at=at, decided=decided, number=1, bar=1, tempo=120.0, confidence=1.0)


def onset(at: float) -> Onset:
    return Onset(at=at, decided=at + 0.03, strength=1.0, confidence=1.0)


def test_a_predicted_beat_is_held_until_it_sounds() -> None:
    sink = ListSink()
    outbox = Outbox([("list", sink)], lambda *_: None)
    outbox.put(beat(at=1.0, decided=0.9))
    outbox.say(0.99)
    assert sink.said == []
    outbox.say(1.0)
    assert len(sink.said) == 1
    outbox.say(2.0)
    assert len(sink.said) == 1


def test_a_sink_with_a_lead_gets_it_earlier_than_the_others() -> None:
    early, late = ListSink(lead=0.05), ListSink()
    outbox = Outbox([("early", early), ("late", late)], lambda *_: None)
    outbox.put(beat(at=1.0, decided=0.9))
    outbox.say(0.96)
    assert (len(early.said), len(late.said)) == (1, 0)


def test_what_is_heard_late_is_said_at_once_and_in_order() -> None:
    sink = ListSink()
    outbox = Outbox([("list", sink)], lambda *_: None)
    for event in (onset(2.0), onset(1.0), beat(at=1.5, decided=1.4)):
        outbox.put(event)
    outbox.say(5.0)
    assert [event.at for event in sink.said] == [1.0, 1.5, 2.0]


def test_a_failing_sink_is_told_once_tried_again_and_harms_no_other() -> None:
    broken, good = BrokenSink(), ListSink()
    failures: list[str] = []
    outbox = Outbox([("broken", broken), ("good", good)], lambda name, _: failures.append(name))
    for second in range(10):
        outbox.put(onset(float(second)))
        outbox.say(second + 0.5)
    assert failures == ["broken"]
    assert len(good.said) == 10
    assert 2 <= broken.tries < 6, "it is tried with growing waits"
    broken.broken = False
    outbox.put(onset(100.0))
    outbox.say(101.0)
    assert len(broken.said) == 1


def test_closing_closes_every_sink() -> None:
    sinks = [ListSink(), ListSink()]
    Outbox([("a", sinks[0]), ("b", sinks[1])], lambda *_: None).close()
    assert all(sink.closed for sink in sinks)
