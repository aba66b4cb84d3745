"""Tables in the form of well-known collections, with their own columns, quotes and faults."""

from table_rows import ROWS, TableCase, lines, mood_rows, quote

__all__ = [
    "make_airline",
    "make_amazon",
    "make_imdb",
    "make_sentiment140",
    "make_spam_csv",
    "make_stray_pair",
    "make_unquoted",
]


def make_airline() -> TableCase:
    names = (
        "tweet_id,airline_sentiment,airline_sentiment_confidence,negativereason,negativereason_confidence,airline,"
        "airline_sentiment_gold,name,negativereason_gold,retweet_count,text,tweet_coord,tweet_created,tweet_location,user_timezone"
    )

    def make(i: int, text: str, label: str) -> str:
        reason = ["Late Flight", "Bad Flight", ""][i % 3] if label == "neg" else ""
        airline = ["United", "Delta", "US Airways"][i % 3]
        return (
            f"57030613367776{i:04},{label},{1 - i % 4 / 10:.4f},{reason},0.7,{airline},,user{i},,{i % 2},{quote('@' + airline + ' ' + text)},,"
            f'2015-02-24 11:{i:02}:52 -0800,"Paris, {i}",Eastern Time (US & Canada)'
        )

    return TableCase(lines(make, names).encode(), "text", "airline_sentiment", first=["@United so sad number 1000"])


def make_spam_csv() -> TableCase:
    content = lines(lambda i, text, label: f"{label},{quote(text + ' £5')},,,", "v1,v2,,,", "\r\n")
    return TableCase(content.encode("latin-1"), "v2", "v1", first=["so sad number 1000 £5"], warnings=["cp1252"])


def make_sentiment140() -> TableCase:
    content = "".join(
        f'"{0 if i < 60 else 4}","{1467810369 + 303 * i}","Mon Apr 06 22:{i % 60:02}:45 PDT 2009","NO_QUERY","user{i}","@caf\xe9 {text}, {i}"\n'
        for i, (text, _label) in enumerate(mood_rows(120))
    )
    return TableCase(
        content.encode("latin-1"), "6", "1", {"0": 60, "4": 60}, ["@café so sad number 1000, 0"], warnings=["cp1252"]
    )


def make_imdb() -> TableCase:
    content = lines(
        lambda i, text, label: f'"{text}. <br /><br />I said ""wow"", twice.\nAnd again, {i}",{label}',
        "review,sentiment",
    )
    first = ['so sad number 1000. <br /><br />I said "wow", twice. And again, 0']
    return TableCase(content.encode(), "review", "sentiment", first=first)


def make_amazon() -> TableCase:
    names = "marketplace\tcustomer_id\treview_id\tproduct_title\tstar_rating\tvine\treview_headline\treview_body\treview_date"
    content = lines(
        lambda i, text, label: (
            f"US\t{1797882 + i}\tR3I2DHQBR577{i:02}\tThe Big Book of Everything {i}\t{5 if label == 'pos' else 1}\tN\tNice {i}\t"
            f'He said "{text}" to me\t2015-08-{i % 28 + 1:02}'
        ),
        names,
    )
    return TableCase(
        content.encode(), "review_body", "star_rating", {"1": 20, "5": 20}, ['He said "so sad number 1000" to me']
    )


def make_stray_pair() -> TableCase:
    """The quote of one row and that of another one could enclose all rows between."""
    rows = [f"{text}\t{label}" for text, label in ROWS]
    rows[4] = f'"{rows[4]}'
    rows[21] = rows[21].replace("\t", '"\t')
    first = ["so sad number 1000", "great food number 1037", "bad food number 1074", "like it number 1111"]
    return TableCase(("text\tlabel\n" + "\n".join(rows) + "\n").encode(), first=[*first, '"no fun number 1148'])


def make_unquoted() -> TableCase:
    rows = [
        f"{text}, really{',' if i % 5 else ''} so,{label}" if i % 4 == 0 else f"{text},{label}"
        for i, (text, label) in enumerate(ROWS)
    ]
    rows.append("Hello, world,greeting")
    return TableCase(
        ("text,label\n" + "\n".join(rows) + "\n").encode(),
        first=["so sad number 1000, really so"],
        skipped={"width": 1},
        warnings=["10 rows"],
    )
