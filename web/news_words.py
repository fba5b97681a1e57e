"""What changed in a plan since the reader last looked, as pages show it."""

from rooms.news import News
from server.kernel.clock import london_day
from web.room_frame import day_words

MOST_NEWS = 5


def news_words(new: News) -> dict[str, object]:
    """Return what changed in a room, as pages show it."""
    return {
        "never_looked": new.never_looked,
        "changed": [
            {
                "hex": one.section.hex,
                "heading": one.heading,
                "by": one.by,
                "on": day_words(london_day(one.at)),
            }
            for one in new.changed[:MOST_NEWS]
        ],
        "more": max(0, len(new.changed) - MOST_NEWS),
    }
