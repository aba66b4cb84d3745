"""Tables as people have them, from other programs and from well-known collections, and what each of them contains."""

import json

from known_tables import (
    make_airline,
    make_amazon,
    make_imdb,
    make_sentiment140,
    make_spam_csv,
    make_stray_pair,
    make_unquoted,
)
from table_rows import ROWS, TableCase, lines, mood_rows

__all__ = ["TABLES"]


def _columns_json() -> bytes:
    return json.dumps(
        {name: {str(i): row[k] for i, row in enumerate(ROWS)} for k, name in enumerate(("text", "label"))}
    ).encode()


_OBJECTS = [{"id": i, "label": label, "text": text} for i, (text, label) in enumerate(ROWS)]
_PLAIN = lines(lambda i, text, label: f"{text},{label}", "text,label")

TABLES: dict[str, TableCase] = {
    "id,label,tweet": TableCase(
        lines(lambda i, text, label: f"{i + 1},{int(label == 'pos')},{text}", "id,label,tweet").encode(),
        "tweet",
        labels={"0": 20, "1": 20},
    ),
    "airline tweets": make_airline(),
    "label,message": TableCase(
        lines(lambda i, text, label: f"{label},{text}", "label,message").encode(), "message", "label"
    ),
    "headerless, label first": TableCase(lines(lambda i, text, label: f"{label},{text}").encode(), "2", "1"),
    "headerless, label last": TableCase(lines(lambda i, text, label: f"{text},{label}").encode(), "1", "2"),
    "headerless with numbers": TableCase(lines(lambda i, text, label: f"{i},{label},{text}").encode(), "3", "2"),
    "spam.csv": make_spam_csv(),
    "index column": TableCase(lines(lambda i, text, label: f"{i},{text},{label}", ",text,label").encode()),
    "Unnamed: 0": TableCase(
        lines(lambda i, text, label: f"{i},{text},{label}", "Unnamed: 0,comment_text,category").encode(),
        "comment_text",
        "category",
    ),
    "row names of R": TableCase(
        lines(lambda i, text, label: f'"{i + 1}","{text}","{label}"', '"text","label"').encode()
    ),
    "sep=;": TableCase(("sep=;\r\n" + lines(lambda i, text, label: f"{label};{text}", "label;text", "\r\n")).encode()),
    "sep= of a rare sign": TableCase(
        ("sep=^\n" + lines(lambda i, text, label: f"{label}^{text}", "label^text")).encode()
    ),
    "semicolons and decimal commas": TableCase(
        lines(lambda i, text, label: f"{i},5;{text};{label};0,{i}", "Wert;Text;Klasse;Rest").encode(), "Text", "Klasse"
    ),
    "headerless semicolons and decimal commas": TableCase(
        lines(lambda i, text, label: f"{i},5;{text};{label};0,{i}").encode(), "2", "3"
    ),
    "star ratings": TableCase(
        "".join(
            [
                "stars,date,text\n",
                *(f"{i % 5 + 1},2024-0{i % 9 + 1}-01,{text}\n" for i, (text, _l) in enumerate(mood_rows(50))),
            ]
        ).encode(),
        "text",
        "stars",
        {str(i + 1): 10 for i in range(5)},
    ),
    "0 and 1 beside numbers and dates": TableCase(
        lines(
            lambda i, text, label: f"{100000 + i},2024-01-{i % 28 + 1:02},{int(label == 'pos')},{i * 0.37:.2f},{text}",
            "number,day,x,score2,words here",
        ).encode(),
        "words here",
        "x",
        {"0": 20, "1": 20},
    ),
    "0 and 1 beside numbers and dates, headerless": TableCase(
        lines(
            lambda i, text, label: f"{100000 + i},2024-01-{i % 28 + 1:02},{int(label == 'pos')},{i * 0.37:.2f},{text}"
        ).encode(),
        "5",
        "3",
        {"0": 20, "1": 20},
    ),
    "title and text": TableCase(
        lines(lambda i, text, label: f'{i},Title number {i},"{text}",{label}', "id,title,text,label").encode()
    ),
    "unknown names": TableCase(
        lines(lambda i, text, label: f"{label},{text}", "lang_x,words_y").encode(), "words_y", "lang_x"
    ),
    "TSV with commas": TableCase(
        lines(lambda i, text, label: f"{text}, and more\t{label}", "text\tlabel").encode(),
        first=["so sad number 1000, and more"],
    ),
    "SMS spam": TableCase(
        "".join(
            f'{"spam" if i % 5 == 0 else "ham"}\tGo until jurong point, {text}.. "Available" only in {i}\n'
            for i, (text, _label) in enumerate(mood_rows(50))
        ).encode(),
        "2",
        "1",
        {"spam": 10, "ham": 40},
        ['Go until jurong point, so sad number 1000.. "Available" only in 0'],
    ),
    "pipes": TableCase(
        lines(lambda i, text, label: f"{text}, so|{label}", "text|label").encode(), first=["so sad number 1000, so"]
    ),
    "Windows line ends": TableCase(_PLAIN.replace("\n", "\r\n").encode()),
    "old Macintosh line ends": TableCase(_PLAIN.replace("\n", "\r").encode()),
    "Macintosh line ends, and others in texts": TableCase(
        lines(lambda i, text, label: f"{text}{chr(10) * (i % 9 == 0)} so,{label}", "text,label", "\r").encode(),
        first=["so sad number 1000 so"],
    ),
    "a column with the name of one of its values": TableCase(
        lines(lambda i, text, label: f"{text};{'spam' if i % 2 else 'ham'};x{i}", "comment;spam;hash").encode(),
        "comment",
        "spam",
        {"ham": 20, "spam": 20},
    ),
    "headerless, first row with words of a heading": TableCase(
        "".join(
            f"{'spam' if i % 2 == 0 else 'ham'},Free message {text}\n" for i, (text, _label) in enumerate(ROWS)
        ).encode(),
        "2",
        "1",
        {"ham": 20, "spam": 20},
        ["Free message so sad number 1000"],
    ),
    "no line end at the end": TableCase(_PLAIN.rstrip().encode()),
    "byte order mark": TableCase(b"\xef\xbb\xbf" + _PLAIN.encode()),
    "byte order mark and quoted names": TableCase(
        b"\xef\xbb\xbf" + lines(lambda i, text, label: f'"{text}","{label}"', '"text","label"').encode()
    ),
    "UTF-16 with a mark": TableCase(_PLAIN.encode("utf-16")),
    "UTF-16 of Excel": TableCase(
        lines(lambda i, text, label: f"{text} é\t{label}", "text\tlabel", "\r\n").encode("utf-16"),
        first=["so sad number 1000 é"],
    ),
    "UTF-16 LE without a mark": TableCase(_PLAIN.encode("utf-16-le")),
    "UTF-16 BE without a mark": TableCase(_PLAIN.encode("utf-16-be")),
    "cp1252 quotes": TableCase(
        lines(lambda i, text, label: f"“{text}” – it’s €5,{label}", "text,label").encode("cp1252"),
        first=["“so sad number 1000” – it’s €5"],
        warnings=["cp1252"],
    ),
    "Latin-1": TableCase(
        lines(lambda i, text, label: f"schön {text} café,{label}", "text,label").encode("latin-1"),
        first=["schön so sad number 1000 café"],
        warnings=["schön"],
    ),
    "Cyrillic": TableCase(
        lines(lambda i, text, label: f"Привет мир как дела {i},{label}", "текст,label").encode("cp1251"),
        "текст",
        first=["Привет мир как дела 0"],
        warnings=["cp1251"],
    ),
    "UTF-8 with one damaged line": TableCase(
        _PLAIN.replace("food", "façade").encode().replace("façade number 1037".encode(), b"fa\xe7ade number 1037", 1),
        first=["so sad number 1000", "great façade number 1037"],
        warnings=["Line 3 is not UTF-8"],
    ),
    "delimiters at the end": TableCase(lines(lambda i, text, label: f"{text},{label},", "text,label,").encode()),
    "delimiters at the end of rows only": TableCase(
        lines(lambda i, text, label: f"{text},{label},,", "text,label").encode()
    ),
    "title above the heading": TableCase(
        b"Results of our survey\n\n" + _PLAIN.encode(), skipped={}, warnings=["Line 1 is above the table"]
    ),
    "title above, padded by a spreadsheet": TableCase(
        b"Results of our survey,\n,\n" + _PLAIN.encode(), skipped={}, warnings=["Line 1 is above the table"]
    ),
    "comments above the heading": TableCase(
        b"# made by a program, version 2\n# on Monday\n" + _PLAIN.encode(), warnings=["2 lines above the table"]
    ),
    "empty rows": TableCase(_PLAIN.replace("\n", "\n\n").encode() + b",\n", skipped={"empty": 42}),
    "labels in several cases": TableCase(
        "".join(
            [
                "text,label\n",
                *(f"{text},{['Spam', 'spam', 'ham', 'spam '][i % 4]}\n" for i, (text, _label) in enumerate(ROWS)),
            ]
        ).encode(),
        labels={"Spam": 10, "spam": 20, "ham": 10},
        warnings=["only in spaces", "'Spam', 'spam' differ only in upper and lower case"],
    ),
    "stray quote in a TSV": TableCase(
        lines(lambda i, text, label: f"{chr(34) if i in (1, 17) else ''}{text}\t{label}", "text\tlabel").encode(),
        first=["so sad number 1000", '"great food number 1037', "bad food number 1074"],
    ),
    "stray quotes that would pair": make_stray_pair(),
    "one stray quote in a CSV with quoted cells": TableCase(
        lines(
            lambda i, text, label: f'"{text},{label}' if i == 1 else f'"{text}, ""so""",{label}', "text,label"
        ).encode(),
        first=['so sad number 1000, "so"', '"great food number 1037'],
    ),
    "inches and quotes inside": TableCase(
        lines(lambda i, text, label: f'{text} is 5" tall and "nice",{label}', "text,label").encode(),
        first=['so sad number 1000 is 5" tall and "nice"'],
    ),
    "a quoted word at the beginning": TableCase(
        lines(lambda i, text, label: f'"{text}" it said,{label}', "text,label").encode(),
        first=['"so sad number 1000" it said'],
    ),
    "backslashes before quotes": TableCase(
        lines(lambda i, text, label: f'"{text}, \\"so\\", ok","{label}"', "text,label").encode(),
        first=['so sad number 1000, "so", ok'],
    ),
    "space before quotes": TableCase(
        lines(lambda i, text, label: f'{label}, "{text}, so"', "label, text").encode(),
        first=["so sad number 1000, so"],
    ),
    "lines in quoted cells": TableCase(
        lines(
            lambda i, text, label: f'{i},"{text}\n\nsecond, line\r\nthird, ""line""",{label}', "id,text,label"
        ).encode(),
        first=['so sad number 1000 second, line third, "line"'],
    ),
    "every text of several lines": TableCase(
        lines(lambda i, text, label: f'"{text}\nso",{label}').encode(), "1", "2", first=["so sad number 1000 so"]
    ),
    "unquoted commas": make_unquoted(),
    "unquoted commas in one class only": TableCase(
        lines(lambda i, text, label: f"{text}{', really' * (i % 2)},{label}", "text,label").encode(),
        first=["so sad number 1000", "great food number 1037, really"],
        warnings=["20 rows"],
    ),
    "unquoted commas, label first": TableCase(
        lines(lambda i, text, label: f"{label},{text}{', really' * (i % 3 == 0)}", "label,text").encode(),
        first=["so sad number 1000, really"],
        warnings=["14 rows"],
    ),
    "short rows": TableCase(_PLAIN.encode() + b"only a text\n,pos\nagain some text,\n", skipped={"short": 3}),
    "fastText": TableCase(lines(lambda i, text, label: f"__label__{label} {text}").encode(), "2", "1"),
    "IMDB": make_imdb(),
    "Amazon reviews": make_amazon(),
    "Sentiment140": make_sentiment140(),
    "Amazon polarity": TableCase(
        lines(
            lambda i, text, label: f'"{2 if label == "pos" else 1}","Great {i}","{text}: I, for one, liked it much"',
            "label,title,content",
        ).encode(),
        "content",
        labels={"1": 20, "2": 20},
        first=["so sad number 1000: I, for one, liked it much"],
    ),
    "sentences of a language": TableCase(
        lines(lambda i, text, label: f"{text},{label}", "Sentence,Sentiment").encode(), "Sentence", "Sentiment"
    ),
    "single words": TableCase(
        "".join(
            f"{'Nguyen' if i % 2 else 'Müller'}{i},{'Vietnamese' if i % 2 else 'German'}\n" for i in range(40)
        ).encode(),
        "1",
        "2",
        {"German": 20, "Vietnamese": 20},
        ["Müller0", "Nguyen1"],
    ),
    "hate speech": TableCase(
        lines(
            lambda i, text, label: f"{i},3,{i % 3},{i % 2},0,{int(label == 'pos')},{text}",
            ",count,hate_speech,offensive_language,neither,class,tweet",
        ).encode(),
        "tweet",
        "class",
        {"0": 20, "1": 20},
    ),
    "fake news": TableCase(
        lines(
            lambda i, text, label: f'{i},Title {i} of it,Darrell {i % 7},"{text}, more",{int(label == "pos")}',
            "id,title,author,text,label",
        ).encode(),
        labels={"0": 20, "1": 20},
        first=["so sad number 1000, more"],
    ),
    "label and its name": TableCase(
        lines(lambda i, text, label: f"{text},{int(label == 'pos')},{label}", "text,label,label_text").encode(),
        labels={"0": 20, "1": 20},
    ),
    "JSON Lines": TableCase("\n".join(map(json.dumps, _OBJECTS)).encode() + b"\n"),
    "JSON Lines with a damaged line": TableCase(
        b"\n".join([*(json.dumps(each).encode() for each in _OBJECTS), b'{"text": "cut', b""]), skipped={"not_json": 1}
    ),
    "JSON list": TableCase(json.dumps(_OBJECTS).encode()),
    "JSON list with indents": TableCase(json.dumps(_OBJECTS, indent=2).encode()),
    "JSON list in a long line": TableCase(
        json.dumps([{"text": f"{text}{' ' * 30_000}", "label": label} for text, label in ROWS]).encode()
    ),
    "JSON list in an object": TableCase(json.dumps({"version": 1, "data": _OBJECTS}).encode()),
    "JSON columns": TableCase(_columns_json()),
    "JSON with numbers, null and accents": TableCase(
        "\n".join(
            json.dumps({"review": f"é {text}", "stars": i % 2, "empty": None}, ensure_ascii=i % 2 == 0)
            for i, (text, _label) in enumerate(ROWS)
        ).encode(),
        "review",
        "stars",
        {"0": 20, "1": 20},
        ["é so sad number 1000"],
    ),
}
"""By name. All of them are read without options."""
